/**
 * An action that waits for people: opened or joined, decided, judged again, claimed once, executed.
 *
 * Guarantees SEMANTICS §2, §3 and §5: one live caller for each review, a caller that comes back finds its
 * review and uses its approval up, and between approval and execution policy, people and session are read
 * afresh.
 */
import type { Action } from "#/core/action.ts";
import type { Decision } from "#/core/decision.ts";
import { actionDigest, joinKey } from "#/core/digest.ts";
import type { Attempt, Enforced } from "#/core/protocol.ts";
import type { ExecutionState, Review } from "#/core/review.ts";
import { joinObligations } from "#/policy/join.ts";
import type { ReviewEvent } from "#/review/event.ts";
import { applyEvent, joinDetached, openReview } from "#/review/life.ts";
import { decide } from "./decide.ts";
import type { EnforcementDeps } from "./deps.ts";
import { outcomeUnknown, reviewRefusal, tooManyReviews } from "./refusals.ts";

type Asking = Extract<Decision, { effect: "review" }>;

export async function hold(
  attempt: Attempt,
  decision: Asking,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const action = { ...attempt.action, fingerprint: await attempt.fingerprint() };
  const review = await joinOrOpen(action, attempt, decision, deps);
  if (review === "too_many") {
    return { kind: "refused", refusal: tooManyReviews(action.principal.name) };
  }
  try {
    return await untilSettled(review, attempt, deps);
  } catch (error) {
    // Whatever failed, nobody waits here any more, and a caller that comes back must find the review free.
    const detached = { kind: "detach", caller: attempt.caller } as const;
    await apply(review, detached, deps).catch(() => undefined);
    throw error;
  }
}

async function untilSettled(
  opened: Review,
  attempt: Attempt,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const holdUntil = deps.clock.now() + deps.holdMaxMs;
  let review = opened;
  for (;;) {
    if (review.state === "pending") attempt.held(review);
    const wait = await decided(review, attempt, holdUntil, deps);
    review = wait.review;
    if (wait.left || review.state !== "approved") return refused(review, deps);
    const claimed = await claim(review, attempt, deps);
    if (claimed.kind === "claimed") return run(claimed.review, attempt, deps);
    if (claimed.kind === "over") return refused(claimed.review, deps);
    review = claimed.review;
  }
}

function refused(review: Review, deps: EnforcementDeps): Enforced {
  return { kind: "refused", refusal: reviewRefusal(review, deps.reviewUrl(review.id)) };
}

async function joinOrOpen(
  action: Action,
  attempt: Attempt,
  decision: Asking,
  deps: EnforcementDeps,
): Promise<Review | "too_many"> {
  const key = joinKey(action, deps.joinSecret);
  const { caller } = attempt;
  const { people } = action.principal;
  const joined = await joinDetached(deps.reviews, key, { caller, people });
  if (joined !== null) return joined;
  const digest = actionDigest(action);
  const opened = await openReview(deps.reviews, { action, digest, joinKey: key, decision, caller });
  return opened === "too_many" ? opened : opened.review;
}

/** Waits until the review is no longer pending, the caller departs, or it has waited long enough. */
async function decided(
  review: Review,
  attempt: Attempt,
  holdUntil: number,
  deps: EnforcementDeps,
): Promise<{ readonly review: Review; readonly left: boolean }> {
  const waiting = new AbortController();
  const depart = () => waiting.abort();
  attempt.signal.addEventListener("abort", depart, { once: true });
  if (attempt.signal.aborted) depart();
  const stopClock = deps.clock.after(holdUntil - deps.clock.now(), depart);
  try {
    let latest = review;
    while (latest.state === "pending" && !waiting.signal.aborted) {
      latest = await changeOf(latest, waiting.signal, deps);
    }
    if (!waiting.signal.aborted) return { review: latest, left: false };
    return { review: await leave(latest, attempt, deps), left: true };
  } finally {
    stopClock();
    attempt.signal.removeEventListener("abort", depart);
  }
}

/** The same review where the wait was given up. */
async function changeOf(
  review: Review,
  signal: AbortSignal,
  deps: EnforcementDeps,
): Promise<Review> {
  try {
    return await deps.feed.next(review.id, review.version, signal);
  } catch (error) {
    if (signal.aborted) return review;
    throw error;
  }
}

