import assert from "node:assert/strict";
import test from "node:test";
import type { Entity } from "#/core/entity.ts";
import type { Digest } from "#/core/ids.ts";
import type { Mask, Obligations } from "#/core/obligation.ts";
import type { Reveal, Review } from "#/core/review.ts";
import type { Hidden } from "#/core/view.ts";
import {
  apply,
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
import { revealsMax } from "./reveal.ts";

const now = openedAt + 1000;
const both: readonly Entity[] = ["email", "iban"];

const asking = (changes: Partial<Obligations>): Review =>
  pendingReview({ obligations: { ...oneDba, ...changes } });

/** One field for each. */
function reveal(review: Review, entities = both, who = "ada", digest = review.digest): Review {
  const made = entities.map((entity): Reveal => {
    return { person: personId(who), field: fieldOf(entity), entities: [entity], digest, at: now };
  });
  return { ...review, reveals: [...review.reveals, ...made] };
}

function fieldOf(entity: Entity): string {
  return entity === "email" ? "command/1" : "parameters/2";
}

function hiding(review: Review, entities: readonly Entity[] = both, isUnread = false): Hidden {
  const fields = entities.map((entity) => {
    return { field: fieldOf(entity), entities: [entity], isUnread };
  });
  return { digest: review.digest, fields };
}

const seeing = (review: Review, hidden = hiding(review)) => verdict(review, "ada", { hidden });

test("an approval counts only of who has revealed all that is asked for, of exactly this action", () => {
  const asked = asking({ reveals: both });
  const other = "0".repeat(64) as Digest;
  for (const review of [
    asked,
    reveal(asked, ["iban"]),
    reveal(asked, both, "bob"),
    reveal(asked, both, "ada", other),
  ]) {
    const result = transition(review, seeing(review), now, people);
    assert(result.kind === "refused" && result.code === "review.reveal_required");
    assert.match(result.message, /once this has been revealed to you: command\/1/);
  }
  const seen = reveal(reveal(asked, ["iban"]), ["email"]);
  const yes = apply(seen, seeing(seen));
  assert.deepEqual([yes.state, yes.verdicts[0]?.revealed], ["approved", both]);
});

test("what is asked to be seen and is not there keeps nobody from approving", () => {
  const asked = reveal(asking({ reveals: both }), ["email"]);
  const yes = apply(asked, seeing(asked, hiding(asked, ["email"])));
  assert.deepEqual([yes.state, yes.verdicts[0]?.revealed], ["approved", both]);
});

test("each value of a kind that is asked for has to be seen, not one of them", () => {
  const asked = reveal(asking({ reveals: ["email"] }), ["email"]);
  const { fields } = hiding(asked);
  const more = [...fields, { field: "command/7", entities: ["email"] as const, isUnread: false }];
  const result = transition(
    asked,
    seeing(asked, { digest: asked.digest, fields: more }),
    now,
    people,
  );
  assert(result.kind === "refused" && result.code === "review.reveal_required");
  assert.match(result.message, /: command\/7\./);
});

test("a command that can't be read is approved only by who has read what is hidden in it", () => {
  const review = pendingReview();
  const hidden = hiding(review, ["email"], true);
  const early = transition(review, seeing(review, hidden), now, people);
  assert(early.kind === "refused" && early.code === "review.reveal_required");
  const no = transition(
    review,
    { ...seeing(review, hidden), verdict: "deny", comment: "No." },
    now,
    people,
  );
  assert(no.kind === "moved" && no.review.state === "denied");
  const seen = reveal(review, ["email"]);
  assert.equal(apply(seen, seeing(seen, hidden)).state, "approved");
});

test("what is hidden in another version of the action says nothing about this one", () => {
  const review = pendingReview();
  const hidden = { digest: "0".repeat(64) as Digest, fields: [] };
  const result = transition(review, seeing(review, hidden), now, people);
  assert(result.kind === "refused" && result.code === "review.digest_mismatch");
});

test("a reveal is on record with who, which field and what kind, and never with what it showed", () => {
  const review = pendingReview();
  const event = { person: personId("ada"), digest: review.digest, field: "command/1" };
  const result = transition(review, { kind: "reveal", ...event, entities: ["email"] }, now, people);
  assert(result.kind === "moved");
  assert.deepEqual(result.records, [
    {
      type: "value.revealed",
      at: now,
      action: review.action.id,
      review: review.id,
      body: {
        digest: review.digest,
        revision: 1,
        version: 2,
        state: "pending",
        person: personId("ada"),
        field: "command/1",
        entities: ["email"],
      },
      payload: { name: "Ms ada" },
    },
  ]);
  assert.deepEqual(result.review.reveals, [{ ...event, entities: ["email"], at: now }]);
  const other = { ...event, digest: "0".repeat(64) as Digest, entities: ["email"] as const };
  const refused = transition(review, { kind: "reveal", ...other }, now, people);
  assert(refused.kind === "refused" && refused.code === "review.digest_mismatch");
});

test("one review takes a bounded number of reveals", () => {
  const entities = Array.from({ length: revealsMax }, () => "email" as const);
  const full = reveal(pendingReview(), entities);
  const event = { person: personId("ada"), digest: full.digest, field: "command/1" };
  const result = transition(full, { kind: "reveal", ...event, entities: ["email"] }, now, people);
  assert(result.kind === "refused" && result.code === "review.too_many_reveals");
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
  assert.equal(apply(seen, seeing(seen)).state, "approved");
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
