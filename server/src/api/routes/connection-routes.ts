/** What can be acted on: the configured connections, without their credentials. */
import type { Connection } from "@countersign/sdk/wire/connection";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { answers } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import { namePageQuery, nameParams, pageOfNames } from "#/api/name-page.ts";
import { presentResource } from "#/api/present/present-content.ts";
import { presentHealth } from "#/api/present/present-health.ts";
import { presentPrograms } from "#/api/present/present-programs.ts";
import { connection, connectionPage, health } from "#/api/schemas/status.ts";
import type { Resource } from "#/core/action.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Health } from "#/core/health.ts";
import type { Caller } from "#/identity/caller.ts";

/** More than this are not counted. */
export const pendingCountMax = 100;

export function addConnectionRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiDeps, guard: Guard): void {
  const { connections, store } = deps;
  const sorted = [...connections.keys()].toSorted();

  async function present(
    resources: readonly Resource[],
    caller: Caller,
  ): Promise<readonly Connection[]> {
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
      upstream: presentResource(resource),
      data: deps.dataOf(resource.connection),
      url: urls.get(resource.connection) ?? "",
      health: presentHealth(deps.health(resource.connection)?.current() ?? nothingHeard),
      programs: presentPrograms(deps.programs(resource.connection), caller),
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
      const items = await present(
        names.flatMap((name) => connections.get(name) ?? []),
        context.var.caller,
      );
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
      const [item] = await present(resource === undefined ? [] : [resource], context.var.caller);
      if (item === undefined) throw unknownConnection();
      return context.json(item, 200);
    },
  );

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "post",
      path: "/connections/{name}/test",
      operationId: "testConnection",
      summary: "Test whether sessions with a connection's upstream can be had",
      description:
        "Opens a session of the gateway's own and closes it, on record. Several who ask at a time get one test, and who asks again at once gets what the last one found.",
      request: { params: nameParams },
      responses: answers(200, health, "What was found"),
    }),
    async (context) => {
      const source = deps.health(context.req.valid("param").name);
      if (source === null) throw unknownConnection();
      return context.json(presentHealth(await source.test()), 200);
    },
  );
}

const nothingHeard: Health = {
  state: "unknown",
  since: null,
  heardAt: null,
  failure: null,
  serverVersion: null,
};

function unknownConnection(): GatewayError {
  return new GatewayError("api.not_found", "No connection has this name.");
}
