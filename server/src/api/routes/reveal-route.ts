/**
 * Shows one person what stands masked in one field.
 *
 * Guarantees that only who may by configuration is shown it, that it is on record before it leaves, that it is in this one answer
 * alone, and that nobody can be shown many in a short time.
 */
import assert from "node:assert/strict";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { answers } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import { maskReview } from "#/api/masked-content.ts";
import { revealAnswer, revealRequest } from "#/api/schemas/verdict.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Digest, ReviewId } from "#/core/ids.ts";
import { mayReveal } from "#/core/view.ts";
import { mayDecide } from "#/identity/caller.ts";
import { applyEvent } from "#/review/life.ts";
import { createRevealRate } from "./reveal-rate.ts";
import { reviewParams } from "./review-routes.ts";

export function addRevealRoute(app: OpenAPIHono<ApiEnv>, deps: ApiDeps, guard: Guard): void {
  const count = createRevealRate(deps.clock);

  app.openapi(
    createRoute({
      ...guard("deciders"),
      method: "post",
      path: "/reviews/{id}/reveal",
      operationId: "reveal",
      summary: "See what stands masked in one field",
      description:
        "For people whose group may see what was found there (`reveal` of the configuration). It is on record, without the value, before it is answered; 30 in a minute.",
      request: {
        params: reviewParams,
        body: { required: true, content: { "application/json": { schema: revealRequest } } },
      },
      responses: answers(200, revealAnswer, "The value as it was sent, which is not to be kept"),
    }),
    async (context) => {
      const { caller } = context.var;
      assert(mayDecide(caller), "the guard lets nobody else through");
      const { digest, field } = context.req.valid("json");
      const id = context.req.valid("param").id as ReviewId;
      const review = await deps.store.review(id);
      if (review === null) throw new GatewayError("review.not_found", "No review has this id.");
      const { fields } = await maskReview(deps, review);
      const masked = fields.find((each) => each.field === field);
      if (review.digest === digest && masked === undefined) {
        throw new GatewayError("api.not_found", "Nothing is masked under this name.");
      }
      const entities = masked?.entities ?? [];
      const rights = deps.revealRights(review.action.resource.connection);
      if (!mayReveal(rights, caller.person.groups, entities)) {
        const found = entities.join(", ");
        const message = `${caller.person.name} is in no group that may see this (${found}). The configuration says which may: reveal.`;
        throw new GatewayError("review.reveal_refused", message);
      }
      count(caller.person.id);
      const event = { person: caller.person.id, digest: digest as Digest, field, entities };
      const result = await applyEvent(deps.reviews, id, { kind: "reveal", ...event });
      if (result.kind === "refused") throw new GatewayError(result.code, result.message);
      assert(masked !== undefined, "a field of another action is refused");
      return context.json({ id, digest, field, entities, text: masked.original }, 200);
    },
  );
}
