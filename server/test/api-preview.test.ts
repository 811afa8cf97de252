/** The route of a preview: what it hands on, and what it answers. What is measured is enforcement's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Problem } from "@countersign/sdk/wire/problem";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { PreviewAnswer } from "@countersign/sdk/wire/verdict";
import { GatewayError } from "#/core/errors.ts";
import { applyEvent } from "#/review/life.ts";
import { startTestApi, type TestApi } from "./support/api.ts";

test("a person who is asked has the effect measured, others don't, and the review then has it, in its headline too", async (context) => {
  const api: TestApi = await startTestApi({
    async preview(id, digest) {
      const review = await api.deps.store.review(id);
      assert(review !== null);
      if (review.digest !== digest) throw new GatewayError("review.digest_mismatch", "Another.");
      const at = api.clock.now();
      const effect = {
        basis: "measured",
        rows: 1,
        at,
        reason: null,
        caveat: "It ran.",
        sample: null,
      } as const;
      const result = await applyEvent(api.deps.reviews, id, { kind: "effect", digest, effect });
      assert(result.kind === "moved");
      return result.review;
    },
  });
  context.after(api.close);
  const token = await api.signIn("dana");
  const { id, digest } = await api.hold();
  const read = async () =>
    (await api.request("GET", `/reviews/${id}`, { token })).json as ReviewDetail;
  const before = await read();
  assert.equal(before.effect, null);
  assert.equal(before.mayPreview, true);

  const sent = { token, body: { digest } };
  const answer = await api.request("POST", `/reviews/${id}/preview`, sent);
  assert.equal(answer.status, 200);
  const { effect } = answer.json as PreviewAnswer;
  assert.deepEqual(answer.json, { id, digest, effect });
  assert.equal(effect?.rows, 1);
  const after = await read();
  assert.deepEqual(after.effect, effect);
  assert.match(after.headline, /^Delete 1 row of /);
  assert.equal(after.digest, before.digest);

  const other = await api.request("POST", `/reviews/${id}/preview`, {
    token,
    body: { digest: "0".repeat(64) },
  });
  assert.equal(other.status, 409);
  const measured = (await read()).version;
  for (const [name, code] of [
    ["root", "review.not_eligible"],
    ["olga", "review.requester"],
  ] as const) {
    const theirs = { token: await api.signIn(name), body: { digest } };
    const refused = await api.request("POST", `/reviews/${id}/preview`, theirs);
    assert.deepEqual([refused.status, (refused.json as Problem).code], [403, code]);
    const shown = (await api.request("GET", `/reviews/${id}`, { token: theirs.token })).json;
    assert.equal((shown as ReviewDetail).mayPreview, false);
  }
  assert.equal((await read()).version, measured, "nothing ran for them");
  const agent = { token: await api.agentToken("importer"), body: { digest } };
  assert.equal((await api.request("POST", `/reviews/${id}/preview`, agent)).status, 403);
});
