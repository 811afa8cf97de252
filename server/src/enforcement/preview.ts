/** A reviewer asks how much the action that waits would touch now. */
import { type ErrorCode, errorCodes, GatewayError } from "#/core/errors.ts";
import type { Digest, ReviewId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import type { EnforcementDeps } from "./deps.ts";

/** The review with what was found. Throws where nothing can be measured. */
export async function preview(
  id: ReviewId,
  digest: Digest,
  deps: EnforcementDeps,
): Promise<Review> {
  const review = await read(id, deps);
  if (review.state !== "pending") throw refusal("review.already_decided");
  if (review.digest !== digest) throw refusal("review.digest_mismatch");
  const watch = deps.waiting.get(id)?.watch;
  if (watch === undefined) {
    throw new GatewayError(
      "review.detached",
      "No session waits on this review now, and without one its command has no meaning.",
    );
  }
  if (watch.preview !== "measured") throw refusal("review.preview_refused");
  if (!(await watch.measure(review))) throw refusal("review.preview_refused");
  return read(id, deps);
}

/** Whether `preview` would measure it now, its bound on how often aside: what was only estimated is never measured. */
export function canPreview(
  { id, state, effect }: Review,
  { waiting }: Pick<EnforcementDeps, "waiting">,
): boolean {
  const isMeasured = effect !== null && effect.basis !== "estimated";
  return state === "pending" && isMeasured && waiting.get(id)?.watch.preview === "measured";
}

async function read(id: ReviewId, deps: EnforcementDeps): Promise<Review> {
  const review = await deps.reviews.store.review(id);
  if (review === null) throw refusal("review.not_found");
  return review;
}

function refusal(code: ErrorCode): GatewayError {
  return new GatewayError(code, errorCodes[code]);
}
