/** Opens the review of an action that has to wait, or joins the one that waits for a caller to come back. */
import type { Action } from "#/core/action.ts";
import { type Decision, ownReason } from "#/core/decision.ts";
import { actionDigest, joinKey } from "#/core/digest.ts";
import { asGatewayError, GatewayError } from "#/core/errors.ts";
import type { Attempt, Standing } from "#/core/protocol.ts";
import type { Refusal } from "#/core/refusal.ts";
import type { Review } from "#/core/review.ts";
import type { Denial } from "#/enforcement/deny.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { readsOf } from "#/enforcement/reads-of.ts";
import { isUpstreamLost, tooManyReviews, upstreamUnreachable } from "#/enforcement/refusals.ts";
import { joinDetached, openReview } from "#/review/life.ts";

export type Asking = Extract<Decision, { effect: "review" }>;

export type Opened =
  | { readonly kind: "opened"; readonly review: Review; readonly standing: Standing }
  | {
      readonly kind: "denied";
      readonly action: Action;
      readonly denial: Denial;
      /** Undefined: the caller hears that policy denies it. */
      readonly refusal: Refusal | undefined;
    };

export async function openOrJoin(
  attempt: Attempt,
  decision: Asking,
  deps: EnforcementDeps,
): Promise<Opened> {
  const session = await readSession(attempt).catch(asFailure);
  if (session instanceof GatewayError) return unread(session, attempt, decision, deps);
  const { fingerprint, standing } = session;
  const action = { ...attempt.action, fingerprint };
  const { caller } = attempt;
  const { people } = action.principal;
  const key = joinKey(action, deps.joinSecret);
  const joined = await joinDetached(deps.reviews, key, { caller, people });
  if (joined !== null) return { kind: "opened", review: joined, standing };
  // Only now: a review that was decided meanwhile is none to join, and what was said of it counts.
  const said = await attempt.saidBefore(key);
  if (said !== null) {
    const denial = ownDenial(said.why, decision);
    return { kind: "denied", action, denial, refusal: said.refusal };
  }
  const digest = actionDigest(action);
  const reads = readsOf(action, deps);
  const request = { action, digest, joinKey: key, decision, reads, caller };
  const opened = await openReview(deps.reviews, request);
  if (opened !== "too_many") return { kind: "opened", review: opened.review, standing };
  const denial = ownDenial("Too many actions of this principal wait already.", decision);
  return { kind: "denied", action, denial, refusal: tooManyReviews(action.principal.name) };
}

async function readSession(
  attempt: Attempt,
): Promise<{ readonly fingerprint: string; readonly standing: Standing }> {
  const fingerprint = await attempt.fingerprint(attempt.action);
  return { fingerprint, standing: await attempt.standing() };
}

function asFailure(cause: unknown): GatewayError {
  return asGatewayError(cause, "The session could not be read.");
}

/** Without the session's meaning there is nothing that people could approve. */
function unread(
  { code }: GatewayError,
  { action }: Attempt,
  decision: Asking,
  deps: EnforcementDeps,
): Opened {
  deps.log.error("fingerprint.failed", { actionId: action.id, code });
  const text = "The session that gives the action its meaning could not be read.";
  const refusal = isUpstreamLost(code) ? upstreamUnreachable() : undefined;
  return { kind: "denied", action, denial: ownDenial(text, decision), refusal };
}

function ownDenial(text: string, { policySet }: Asking): Denial {
  return { effect: "deny", cause: "unsupported", reasons: [ownReason(text)], policySet };
}
