import assert from "node:assert/strict";
import test from "node:test";
import type { Departure, SaidBefore } from "#/core/protocol.ts";
import { openStage } from "#/enforcement/conformance/stage.ts";
import { enforce } from "#/enforcement/enforce.ts";
import { quietAttempt } from "#/enforcement/quiet-attempt.test-support.ts";
import { reviewRefusal } from "#/enforcement/review-refusals.ts";
import { action as fixture } from "#/review/fixtures.test-support.ts";
import { openTestStore } from "#/review/memory-store.test-support.ts";

const held = `@id("held") @review("1 of dba") @reason("Held.") permit (principal, action, resource);`;

test("a denial that is given while its caller comes back is told to it, and people are not asked again", async (context) => {
  const { store } = openTestStore();
  const stage = openStage({ ...store, append: async () => {} });
  stage.rule(held);
  context.after(() => stage.close());
  const action = fixture({ principal: stage.principal, fingerprint: null });
  const leaving = new AbortController();
  const first = enforce({ ...quietAttempt(action), signal: leaving.signal }, stage.deps);
  const review = await stage.until(() => [...stage.reviews.values()][0]);
  leaving.abort("detached" satisfies Departure);
  await first;

  const said = async (): Promise<SaidBefore | null> => {
    const latest = await store.review(review.id);
    return latest?.state === "denied"
      ? { refusal: reviewRefusal(latest, ""), why: "A person denied it a while ago." }
      : null;
  };
  assert.equal(await said(), null);
  const again = await enforce(
    {
      ...quietAttempt(action),
      saidBefore: said,
      async fingerprint() {
        await stage.give(review, "ada", "deny");
        return "as it was";
      },
    },
    stage.deps,
  );
  assert.equal(again.kind === "refused" && again.refusal.code, "denied_by_reviewer");
  assert.equal(stage.reviews.size, 1);
});
