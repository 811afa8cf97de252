/**
 * An action that waits for people: opened or joined, decided, judged again, claimed once, executed.
 *
 * Guarantees SEMANTICS §2, §3 and §5: one live caller for each review, a caller that comes back finds its
 * review and uses its approval up, and between approval and execution policy, people and session are read
 * afresh.
 */
import type { Action } from "#/core/action.ts";
import { type Decision, ownReason } from "#/core/decision.ts";
import { actionDigest, joinKey } from "#/core/digest.ts";
import type { Effect } from "#/core/effect.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Attempt, Enforced, Standing, WaitLimit } from "#/core/protocol.ts";
import type { ExecutionState, Review } from "#/core/review.ts";
import { rowsText } from "#/core/row-limit.ts";
import { joinObligations } from "#/policy/join.ts";
import type { ReviewEvent } from "#/review/event.ts";
import { applyEvent, joinDetached, openReview } from "#/review/life.ts";
import { approvedSize, rowLimit } from "#/review/row-limit.ts";
import { isOpen } from "#/review/standing.ts";
import { decideEdited, editorOf } from "./decide-edited.ts";
import { type Denial, deny } from "./deny.ts";
import type { EffectWatch, EnforcementDeps } from "./deps.ts";
import { exceededDetail, execute } from "./execute.ts";
import {
  isUpstreamLost,
  leftAtClaim,
  outcomeUnknown,
  reviewRefusal,
  tooManyReviews,
  upstreamUnreachable,
} from "./refusals.ts";
import { type Telling, tellWaiting } from "./tell-waiting.ts";
import { waitLimit } from "./wait-limit.ts";
import { watchEffect } from "./watch-effect.ts";
import { watchTouched } from "./watch-touched.ts";
import { watchTransaction } from "./watch-transaction.ts";

type Asking = Extract<Decision, { effect: "review" }>;

export async function hold(
  attempt: Attempt,
  decision: Asking,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const session = await readSession(attempt).catch(asFailure);
  if (session instanceof GatewayError) return denyUnread(session, attempt, decision, deps);
  const { fingerprint, standing } = session;
  const action = { ...attempt.action, fingerprint };
  const review = await joinOrOpen(action, attempt, decision, deps);
  if (review === "too_many") {
    const denial = ownDenial("Too many actions of this principal wait already.", decision);
    return deny(action, denial, deps, tooManyReviews(action.principal.name));
  }
  const transaction = watchTransaction(review.id, attempt, standing.transaction, deps);
  const looked = watchEffect(review.id, attempt, deps);
  const touched = watchTouched(review.id, attempt, deps);
  const effects: EffectWatch = {
    ...looked,
    look(shown) {
      looked.look(shown);
      touched.look(shown);
    },
    stop() {
      looked.stop();
      touched.stop();
    },
    measure(shown) {
      transaction.look();
      return looked.measure(shown);
    },
  };
  const limit = waitLimit(standing, deps);
  const from = deps.clock.now();
  const inTransaction = standing.transaction !== null;
  const { isBound } = standing;
  const kept = { from, until: from + limit.ms, inTransaction };
  const telling = tellWaiting(attempt, kept, () => transaction.look(), deps);
  deps.waiting.set(review.id, attempt);
  deps.effects.set(review.id, effects);
  try {
    return await untilSettled(review, { attempt, effects, telling, ...kept, limit, isBound }, deps);
  } catch (error) {
    // Whatever failed, nobody waits here any more, and a caller that comes back must find the review free.
    const detached = { kind: "detach", caller: attempt.caller } as const;
    await apply(review, detached, deps).catch(() => undefined);
    throw error;
  } finally {
    effects.stop();
    transaction.stop();
    if (deps.effects.get(review.id) === effects) deps.effects.delete(review.id);
    // Another attempt may have joined the review meanwhile.
    if (deps.waiting.get(review.id) === attempt) deps.waiting.delete(review.id);
  }
}

async function readSession(
  attempt: Attempt,
): Promise<{ readonly fingerprint: string; readonly standing: Standing }> {
  const fingerprint = await attempt.fingerprint(attempt.action);
  return { fingerprint, standing: await attempt.standing() };
}

/** Without the session's meaning there is nothing that people could approve. */
function denyUnread(
  { code }: GatewayError,
  { action }: Attempt,
  decision: Asking,
  deps: EnforcementDeps,
): Promise<Enforced> {
  deps.log.error("fingerprint.failed", { actionId: action.id, code });
  const text = "The session that gives the action its meaning could not be read.";
  const refusal = isUpstreamLost(code) ? upstreamUnreachable() : undefined;
  return deny(action, ownDenial(text, decision), deps, refusal);
}

function ownDenial(text: string, { policySet }: Asking): Denial {
  const reasons = [ownReason(text)];
  return { effect: "deny", cause: "unsupported", reasons, policySet };
}

function asFailure(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  return new GatewayError("internal.unexpected", "The session could not be read.", { cause });
}

type Claiming = Pick<Waiting, "attempt" | "effects">;

interface Waiting {
  readonly attempt: Attempt;
  readonly effects: EffectWatch;
  readonly telling: Telling;
  readonly until: number;
  readonly inTransaction: boolean;
  readonly limit: WaitLimit;
  readonly isBound: boolean;
}

async function untilSettled(
  opened: Review,
  waiting: Waiting,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const { attempt, effects } = waiting;
  const refused = (left: Review): Enforced => refusedAs(left, waiting, deps);
  let review = opened;
  for (;;) {
    const wait = await decided(review, waiting, deps);
    review = wait.review;
    // What still looks at the effect would hold rows that the approved statement needs.
    effects.stop();
    if (wait.left || review.state !== "approved") return refused(review);
    const claimed = await claim(review, waiting, deps);
    if (claimed.kind === "claimed") return run(claimed.review, attempt, deps);
    if (claimed.kind === "over") {
      const left = await apply(claimed.review, { kind: "detach", caller: attempt.caller }, deps);
      return refused(left);
    }
    review = claimed.review;
  }
}

