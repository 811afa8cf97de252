/**
 * A reviewer's edit of an action that waits (SEMANTICS §5, "Override").
 *
 *   1. who      the reviewer may edit this review, as it was shown to them
 *   2. meaning  the session that waits says what the edit is there
 *   3. decide   policy permits it, to the agent and to the editor
 *   4. check    the upstream is asked whether it could run; nothing runs
 *   5. save     in one compare-and-set on the review that was edited
 *
 * Guarantees that nothing is sent upstream before policy has permitted it, and that an edit takes effect only
 * on exactly the action that its editor saw. Must not know any protocol: the attempt that waits does.
 */
import { hash } from "node:crypto";
import type { Action } from "#/core/action.ts";
import { canonicalize } from "#/core/canonical.ts";
import { actionDigest } from "#/core/digest.ts";
import { errorCodes, GatewayError } from "#/core/errors.ts";
import type { Digest, ReviewId } from "#/core/ids.ts";
import type { Attempt, Edited, EditRefused } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import { joinObligations } from "#/policy/join.ts";
import { hasSpoken } from "#/review/eligibility.ts";
import type { Refused, Terms } from "#/review/event.ts";
import { applyEvent } from "#/review/life.ts";
import {
  type Overridden,
  type OverrideInput,
  type OverrideRequest,
  overrideCommandBytesMax,
  overrideParametersMax,
  overrideRefusal,
  repeated,
} from "#/review/override.ts";
import { decideEdited } from "./decide-edited.ts";
import type { EnforcementDeps } from "./deps.ts";
import { readsOf } from "./reads-of.ts";

/** Throws the refusal as an error: an edit that did not take effect must not look like one that did. */
export async function override(
  id: ReviewId,
  input: OverrideInput,
  deps: EnforcementDeps,
): Promise<Overridden> {
  const review = await deps.reviews.store.review(id);
  if (review === null) throw new GatewayError("review.not_found", "No review has this id.");
  const { command, parameters, shown, ...who } = input;
  const request: OverrideRequest = { ...who, content: contentOf(input) };
  const before = repeated(review, request);
  if (before === "repeated") return answer(review, request, deps);
  refuseWhere(before ?? overrideRefusal(review, request, deps.clock.now(), deps.reviews.people));
  if (shown.digest !== review.digest) throw changedMeanwhile();
  checkSize(input);

  const attempt = attemptOf(review, deps);
  const edited = await attempt
    .edited({ action: review.action, command, parameters, shown })
    .catch(notAsked);
  if (edited.kind === "refused") throw new GatewayError(edited.code, edited.message);
  const terms = permit(review, edited, request, deps);
  const fingerprint = await readMeaning(edited, attempt);
  const action: Action = { ...edited.action, fingerprint };

  const result = await applyEvent(deps.reviews, id, {
    kind: "override",
    ...request,
    caller: attempt.caller,
    edited: { action, digest: actionDigest(action) },
    terms,
    narrows: edited.narrows,
  });
  if (result.kind === "refused") throw new GatewayError(result.code, result.message);
  return answer(result.review, request, deps);
}

function changedMeanwhile(): GatewayError {
  const code = "review.digest_mismatch";
  return new GatewayError(code, errorCodes[code]);
}

/** An edit that narrows is an approval; whether that counts is up to the terms that the edit has brought. */
function answer(
  review: Review,
  { person, idempotencyKey }: OverrideRequest,
  { reviews }: EnforcementDeps,
): Overridden {
  const made = review.overrides.find(
    (each) => each.person.id === person && each.idempotencyKey === idempotencyKey,
  );
  return { review, counted: made?.narrows === true && hasSpoken(review, person, reviews.people) };
}

function contentOf({ command, parameters }: OverrideInput): Digest {
  const content = canonicalize({
    command: command.toWellFormed(),
    parameters: parameters?.map((text) => text?.toWellFormed() ?? null) ?? null,
  });
  return hash("sha256", content, "hex") as Digest;
}

function refuseWhere(refusal: Refused | EditRefused | null): void {
  if (refusal !== null) throw new GatewayError(refusal.code, refusal.message);
}

function checkSize({ command, parameters }: OverrideInput): void {
  const bytes = [command, ...(parameters ?? [])].reduce(
    (sum, text) => sum + Buffer.byteLength(text ?? ""),
    0,
  );
  if (bytes <= overrideCommandBytesMax && (parameters?.length ?? 0) <= overrideParametersMax)
    return;
  throw new GatewayError(
    "review.override_refused",
    `An edit takes at most ${overrideCommandBytesMax / 1024} KiB and ${overrideParametersMax} parameters.`,
  );
}

/** The session that waits; without one nothing tells what the names in a command stand for. */
function attemptOf(review: Review, { waiting }: EnforcementDeps): Attempt {
  const attempt = waiting.get(review.id)?.attempt;
  if (attempt !== undefined && attempt.caller === review.caller) return attempt;
  throw new GatewayError(
    "review.detached",
    "No session waits on this review now, and without one an edited command has no meaning. Edit it once the same command waits again, or ask for changes.",
  );
}

/** What the edit is asked for from here on: never less than before. */
function permit(
  review: Review,
  { action }: Extract<Edited, { kind: "edited" }>,
  { person }: OverrideRequest,
  deps: EnforcementDeps,
): Terms {
  const editor = deps.reviews.people(person) ?? "gone";
  const decision = decideEdited(action, editor, deps);
  if (decision.effect === "deny") {
    const words = decision.reasons.map(({ text }) => text).join(" ");
    throw new GatewayError(
      "review.override_denied",
      `Policy denies the edited command, to its agent or to its editor. ${words}`.trim(),
    );
  }
  const { reasons, policySet, obligations } = decision;
  return {
    // What is simply allowed gives no reason to wait; that of the review stands.
    reasons: decision.effect === "review" ? reasons : review.reasons,
    obligations: joinObligations([review.obligations, obligations]),
    policySet,
    reads: readsOf(action, deps),
  };
}

async function readMeaning(
  edited: Extract<Edited, { kind: "edited" }>,
  attempt: Attempt,
): Promise<string> {
  let refusal: EditRefused | null;
  try {
    refusal = await edited.check();
    if (refusal === null) return await attempt.fingerprint(edited.action);
  } catch (cause) {
    notAsked(cause);
  }
  throw new GatewayError(refusal.code, refusal.message);
}

function notAsked(cause: unknown): never {
  const message = "The session that waits could not be asked about the edit.";
  throw new GatewayError("review.override_refused", message, { cause });
}
