/** What the pages read, under which key. The event stream makes keys old; see `live.tsx`. */
import type { ActionsQuery, Client } from "@countersign/sdk/client";
import type { ActionSummary } from "@countersign/sdk/wire/action";
import type { Page } from "@countersign/sdk/wire/page";
import {
  infiniteQueryOptions,
  type QueryClient,
  type QueryKey,
  queryOptions,
} from "@tanstack/react-query";
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

type Clients = Pick<Api, "client" | "background">;

/** Opening a page is what a person does; reading it again is not. */
function reader({ client, background }: Clients, queryKey: QueryKey) {
  return (queries: QueryClient) =>
    queries.getQueryData(queryKey) === undefined ? client : background;
}

export function reviewQuery(clients: Clients, id: string) {
  const queryKey = keys.review(id);
  const by = reader(clients, queryKey);
  return queryOptions({ queryKey, queryFn: ({ client }) => by(client).review(id) });
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

export function actionQuery(clients: Clients, id: string) {
  const queryKey = keys.action(id);
  const by = reader(clients, queryKey);
  return queryOptions({ queryKey, queryFn: ({ client }) => by(client).action(id) });
}

export function connectionsQuery(clients: Clients) {
  const queryKey = [...keys.connections, "list"];
  const by = reader(clients, queryKey);
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ client, pageParam }) =>
      by(client).connections(pageParam === null ? {} : { cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
}

export function connectionQuery(clients: Clients, name: string) {
  const queryKey = [...keys.connections, "one", name];
  const by = reader(clients, queryKey);
  return queryOptions({ queryKey, queryFn: ({ client }) => by(client).connection(name) });
}

const toolsAtMost = 200;

/** Made old with the connections. */
export function toolsQuery({ background }: Clients, connection: string) {
  return queryOptions({
    queryKey: [...keys.connections, "tools", connection],
    queryFn: () => background.tools(connection, { limit: toolsAtMost }),
  });
}

export function toolQuery(clients: Clients, connection: string, tool: string) {
  const queryKey = [...keys.connections, "tool", connection, tool];
  const by = reader(clients, queryKey);
  return queryOptions({ queryKey, queryFn: ({ client }) => by(client).tool(connection, tool) });
}

export function agentsQuery(clients: Clients) {
  const queryKey = [...keys.agents, "list"];
  const by = reader(clients, queryKey);
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ client, pageParam }) =>
      by(client).agents(pageParam === null ? {} : { cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
}

export function agentQuery(clients: Clients, name: string) {
  const queryKey = [...keys.agents, "one", name];
  const by = reader(clients, queryKey);
  return queryOptions({ queryKey, queryFn: ({ client }) => by(client).agent(name) });
}
