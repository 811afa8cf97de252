import assert from "node:assert/strict";
import test from "node:test";
import { actionDigest } from "#/core/digest.ts";
import type { ErrorCode } from "#/core/errors.ts";
import type { Digest } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import type { OverrideEvent, Transition } from "./event.ts";
import {
  action,
  caller,
  openedAt,
  otherCaller,
  pendingReview,
  people,
  personId,
  privateWords,
  twoDbaOneSecurity,
  verdict,
} from "./fixtures.test-support.ts";
import { transition } from "./machine.ts";
import { overridesMax } from "./override.ts";

const now = openedAt + 1000;

function overrideOf(
  review: Review,
  name: string,
  changes: Partial<OverrideEvent> = {},
): OverrideEvent {
  const revision = review.action.revision + 1;
  const edited = action({ command: `delete from customers where id = ${revision}`, revision });
  return {
    kind: "override",
    person: personId(name),
    assurance: "session",
    digest: review.digest,
    caller,
    edited: { action: edited, digest: actionDigest(edited) },
    terms: review,
    narrows: false,
    comment: "because",
    content: "c".repeat(64) as Digest,
    idempotencyKey: `${name}/${review.version}`,
    ...changes,
  };
}

function apply(review: Review, event: OverrideEvent): Extract<Transition, { kind: "moved" }> {
  const result = transition(review, event, now, people);
  assert(result.kind === "moved", JSON.stringify(result));
  return result;
}

function refusal(review: Review, event: OverrideEvent, at = now): ErrorCode | null {
  const result = transition(review, event, at, people);
  return result.kind === "refused" ? result.code : null;
}

test("an edit takes the place of what waits, earlier approvals fall, and its editor is barred", () => {
  const review = pendingReview({ obligations: twoDbaOneSecurity });
  const approved = transition(review, verdict(review, "bob"), now, people);
  assert(approved.kind === "moved");
  const { review: after, records } = apply(approved.review, overrideOf(approved.review, "ada"));
  assert.equal(after.state, "pending");
  assert.equal(after.action.revision, 2);
  assert.deepEqual(after.asked, { command: review.action.command, parameters: [] });
  assert.ok(after.barred.includes(personId("ada")));
  assert.equal(after.expiresAt, now + twoDbaOneSecurity.ttlMs);
  assert.deepEqual(
    records.map(({ type }) => type),
    ["review.overridden"],
  );
  for (const name of ["bob", "cy"]) {
    assert.equal(transition(after, verdict(after, name), now, people).kind, "moved");
  }
  const own = transition(after, verdict(after, "ada"), now, people);
  assert(own.kind === "refused");
  assert.equal(own.code, "review.requester");
  assert.match(own.message, /Ms ada edited this action/);
});

test("an edit that narrows is its editor's approval, and completes the quorum where it is the last one", () => {
  const review = pendingReview();
  const { review: after, records } = apply(review, overrideOf(review, "ada", { narrows: true }));
  assert.equal(after.state, "approved");
  assert.equal(after.validUntil, now + after.obligations.validMs);
  assert.ok(!after.barred.includes(personId("ada")));
  assert.deepEqual(
    records.map(({ type, body }) => [type, body["digest"] === after.digest, body["state"]]),
    [
      ["review.overridden", true, "approved"],
      ["review.verdict", true, "approved"],
      ["review.approved", true, "approved"],
    ],
  );
});

test("the leaf of an edit tells digests and ids, its payload the edited action", () => {
  const review = pendingReview();
  const [record] = apply(review, overrideOf(review, "ada")).records;
  const leaf = JSON.stringify(record?.body);
  for (const word of privateWords) assert.ok(!leaf.includes(word), word);
  assert.equal(record?.body["previousDigest"], review.digest);
  const payload = record?.payload as { readonly action: { readonly command: string } };
  assert.equal(payload.action.command, "delete from customers where id = 2");
});

test("only what is pending and held is edited, as it is, with a reason, by who may vote, under terms that never loosen", () => {
  const review = pendingReview();
  const refusals: readonly (readonly [Partial<OverrideEvent>, ErrorCode])[] = [
    [{ person: personId("owner") }, "review.requester"],
    [{ person: personId("requester") }, "review.requester"],
    [{ person: personId("eve") }, "review.not_eligible"],
    [{ person: personId("late") }, "review.not_eligible"],
    [{ assurance: "chat" }, "review.insufficient_assurance"],
    [{ digest: "e".repeat(64) as Digest }, "review.digest_mismatch"],
    [{ caller: otherCaller }, "review.detached"],
    [{ comment: " " }, "review.reason_required"],
    [
      { terms: { ...review, obligations: { ...review.obligations, ttlMs: Infinity } } },
      "review.terms_changed",
    ],
  ];
  for (const [changes, code] of refusals) {
    assert.equal(refusal(review, overrideOf(review, "ada", changes)), code);
  }
  assert.equal(refusal({ ...review, caller: null }, overrideOf(review, "ada")), "review.detached");
  assert.equal(refusal(review, overrideOf(review, "ada"), review.expiresAt), "review.expired");
  const { review: approved } = apply(review, overrideOf(review, "ada", { narrows: true }));
  assert.equal(refusal(approved, overrideOf(approved, "bob")), "review.already_decided");
});

test("a review is edited so often and no more", () => {
  let review = pendingReview({ obligations: twoDbaOneSecurity });
  for (let count = 0; count < overridesMax; count += 1) {
    review = apply(review, overrideOf(review, "ada", { narrows: true })).review;
  }
  assert.equal(
    refusal(review, overrideOf(review, "ada", { narrows: true })),
    "review.override_refused",
  );
});
