/** A person's edit in place of what waits. What it comes to, policy and the waiting session say. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { answers } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import { maskReview, shownRunsOf } from "#/api/masked-content.ts";
import { presentAnswer } from "#/api/present/present-review.ts";
import { overrideAnswer, overrideRequest } from "#/api/schemas/verdict.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Digest, ReviewId } from "#/core/ids.ts";
import { mayDecide, speakerOf } from "#/identity/caller.ts";
import { idempotencyHeaders, reviewParams } from "./review-routes.ts";

export function addOverrideRoute(app: OpenAPIHono<ApiEnv>, deps: ApiDeps, guard: Guard): void {
  app.openapi(
    createRoute({
      ...guard("deciders"),
      method: "post",
      path: "/reviews/{id}/override",
      operationId: "override",
      summary: "Put an edited command in place of what waits",
      description:
        "Policy judges the edit, for the agent and for its editor. Earlier approvals fall, and others have to approve what it became, unless it provably narrows: then it counts as its editor's approval. The same Idempotency-Key makes no second edit.",
      request: {
        params: reviewParams,
        headers: idempotencyHeaders,
        body: { required: true, content: { "application/json": { schema: overrideRequest } } },
      },
      responses: answers(200, overrideAnswer, "Where the review stands now, with the new digest"),
    }),
    async (context) => {
      const { caller } = context.var;
      assert(mayDecide(caller), "the guard lets nobody else through");
      const { digest, command, parameters, comment } = context.req.valid("json");
      const id = context.req.valid("param").id as ReviewId;
      const edited = await deps.store.review(id);
      if (edited === null) throw new GatewayError("review.not_found", "No review has this id.");
      const { review, counted } = await deps.override(id, {
        ...speakerOf(caller),
        digest: digest as Digest,
        command,
        parameters,
        shown: shownRunsOf(edited, await maskReview(deps, edited)),
        comment: await deps.maskComment(comment),
        idempotencyKey: context.req.valid("header")["idempotency-key"] ?? randomUUID(),
      });
      return context.json({ ...presentAnswer(review), counted }, 200);
    },
  );
}
