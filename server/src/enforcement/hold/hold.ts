/**
 * An action that waits for people.
 *
 *   1. open    what the session makes of the action is read; a review is opened, or one picked up that waits for it
 *   2. watch   beside the wait: what the action would touch, and whom its wait keeps waiting
 *   3. wait    until people have decided, the caller departs, or it has waited for long enough
 *   4. claim   policy, people, session and size are read afresh, then the approval is used up; what has changed
 *              waits again
 *   5. run     once
 *
 * Guarantees SEMANTICS §2, §3 and §5: one live caller for each review, a caller that comes back finds its
 * review and uses its approval up, and what runs is what was approved.
 */
import type { Attempt, Enforced } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import { deny } from "#/enforcement/deny.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { rejection } from "#/enforcement/end-rejected.ts";
import { reviewRefusal } from "#/enforcement/review-refusals.ts";
import { changeReview } from "./change-review.ts";
import { claim } from "./claim.ts";
import { type Asking, openOrJoin } from "./open-or-join.ts";
import { runApproved } from "./run-approved.ts";
import { wait } from "./wait.ts";
import type { Waiting } from "./waiting.ts";
import { waitingTime } from "./waiting-time.ts";
import { watchWaiting } from "./watch-waiting.ts";

export async function hold(
  attempt: Attempt,
  decision: Asking,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const opened = await openOrJoin(attempt, decision, deps);
  if (opened.kind === "denied") return deny(opened.action, opened.denial, deps, opened.refusal);
  const { review, standing } = opened;
  const time = waitingTime(standing, deps);
  const waiting: Waiting = {
    attempt,
    standing,
    time,
    watch: watchWaiting(review.id, attempt, standing, time, deps),
  };
  // In the very turn in which the review is open: whoever hears of it finds who waits.
  deps.waiting.set(review.id, waiting);
  try {
    return await untilSettled(review, waiting, deps);
  } catch (error) {
    // Whatever failed, nobody waits here any more, and a caller that comes back must find the review free.
    const detached = { kind: "detach", caller: attempt.caller } as const;
    await changeReview(review, detached, deps).catch(() => undefined);
    throw error;
  } finally {
    waiting.watch.close();
    // Another attempt may have joined the review meanwhile.
    if (deps.waiting.get(review.id) === waiting) deps.waiting.delete(review.id);
  }
}

async function untilSettled(
  opened: Review,
  waiting: Waiting,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const { attempt } = waiting;
  let review = await unlessRejected(opened, attempt, deps);
  for (;;) {
    const waited = await wait(review, waiting, deps);
    if (waited.left || waited.review.state !== "approved") {
      return refused(waited.review, waiting, deps);
    }
    const claimed = await claim(waited.review, waiting, deps);
    switch (claimed.kind) {
      case "claimed":
        return runApproved(claimed.review, attempt, deps);
      case "over": {
        const detached = { kind: "detach", caller: attempt.caller } as const;
        return refused(await changeReview(claimed.review, detached, deps), waiting, deps);
      }
      case "again":
        review = claimed.review;
    }
  }
}

/** Whoever has just ended what waits on its tool may not have seen this one. */
async function unlessRejected(
  review: Review,
  attempt: Attempt,
  deps: EnforcementDeps,
): Promise<Review> {
  if (attempt.callee()?.definition !== "rejected") return review;
  const decision = rejection(review.policySet, null);
  return changeReview(review, { kind: "void", decision }, deps);
}

function refused(
  review: Review,
  { standing, time }: Waiting,
  { reviewUrl, clock }: EnforcementDeps,
): Enforced {
  const refusal = reviewRefusal(review, reviewUrl(review.id), {
    limit: clock.now() >= time.until ? time.limit : null,
    inTransaction: standing.transaction !== null,
    isBound: standing.isBound,
  });
  return { kind: "refused", refusal };
}