function refusedAs(
  review: Review,
  { limit, until, inTransaction, isBound }: Waiting,
  deps: EnforcementDeps,
): Enforced {
  const isOver = deps.clock.now() >= until;
  const ending = { limit: isOver ? limit : null, inTransaction, isBound };
  return { kind: "refused", refusal: reviewRefusal(review, deps.reviewUrl(review.id), ending) };
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
  { attempt, effects, telling, until }: Waiting,
  deps: EnforcementDeps,
): Promise<{ readonly review: Review; readonly left: boolean }> {
  const waiting = new AbortController();
  const depart = () => waiting.abort();
  attempt.signal.addEventListener("abort", depart, { once: true });
  if (attempt.signal.aborted) depart();
  const stopClock = deps.clock.after(until - deps.clock.now(), depart);
  try {
    let latest = review;
    while (latest.state === "pending" && !waiting.signal.aborted) {
      telling.tell(latest);
      effects.look(latest);
      latest = await changeOf(latest, waiting.signal, deps);
    }
    if (!waiting.signal.aborted) return { review: latest, left: false };
    return { review: await leave(latest, attempt, deps), left: true };
  } finally {
    stopClock();
    telling.pause();
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
async function claim(
  review: Review,
  { attempt, effects }: Claiming,
  deps: EnforcementDeps,
): Promise<Claim> {
  // The groups are those of whoever is here now, which may not be who opened it.
  const { principal } = attempt.action;
  const decision = decideEdited({ ...review.action, principal }, editorOf(review, deps), deps);
  if (decision.effect === "deny") {
    return { kind: "over", review: await apply(review, { kind: "void", decision }, deps) };
  }
  const { reasons, policySet } = decision;
  const obligations = joinObligations([review.obligations, decision.obligations]);
  const terms = { obligations, reasons, policySet };
  const fingerprint = await attempt.fingerprint(review.action);
  if (attempt.signal.aborted) return { kind: "over", review: await leave(review, attempt, deps) };
  if (fingerprint !== review.action.fingerprint) {
    const action = { ...review.action, fingerprint, revision: review.action.revision + 1 };
    const note = "The session or the schema changed while it waited, so it needs a new look.";
    // By what the caller itself sends, which after an edit is something else than what would run.
    const own = { ...attempt.action, fingerprint: await attempt.fingerprint(attempt.action) };
    const identity = { digest: actionDigest(action), joinKey: joinKey(own, deps.joinSecret) };
    const event = { kind: "reopen", action, ...identity, terms, note } as const;
    const reopened = await apply(review, event, deps);
    return { kind: reopened.state === "pending" ? "again" : "over", review: reopened };
  }
  const grown = await grownEffect(review, { attempt, effects });
  if (attempt.signal.aborted) return { kind: "over", review: await leave(review, attempt, deps) };
  if (grown !== null) {
    const action = { ...review.action, revision: review.action.revision + 1 };
    const event = {
      kind: "reopen",
      action,
      digest: actionDigest(action),
      terms,
      ...grown,
    } as const;
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
  if (result.kind === "refused" && result.code === "review.expired") {
    // Refused before the sweep has marked it, or only by the terms of now, which first have to become its own.
    const note = "The approval is older than is asked now.";
    await apply(review, { kind: "reopen", action: review.action, digest, terms, note }, deps);
    await apply(review, { kind: "expire" }, deps);
  }
  const after = await current(review, deps);
  const waits = isOpen(after) && after.caller === attempt.caller && after.version > review.version;
  return { kind: waits ? "again" : "over", review: after };
}

/**
 * Where it was approved as measured, it is measured once more: what has outgrown its approval is looked at anew. The
 * moment that is left between this and the run is closed by the limit, under which it runs.
 */
async function grownEffect(
  review: Review,
  { attempt, effects }: Claiming,
): Promise<{ readonly effect: Effect; readonly note: string } | null> {
  const approved = approvedSize(review);
  if (approved === null || review.effect?.basis !== "measured") return null;
  const effect = await effects.again(review, attempt.signal);
  if (effect === null || effect.rows === null || effect.rows <= approved.max) return null;
  const note = `It would now touch ${rowsText(effect.rows)}, and ${approved.max.toLocaleString("en")} were approved, so it needs a new look.`;
  return { effect, note };
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
  const url = deps.reviewUrl(review.id);
  if (attempt.signal.aborted) {
    const notRun = { detail: "its caller had left", rows: null };
    await recordOutcome(review, "failed", notRun, deps);
    return { kind: "refused", refusal: leftAtClaim(review, url) };
  }
  if (review.asked !== null) attempt.overridden(review);
  const limit = rowLimit(review);
  const outcome = await execute(attempt, review.action, Promise.resolve(), limit);
  if (outcome.state === "unknown") {
    await recordOutcome(review, "outcome_unknown", { detail: null, rows: null }, deps);
    return { kind: "refused", refusal: outcomeUnknown(review, url) };
  }
  if (outcome.state === "exceeded") {
    const said = { detail: exceededDetail, rows: outcome.rows };
    await recordOutcome(review, "failed", said, deps);
    return { kind: "ran", outcome };
  }
  const said = { detail: outcome.detail, rows: outcome.state === "failed" ? null : outcome.rows };
  await recordOutcome(review, outcome.state, said, deps);
  if (outcome.state === "executed_uncommitted") {
    void outcome.ended.then((state) => recordOutcome(review, state, said, deps));
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
