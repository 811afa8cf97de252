/**
 * Finds out, beside the wait for people, how much the action that waits would touch, and notes it on its review.
 *
 * Guarantees that neither the wait nor anybody's verdict ever waits for it, and that what it still runs is
 * cancelled as soon as people have decided. A failure is an effect that is not known, never more.
 */
import { errorCodeOf, errorCodes, GatewayError } from "#/core/errors.ts";
import type { Digest, ReviewId } from "#/core/ids.ts";
import type { Attempt, EffectAsked, EffectFound } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { applyEvent } from "#/review/life.ts";
import type { EffectWatch } from "./waiting.ts";

/** Between two measurements that reviewers ask for, of one review. */
export const previewEveryMs = 5_000;

export function watchEffect(id: ReviewId, attempt: Attempt, deps: EnforcementDeps): EffectWatch {
  let looked: Digest | null = null;
  let running = new AbortController();
  let measuring: { readonly digest: Digest; readonly done: Promise<boolean> } | null = null;
  let measuredAt = Number.NEGATIVE_INFINITY;

  const find = async (
    { action, digest }: Review,
    how: EffectAsked["how"],
    signal: AbortSignal,
  ): Promise<EffectFound | null> => {
    const found = await attempt
      .effect({ action, review: id, how, signal })
      .catch((error: unknown) => {
        if (!signal.aborted) logFailure(id, error, deps);
        return notAsked;
      });
    // What was given up has found out nothing, and what waits now may be something else.
    if (found === null || signal.aborted) return null;
    const effect = { ...found, at: deps.clock.now() };
    await applyEvent(deps.reviews, id, { kind: "effect", digest, effect });
    return found;
  };

  const measure = (review: Review, signal: AbortSignal): Promise<boolean> => {
    // Several who ask at a time get one measurement.
    if (measuring?.digest === review.digest && !signal.aborted) return measuring.done;
    measuredAt = deps.clock.now();
    const done = find(review, "measure", signal)
      .then((found) => found !== null || signal.aborted)
      .finally(() => {
        if (measuring === own) measuring = null;
      });
    const own = { digest: review.digest, done };
    measuring = own;
    return done;
  };

  const lookAt = async (review: Review, signal: AbortSignal) => {
    try {
      // What is not measured at all is estimated; what could not be measured says what the planner expects.
      if (attempt.preview === "measured" && (await measure(review, signal))) return;
      await find(review, "estimate", signal);
    } catch (error) {
      logFailure(id, error, deps);
    }
  };

  return {
    preview: attempt.preview,
    look(review) {
      if (attempt.preview === "none" || review.digest === looked) return;
      // What waits again because it has grown has just been looked at.
      const isMeasured = looked !== null && review.effect !== null;
      looked = review.digest;
      if (isMeasured) return;
      running.abort();
      running = new AbortController();
      void lookAt(review, running.signal);
    },
    async measure(review) {
      if (measuring?.digest !== review.digest && deps.clock.now() - measuredAt < previewEveryMs) {
        const code = "review.preview_too_soon";
        throw new GatewayError(code, errorCodes[code]);
      }
      if (running.signal.aborted) running = new AbortController();
      return measure(review, running.signal);
    },
    async again({ action }, signal) {
      if (attempt.preview !== "measured") return null;
      const found = await attempt
        .effect({ action, review: id, how: "measure", signal })
        .catch((error: unknown) => {
          if (!signal.aborted) logFailure(id, error, deps);
          return null;
        });
      if (found === null || found.basis !== "measured" || signal.aborted) return null;
      return { ...found, at: deps.clock.now() };
    },
    stop: () => running.abort(),
  };
}

const notAsked: EffectFound = {
  basis: "unknown",
  rows: null,
  reason: "The database could not be asked.",
  caveat: null,
  sample: null,
};

function logFailure(reviewId: ReviewId, error: unknown, { log }: EnforcementDeps): void {
  log.warn("effect.failed", { reviewId, code: errorCodeOf(error) });
}
