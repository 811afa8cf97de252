/** Reviews: what waits, and a person's word on it. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Page, ReviewSummary } from "@countersign/sdk/wire";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { GatewayError } from "#/core/errors.ts";
import type { Digest, ReviewId } from "#/core/ids.ts";
import { type Review, type ReviewState, reviewStates } from "#/core/review.ts";
import { mayDecide, speakerOf } from "#/identity/caller.ts";
import type { PeopleLookup } from "#/review/event.ts";
import { giveVerdict } from "#/review/life.ts";
import { idempotencyKeyBytesMax } from "#/review/verdict.ts";
import type { Store } from "#/store/store.ts";
import { answers } from "./answers.ts";
import type { ApiDeps } from "./deps.ts";
import type { ApiEnv, Guard } from "./guard.ts";
import { presentAnswer, presentDetail, presentSummary } from "./present-review.ts";
import { reviewDetail, reviewPage } from "./schemas/review.ts";
import { verdictAnswer, verdictRequest } from "./schemas/verdict.ts";

const reviewsPageMax = 200;
const reviewsPageDefault = 50;
/** A page ends early where the commands on it come to more; it holds one review at least. */
export const reviewsPageBytesMax = 4 * 1024 * 1024;
/** So many are read from the store at a time. */
const reviewsReadMax = 20;

export function addReviewRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiDeps, guard: Guard): void {
  const { store, reviews } = deps;

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
      return context.json(await readPage(store, query, reviews.people), 200);
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
      return context.json(
        presentDetail(review, reviews.people, {
          caller: context.var.caller,
          canPreview: deps.canPreview(review),
          now: deps.clock.now(),
        }),
        200,
      );
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
      const { verdict, digest, comment, maxRows } = context.req.valid("json");
      const review = await giveVerdict(reviews, context.req.valid("param").id as ReviewId, {
        verdict,
        ...speakerOf(caller),
        digest: digest as Digest,
        comment,
        rowsMax: maxRows,
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
  store: Pick<Store, "reviews">,
  query: {
    readonly state: ReviewState | null;
    readonly before: ReviewId | null;
    readonly limit: number;
  },
  people: PeopleLookup,
): Promise<Page<ReviewSummary>> {
  const page: Review[] = [];
  let bytes = 0;
  for (;;) {
    const before = page.at(-1)?.id ?? query.before;
    const read = await store.reviews({ state: query.state, before, limit: reviewsReadMax });
    for (const review of read) {
      bytes += Buffer.byteLength(review.action.command);
      const isFull = page.length === query.limit || bytes > reviewsPageBytesMax;
      if (isFull && page.length > 0) return presentPage(page, people, page.at(-1)?.id ?? null);
      page.push(review);
    }
    if (read.length === 0) return presentPage(page, people, null);
  }
}

function presentPage(
  reviews: readonly Review[],
  people: PeopleLookup,
  next: string | null,
): Page<ReviewSummary> {
  return { items: reviews.map((review) => presentSummary(review, people)), next };
}
