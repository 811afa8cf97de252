/** What the gateway says of itself. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { answers } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import { presentStatus } from "#/api/present/present-status.ts";
import { status } from "#/api/schemas/status.ts";
import { version } from "#/platform/version.ts";

/** Where all routes lie. */
export const basePath = "/api/v1";

export function addStatusRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiDeps, guard: Guard): void {
  app.openapi(
    createRoute({
      ...guard("anyone"),
      method: "get",
      path: "/status",
      operationId: "getStatus",
      summary: "The running gateway",
      description: "An agent sees no other agent, and nobody's credential.",
      responses: answers(200, status, "The status"),
    }),
    async (context) => {
      const { caller } = context.var;
      const onlyAgent = caller.kind === "agent" ? caller.principal.name : null;
      return context.json(presentStatus(await deps.status(onlyAgent), caller), 200);
    },
  );

  app.openapi(
    createRoute({
      ...guard("public"),
      method: "get",
      path: "/openapi.json",
      operationId: "getDocument",
      summary: "This document",
      responses: answers(200, z.looseObject({ openapi: z.string() }), "OpenAPI 3.1"),
    }),
    (context) => {
      const document: { readonly openapi: string } = app.getOpenAPI31Document({
        openapi: "3.1.0",
        info: { title: "Countersign", version, license: { name: "Apache-2.0" } },
        servers: [{ url: basePath }],
      });
      return context.json(document, 200);
    },
  );
}
