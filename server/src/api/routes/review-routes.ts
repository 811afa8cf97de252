/** Reviews: what waits, and a person's word on it. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Page } from "@countersign/sdk/wire/page";
import type { ReviewDetail, ReviewSummary } from "@countersign/sdk/wire/review";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { answers } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import type { ApiEnv, Guard } from "#/api/guard.ts";
import { hiddenOf, maskReview } from "#/api/masked-content.ts";
import { presentAnswer, presentDetail, presentSummary } from "#/api/present/present-review.ts";
import { createShownViews } from "#/api/present/shown-views.ts";
import { reviewDetail, reviewPage } from "#/api/schemas/review.ts";
import { verdictAnswer, verdictRequest } from "#/api/schemas/verdict.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Digest, ReviewId } from "#/core/ids.ts";
import { type Review, type ReviewState, reviewStates } from "#/core/review.ts";
import { type Caller, mayDecide, speakerOf } from "#/identity/caller.ts";
import { giveVerdict } from "#/review/life.ts";
import { idempotencyKeyBytesMax } from "#/review/verdict.ts";

const reviewsPageMax = 200;
const reviewsPageDefault = 50;
/** A page ends early where the commands on it come to more; it holds one review at least. */
export const reviewsPageBytesMax = 4 * 1024 * 1024;
/** So many are read from the store at a time. */
const reviewsReadMax = 20;

export function addReviewRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiDeps, guard: Guard): void {
  const { store, reviews } = deps;
  const shown = createShownViews();

  async function look(review: Review, caller: Caller): Promise<ReviewDetail> {
    const masked = await maskReview(deps, review);
    const detail = presentDetail(review, masked, reviews.people, {
      caller,
      rights: deps.revealRights(review.action.resource.connection),
      canPreview: deps.canPreview(review),
      now: deps.clock.now(),
    });
    if (caller.kind === "person") {
      const view = detail.view.digest as Digest;
      shown.note({ review: review.id, person: caller.person.id, view }, review.effect);
    }
    return detail;
  }

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/reviews",
      operationId: "listReviews",
      summary: "Reviews, newest first",
      request: {
        query: z.object({
          state: z.enum(reviewStates).optional(),
          cursor: z.string().max(100).optional().describe("`next` of the page before"),
          limit: z.coerce.number().int().min(1).max(reviewsPageMax).default(reviewsPageDefault),
        }),
      },
      responses: answers(200, reviewPage, "One page of reviews"),
    }),
    async (context) => {
      const { state, cursor, limit } = context.req.valid("query");
      const query = { state: state ?? null, before: (cursor ?? null) as ReviewId | null, limit };
      return context.json(await readPage(deps, query), 200);
    },
  );

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/reviews/{id}",
      operationId: "getReview",
      summary: "One review, whole",
      request: { params: reviewParams },
      responses: answers(200, reviewDetail, "The review"),
    }),
    async (context) => {
      const review = await store.review(context.req.valid("param").id as ReviewId);
      if (review === null) throw new GatewayError("review.not_found", "No review has this id.");
      return context.json(await look(review, context.var.caller), 200);
    },
  );

  app.openapi(
    createRoute({
      ...guard("deciders"),
      method: "post",
      path: "/reviews/{id}/verdicts",
      operationId: "giveVerdict",
      summary: "Approve, deny or ask for changes",
      description:
        "Binds to the digest that was judged. The same Idempotency-Key gives the same answer again instead of a second verdict.",
      request: {
        params: reviewParams,
        headers: idempotencyHeaders,
        body: { required: true, content: { "application/json": { schema: verdictRequest } } },
      },
      responses: answers(200, verdictAnswer, "Where the review stands now"),
    }),
    async (context) => {
      const { caller } = context.var;
      assert(mayDecide(caller), "the guard lets nobody else through");
      const { verdict, digest, comment, maxRows, viewDigest } = context.req.valid("json");
      const id = context.req.valid("param").id as ReviewId;
      const judged = await store.review(id);
      if (judged === null) throw new GatewayError("review.not_found", "No review has this id.");
      // What is shown now counts as shown.
      if (viewDigest !== null) await look(judged, caller);
      const review = await giveVerdict(reviews, id, {
        verdict,
        ...speakerOf(caller),
        digest: digest as Digest,
        comment: comment === null ? null : await deps.maskComment(comment),
        rowsMax: maxRows,
        view:
          viewDigest === null
            ? null
            : shown.find({ review: id, person: caller.person.id, view: viewDigest as Digest }),
        hidden: hiddenOf(judged, await maskReview(deps, judged)),
        idempotencyKey: context.req.valid("header")["idempotency-key"] ?? randomUUID(),
      });
      return context.json(presentAnswer(review), 200);
    },
  );
}

export const idempotencyHeaders = z.object({
  "idempotency-key": z
    .string()
    .max(idempotencyKeyBytesMax)
    .regex(/^[\x21-\x7e]+$/, "is not visible ASCII")
    .optional()
    .describe("Made up by the gateway if it is missing"),
});

export const reviewParams = z.object({ id: z.string().min(1).max(100) });

async function readPage(
  deps: ApiDeps,
  query: {
    readonly state: ReviewState | null;
    readonly before: ReviewId | null;
    readonly limit: number;
  },
): Promise<Page<ReviewSummary>> {
  const page: Review[] = [];
  let bytes = 0;
  for (;;) {
    const before = page.at(-1)?.id ?? query.before;
    const read = await deps.store.reviews({ state: query.state, before, limit: reviewsReadMax });
    for (const review of read) {
      bytes += Buffer.byteLength(review.action.command);
      const isFull = page.length === query.limit || bytes > reviewsPageBytesMax;
      if (isFull && page.length > 0) return presentPage(deps, page, page.at(-1)?.id ?? null);
      page.push(review);
    }
    if (read.length === 0) return presentPage(deps, page, null);
  }
}

/** One after the other: no more of them is in the works than one. */
async function presentPage(
  deps: ApiDeps,
  reviews: readonly Review[],
  next: string | null,
): Promise<Page<ReviewSummary>> {
  const items: ReviewSummary[] = [];
  for (const review of reviews) {
    const masked = await maskReview(deps, review);
    items.push(presentSummary(review, masked, deps.reviews.people));
  }
  return { items, next };
}
