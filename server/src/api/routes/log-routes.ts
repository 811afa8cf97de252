/** The audit log, for whoever checks it: leaves, signed checkpoint, proofs. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { answers, textAnswer } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import { presentRecord } from "#/api/present/present-record.ts";
import { logPage } from "#/api/schemas/log.ts";
import type { ActionId } from "#/core/ids.ts";

const recordsPageMax = 500;
const recordsPageDefault = 100;

export function addLogRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiDeps, guard: Guard): void {
  const { store, prove } = deps;

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/log/checkpoint",
      operationId: "getCheckpoint",
      summary: "The signed tree head (C2SP tlog-checkpoint)",
      responses: textAnswer("The checkpoint"),
    }),
    async (context) => context.text((await store.logHead()).checkpoint, 200),
  );

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/log/records",
      operationId: "listRecords",
      summary: "Records, ascending by index",
      request: {
        query: z.object({
          from: z.coerce
            .number()
            .int()
            .min(0)
            .default(0)
            .describe("The first index; `next` of the page before"),
          limit: z.coerce.number().int().min(1).max(recordsPageMax).default(recordsPageDefault),
        }),
      },
      responses: answers(200, logPage, "One page of records"),
    }),
    async (context) => {
      const { from, limit } = context.req.valid("query");
      const records = await store.records(from, limit);
      const last = records.at(-1);
      const isEnd = last === undefined || records.length < limit;
      const next = isEnd ? null : String(last.index + 1);
      return context.json({ items: records.map(presentRecord), next }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/actions/{id}/proof",
      operationId: "proveAction",
      summary: "The proof file of an action: all its records, provable offline",
      request: { params: z.object({ id: z.string().min(1).max(100) }) },
      responses: textAnswer("The proof file"),
    }),
    async (context) => context.text(await prove(context.req.valid("param").id as ActionId), 200),
  );
}
