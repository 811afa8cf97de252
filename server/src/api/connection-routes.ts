/** What can be acted on: the configured connections, without their credentials. */
import type { Connection } from "@countersign/sdk/wire";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Resource } from "#/core/action.ts";
import { GatewayError } from "#/core/errors.ts";
import { answers } from "./answers.ts";
import type { ApiDeps } from "./deps.ts";
import type { ApiEnv, Guard } from "./guard.ts";
import { namePageQuery, nameParams, pageOfNames } from "./name-page.ts";
import { presentUpstream } from "./present.ts";
import { connection, connectionPage } from "./schemas.ts";

/** More than this are not counted. */
export const pendingCountMax = 100;

export function addConnectionRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiDeps, guard: Guard): void {
  const { connections, store } = deps;
  const sorted = [...connections.keys()].toSorted();

  async function present(resources: readonly Resource[]): Promise<readonly Connection[]> {
    const by = resources.map(({ connection: name }) => ({ kind: "connection", name }) as const);
    const pending = await store.pendingCounts(by, pendingCountMax);
    const urls = new Map(
      deps.agentUrls("AGENT", "TOKEN").map((each) => [each.connection, each.url]),
    );
    return resources.map((resource, at) => ({
      name: resource.connection,
      kind: resource.kind,
      environment: resource.environment,
      labels: { ...resource.labels },
      upstream: presentUpstream(resource),
      url: urls.get(resource.connection) ?? "",
      pending: pending[at] ?? 0,
    }));
  }

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/connections",
      operationId: "listConnections",
      summary: "Connections, by name",
      request: { query: namePageQuery },
      responses: answers(200, connectionPage, "One page of connections"),
    }),
    async (context) => {
      const { names, next } = pageOfNames(sorted, context.req.valid("query"));
      const items = await present(names.flatMap((name) => connections.get(name) ?? []));
      return context.json({ items, next }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/connections/{name}",
      operationId: "getConnection",
      summary: "One connection",
      request: { params: nameParams },
      responses: answers(200, connection, "The connection"),
    }),
    async (context) => {
      const resource = connections.get(context.req.valid("param").name);
      const [item] = await present(resource === undefined ? [] : [resource]);
      if (item === undefined) throw unknownConnection();
      return context.json(item, 200);
    },
  );
}

function unknownConnection(): GatewayError {
  return new GatewayError("api.not_found", "No connection has this name.");
}
