/** A person asks how much what waits would touch now. What is measured, and whether, enforcement says. */
import assert from "node:assert/strict";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { answers } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import { presentEffect } from "#/api/present/present-review.ts";
import { previewAnswer, previewRequest } from "#/api/schemas/verdict.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Digest, ReviewId } from "#/core/ids.ts";
import { mayDecide, speakerOf } from "#/identity/caller.ts";
import { notAsked } from "#/review/verdict.ts";
import { reviewParams } from "./review-routes.ts";

export function addPreviewRoute(
  app: OpenAPIHono<ApiEnv>,
  deps: Pick<ApiDeps, "preview" | "reviews">,
  guard: Guard,
): void {
  app.openapi(
    createRoute({
      ...guard("deciders"),
      method: "post",
      path: "/reviews/{id}/preview",
      operationId: "preview",
      summary: "Measure the effect of what waits again",
      description:
        "Runs the command on a session of the gateway's own and rolls it back, on record, where the connection is configured so. For those who are asked to decide on it. Several who ask at a time get one measurement.",
      request: {
        params: reviewParams,
        body: { required: true, content: { "application/json": { schema: previewRequest } } },
      },
      responses: answers(200, previewAnswer, "What was found"),
    }),
    async (context) => {
      const { digest } = context.req.valid("json");
      const id = context.req.valid("param").id as ReviewId;
      const { caller } = context.var;
      assert(mayDecide(caller), "the guard lets nobody else through");
      const { store, people } = deps.reviews;
      const waiting = await store.review(id);
      if (waiting === null) throw new GatewayError("review.not_found", "No review has this id.");
      // It runs what nobody has approved yet, and locks what others use.
      const refusal = notAsked(waiting, speakerOf(caller), people);
      if (refusal !== null) throw new GatewayError(refusal.code, refusal.message);
      const review = await deps.preview(id, digest as Digest);
      return context.json({ id, digest: review.digest, effect: presentEffect(review) }, 200);
    },
  );
}
