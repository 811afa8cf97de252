import assert from "node:assert/strict";
import test from "node:test";
import type { Digest } from "#/core/ids.ts";
import type { Mask, Obligations } from "#/core/obligation.ts";
import type { Reveal, Review } from "#/core/review.ts";
import type { ReviewEvent } from "./event.ts";
import {
  caller,
  oneDba,
  openedAt,
  pendingReview,
  people,
  personId,
  verdict,
} from "./fixtures.test-support.ts";
import { transition } from "./machine.ts";
import { covers } from "./reopen.ts";

const now = openedAt + 1000;
const both: Reveal["entities"] = ["email", "iban"];

function apply(review: Review, event: ReviewEvent): Review {
  const result = transition(review, event, now, people);
  assert(result.kind === "moved", `moved, not ${JSON.stringify(result)}`);
  return result.review;
}

const asking = (changes: Partial<Obligations>): Review =>
  pendingReview({ obligations: { ...oneDba, ...changes } });

function reveal(review: Review, entities = both, who = "ada", digest = review.digest): Review {
  const made: Reveal = { person: personId(who), entities, digest, at: now };
  return { ...review, reveals: [...review.reveals, made] };
}

test("an approval counts only of who has revealed all that is asked for, of exactly this action", () => {
  const asked = asking({ reveals: both });
  const other = "0".repeat(64) as Digest;
  for (const review of [
    asked,
    reveal(asked, ["iban"]),
    reveal(asked, both, "bob"),
    reveal(asked, both, "ada", other),
  ]) {
    const result = transition(review, verdict(review, "ada"), now, people);
    assert(result.kind === "refused" && result.code === "review.reveal_required");
    assert.match(result.message, /once email(, iban)? has been revealed to you/);
  }
  const seen = reveal(reveal(asked, ["iban"]), ["email"]);
  const yes = apply(seen, verdict(seen, "ada"));
  assert.deepEqual([yes.state, yes.verdicts[0]?.revealed], ["approved", both]);
});

test("nobody has to see anything to say no", () => {
  const asked = asking({ reveals: both });
  assert.equal(apply(asked, verdict(asked, "ada", { verdict: "deny" })).state, "denied");
});

test("an approval from before a reveal was asked for does not count at the claim, and may be given again", () => {
  const review = pendingReview();
  const yes = apply(review, verdict(review, "ada"));
  const obligations = { ...oneDba, reveals: both };
  const { digest } = yes;
  const more = apply(yes, { kind: "claim", caller, digest, terms: { ...yes, obligations } });
  assert.deepEqual([more.state, more.execution], ["pending", null]);
  const seen = reveal(more);
  assert.equal(apply(seen, verdict(seen, "ada")).state, "approved");
});

test("masks and reveals never loosen under an approval", () => {
  const email = { kind: "entity", entity: "email" } as const;
  const phone = { kind: "column", schema: "a", table: "b", column: "phone" } as const;
  const masks = (...list: Mask[]): Obligations => ({ ...oneDba, masks: list });
  const hashed = masks({ target: email, masker: "hash" });
  const strict = masks({ target: email, masker: "redact" }, { target: phone, masker: "partial" });
  assert(covers(hashed, hashed) && covers(strict, hashed) && covers(hashed, oneDba));
  for (const looser of [
    oneDba,
    masks({ target: email, masker: "partial" }),
    masks({ target: phone, masker: "redact" }),
  ]) {
    assert(!covers(looser, hashed));
  }
  assert(covers({ ...oneDba, reveals: both }, { ...oneDba, reveals: ["iban"] }));
  assert(!covers({ ...oneDba, reveals: ["iban"] }, { ...oneDba, reveals: both }));
});
