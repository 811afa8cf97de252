/** What the pages read, under which key. The event stream makes keys old; see `live.tsx`. */
import type { ActionsQuery, Client } from "@countersign/sdk/client";
import type { ActionSummary, Page } from "@countersign/sdk/wire";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Api } from "./api-context.tsx";

export const keys = {
  status: ["status"],
  inbox: ["inbox"],
  review: (id: string) => ["review", id],
  actions: ["actions"],
  anyAction: ["action"],
  action: (id: string) => ["action", id],
  connections: ["connections"],
  agents: ["agents"],
} as const;

const pageItems = 50;
const statusMs = 15_000;

export function statusQuery(client: Client) {
  return queryOptions({
    queryKey: keys.status,
    queryFn: () => client.status(),
    refetchInterval: statusMs,
    retry: false,
  });
}

/** Opening a review is what a person does; reading it again is not. */
export function reviewQuery(
  { client, background }: Pick<Api, "client" | "background">,
  id: string,
) {
  const queryKey = keys.review(id);
  return queryOptions({
    queryKey,
    queryFn: ({ client: queries }) =>
      (queries.getQueryData(queryKey) === undefined ? client : background).review(id),
  });
}

const waitingItems = 100;

/** Made old like the connections and agents, whose pages show it. */
export function waitingReviewsQuery(client: Client) {
  return queryOptions({
    queryKey: [...keys.connections, "waiting"],
    queryFn: () => client.reviews({ state: "pending", limit: waitingItems }),
  });
}

export interface HistoryPage extends Page<ActionSummary> {
  /** Of the log, before the page was read; null where it is not known. */
  readonly logSize: number | null;
}

export function actionsQuery(
  client: Client,
  filter: Omit<ActionsQuery, "cursor" | "limit">,
  logSize: () => Promise<number | null>,
) {
  return infiniteQueryOptions({
    queryKey: [...keys.actions, filter],
    async queryFn({ pageParam }): Promise<HistoryPage> {
      const size = await logSize();
      const page = await client.actions({
        ...filter,
        limit: pageItems,
        ...(pageParam === null ? {} : { cursor: pageParam }),
      });
      return { ...page, logSize: size };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
}

export function actionQuery(client: Client, id: string) {
  return queryOptions({ queryKey: keys.action(id), queryFn: () => client.action(id) });
}

export function connectionsQuery(client: Client) {
  return infiniteQueryOptions({
    queryKey: [...keys.connections, "list"],
    queryFn: ({ pageParam }) => client.connections(pageParam === null ? {} : { cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
}

export function connectionQuery(client: Client, name: string) {
  return queryOptions({
    queryKey: [...keys.connections, "one", name],
    queryFn: () => client.connection(name),
  });
}

export function agentsQuery(client: Client) {
  return infiniteQueryOptions({
    queryKey: [...keys.agents, "list"],
    queryFn: ({ pageParam }) => client.agents(pageParam === null ? {} : { cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
}

export function agentQuery(client: Client, name: string) {
  return queryOptions({
    queryKey: [...keys.agents, "one", name],
    queryFn: () => client.agent(name),
  });
}
