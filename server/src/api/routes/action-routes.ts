/** The history of actions, and the explanation of each decision. */
import type { ActionSummary } from "@countersign/sdk/wire/action";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { answers } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import { maskRecorded } from "#/api/masked-content.ts";
import { presentActionDetail, presentActionSummary } from "#/api/present/present-action.ts";
import { actionDetail, actionPage, decisionKind } from "#/api/schemas/action.ts";
import type { HistoryItem } from "#/audit/history.ts";
import type { ActionId } from "#/core/ids.ts";
import type { ReviewState } from "#/core/review.ts";
import { verbs } from "#/core/verb.ts";

const actionsPageMax = 100;
const actionsPageDefault = 50;
const nameCharsMax = 63;

export function addActionRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiDeps, guard: Guard): void {
  const { history, store } = deps;

  /** Of the reviews in which actions were held; null for the others, also for what the gateway did for a review. */
  async function statesOf(items: readonly HistoryItem[]): Promise<readonly (ReviewState | null)[]> {
    const reviews = items.map(({ action }) =>
      action.decision === "review" ? action.review : null,
    );
    const ids = reviews.filter((id) => id !== null);
    const states = await store.reviewStates(ids);
    const known = new Map(ids.map((id, at) => [id, states[at] ?? null]));
    return reviews.map((id) => (id === null ? null : (known.get(id) ?? null)));
  }

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/actions",
      operationId: "listActions",
      summary: "Decided actions, newest first",
      description:
        "A request looks at a bounded part of the log: a page may hold fewer actions than asked for, or none, and still have a next one.",
      request: {
        query: z.object({
          decision: decisionKind.optional(),
          connection: z.string().max(nameCharsMax).optional(),
          principal: z
            .string()
            .max(nameCharsMax)
            .optional()
            .describe("Name of an agent or a service; the log finds no person by name"),
          asker: z
            .enum(["clients", "gateway"])
            .optional()
            .describe("What came from outside, or what the gateway itself asked of an upstream"),
          verb: z.enum(verbs).optional().describe("One of the action's verbs"),
          cursor: z
            .string()
            .regex(/^\d{1,15}$/, "is not a `next` of this list")
            .optional()
            .describe("`next` of the page before"),
          limit: z.coerce.number().int().min(1).max(actionsPageMax).default(actionsPageDefault),
        }),
      },
      responses: answers(200, actionPage, "One page of actions"),
    }),
    async (context) => {
      const { decision, connection, principal, asker, verb, cursor, limit } =
        context.req.valid("query");
      const { items, next } = await history.page({
        decision: decision ?? null,
        connection: connection ?? null,
        principal: principal ?? null,
        asker: asker ?? null,
        verb: verb ?? null,
        before: cursor === undefined ? null : Number(cursor),
        limit,
      });
      const states = await statesOf(items);
      const presented: ActionSummary[] = [];
      for (const [at, item] of items.entries()) {
        const masked = await maskRecorded(deps, item.action);
        presented.push(presentActionSummary(item, masked, states[at] ?? null));
      }
      return context.json({ items: presented, next: next === null ? null : String(next) }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/actions/{id}",
      operationId: "getAction",
      summary: "One action, whole, with the explanation of its decision and its records",
      request: { params: z.object({ id: z.string().min(1).max(100) }) },
      responses: answers(200, actionDetail, "The action"),
    }),
    async (context) => {
      const id = context.req.valid("param").id as ActionId;
      const detail = await history.action(id);
      const [state = null] = await statesOf([detail]);
      const masked = await maskRecorded(deps, detail.action);
      return context.json(presentActionDetail(detail, masked, state), 200);
    },
  );
}
