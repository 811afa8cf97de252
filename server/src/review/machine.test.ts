import assert from "node:assert/strict";
import test from "node:test";
import { apply, pendingReview, people, personId, verdict } from "./fixtures.test-support.ts";
import { transition } from "./machine.ts";
import { assertRefused, now } from "./transitions.test-support.ts";

test("a requester can never approve their own action, nor can the agent's owner, administrator or not", () => {
  const review = pendingReview();
  for (const name of ["requester", "owner"]) {
    for (const kind of ["approve", "deny", "request_changes"] as const) {
      const event = verdict(review, name, { verdict: kind });
      assertRefused(transition(review, event, now, people), "review.requester");
    }
  }
});

test("nobody decides in another's name on what they can't decide on in their own", () => {
  const review = pendingReview();
  for (const vouchers of [[personId("owner")], [personId("eve"), personId("requester")]]) {
    const event = verdict(review, "ada", { vouchers });
    assertRefused(transition(review, event, now, people), "review.requester");
  }
  const byOthers = verdict(review, "ada", { vouchers: [personId("eve")] });
  assert.equal(apply(review, byOthers).state, "approved");
});
