/** What the pages read, under which key. The event stream makes keys old; see `live.tsx`. */
import type { ActionsQuery, Client } from "@countersign/sdk/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

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

export function reviewQuery(client: Client, id: string) {
  return queryOptions({ queryKey: keys.review(id), queryFn: () => client.review(id) });
}

export function actionsQuery(client: Client, filter: Omit<ActionsQuery, "cursor" | "limit">) {
  return infiniteQueryOptions({
    queryKey: [...keys.actions, filter],
    queryFn: ({ pageParam }) =>
      client.actions({
        ...filter,
        limit: pageItems,
        ...(pageParam === null ? {} : { cursor: pageParam }),
      }),
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