/** The client's own leaving cancels; the hold limit and the gateway's own loss detach (SEMANTICS §2). */
async function leave(review: Review, attempt: Attempt, deps: EnforcementDeps): Promise<Review> {
  const cancelled = attempt.signal.aborted && attempt.signal.reason === "cancelled";
  return apply(review, { kind: cancelled ? "cancel" : "detach", caller: attempt.caller }, deps);
}

interface Claim {
  /** `again`: it is to be waited for and judged once more. `over`: it can't be claimed any more. */
  readonly kind: "claimed" | "again" | "over";
  readonly review: Review;
}

/** Right before the execution everything is read afresh (SEMANTICS §3, "At the claim"). */
async function claim(review: Review, attempt: Attempt, deps: EnforcementDeps): Promise<Claim> {
  const decision = decide(review.action, deps);
  if (decision.effect === "deny") {
    return { kind: "over", review: await apply(review, { kind: "void", decision }, deps) };
  }
  const { reasons, policySet } = decision;
  const obligations = joinObligations([review.obligations, decision.obligations]);
  const terms = { obligations, reasons, policySet };
  const fingerprint = await attempt.fingerprint();
  if (fingerprint !== review.action.fingerprint) {
    const action = { ...review.action, fingerprint, revision: review.action.revision + 1 };
    const note = "The session or the schema changed while it waited, so it needs a new look.";
    const identity = { digest: actionDigest(action), joinKey: joinKey(action, deps.joinSecret) };
    const event = { kind: "reopen", action, ...identity, terms, note } as const;
    const reopened = await apply(review, event, deps);
    return { kind: reopened.state === "pending" ? "again" : "over", review: reopened };
  }
  const digest = actionDigest(review.action);
  const result = await applyEvent(deps.reviews, review.id, {
    kind: "claim",
    caller: attempt.caller,
    digest,
    terms,
  });
  if (result.kind === "moved" && result.review.execution?.state === "claimed") {
    return { kind: "claimed", review: result.review };
  }
  // The review changed while policy and session were read: judged again on what it is now.
  if (result.kind === "refused" && result.code === "review.terms_changed") {
    return { kind: "again", review: await current(review, deps) };
  }
  // An approval past its time is refused before the sweep has marked it.
  if (result.kind === "refused") await apply(review, { kind: "expire" }, deps);
  const after = await current(review, deps);
  return { kind: after.state === "pending" ? "again" : "over", review: after };
}

/** The review after the event, or as it stands where the event came too late to count. */
async function apply(review: Review, event: ReviewEvent, deps: EnforcementDeps): Promise<Review> {
  const result = await applyEvent(deps.reviews, review.id, event);
  return result.kind === "refused" ? current(review, deps) : result.review;
}

async function current(review: Review, deps: EnforcementDeps): Promise<Review> {
  return (await deps.reviews.store.review(review.id)) ?? review;
}

/** The claim has consumed the approval: whatever happens from here, it is never run again. */
async function run(review: Review, attempt: Attempt, deps: EnforcementDeps): Promise<Enforced> {
  const outcome = await attempt.execute(review.action, Promise.resolve()).catch(() => null);
  const detail = outcome?.detail ?? null;
  const rows = outcome?.state === "executed" ? outcome.rows : null;
  await recordOutcome(review, outcome?.state ?? "outcome_unknown", { detail, rows }, deps);
  if (outcome === null) {
    return { kind: "refused", refusal: outcomeUnknown(review, deps.reviewUrl(review.id)) };
  }
  if (outcome.state === "executed_uncommitted") {
    void outcome.ended.then((state) => recordOutcome(review, state, { detail, rows }, deps));
  }
  return { kind: "ran", outcome };
}

/** A failure to record the outcome leaves the execution claimed; the next start calls it unknown. */
async function recordOutcome(
  review: Review,
  state: Exclude<ExecutionState, "claimed">,
  said: { readonly detail: string | null; readonly rows: number | null },
  deps: EnforcementDeps,
): Promise<void> {
  try {
    await applyEvent(deps.reviews, review.id, { kind: "outcome", state, ...said });
  } catch {
    deps.log.error("outcome.unrecorded", { reviewId: review.id });
  }
}
