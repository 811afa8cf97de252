/** Who can act: the declared agents. No token is shown but that of the quickstart's sample agent. */
import type { Agent } from "@countersign/sdk/wire/agent";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { answers } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import { namePageQuery, nameParams, pageOfNames } from "#/api/name-page.ts";
import { presentTimeOrNull } from "#/api/present/present-time.ts";
import { agent, agentPage } from "#/api/schemas/status.ts";
import { GatewayError } from "#/core/errors.ts";
import type { DeclaredAgent } from "#/identity/agents.ts";
import { pendingCountMax } from "./connection-routes.ts";

export function addAgentRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiDeps, guard: Guard): void {
  const { agents, store, sampleToken } = deps;
  const sorted = agents.names.toSorted();

  async function present(declared: readonly DeclaredAgent[]): Promise<readonly Agent[]> {
    const by = declared.map(({ name }) => ({ kind: "agent", name }) as const);
    const pending = await store.pendingCounts(by, pendingCountMax);
    return declared.map(({ name, owner, groups, tokenSince }, at) => ({
      name,
      owner,
      groups,
      tokenSince: presentTimeOrNull(tokenSince),
      token: sampleToken(name),
      pending: pending[at] ?? 0,
    }));
  }

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/agents",
      operationId: "listAgents",
      summary: "Agents, by name",
      request: { query: namePageQuery },
      responses: answers(200, agentPage, "One page of agents"),
    }),
    async (context) => {
      const { names, next } = pageOfNames(sorted, context.req.valid("query"));
      const items = await present(names.flatMap((name) => agents.declared(name) ?? []));
      return context.json({ items, next }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/agents/{name}",
      operationId: "getAgent",
      summary: "One agent",
      request: { params: nameParams },
      responses: answers(200, agent, "The agent"),
    }),
    async (context) => {
      const declared = agents.declared(context.req.valid("param").name);
      const [item] = await present(declared === null ? [] : [declared]);
      if (item === undefined) {
        throw new GatewayError("identity.unknown_agent", "No agent has this name.");
      }
      return context.json(item, 200);
    },
  );
}
