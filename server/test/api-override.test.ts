/** The route of an override: what it takes, what it hands on, and what it answers. What an edit comes to is enforcement's. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { Digest } from "#/core/ids.ts";
import { applyEvent } from "#/review/life.ts";
import type { OverrideInput } from "#/review/override.ts";
import { startTestApi, type TestApi } from "./support/api.ts";

/** Puts into the store what enforcement would, without a policy and a session. */
async function openApi(context: TestContext) {
  const inputs: OverrideInput[] = [];
  const api: TestApi = await startTestApi({
    async override(id, input) {
      inputs.push(input);
      const review = await api.deps.store.review(id);
      assert(review?.caller);
      const { command, parameters: _, ...request } = input;
      const digest = "d".repeat(64) as Digest;
      const action = { ...review.action, command, revision: review.action.revision + 1 };
      const result = await applyEvent(api.deps.reviews, id, {
        kind: "override",
        ...request,
        content: "c".repeat(64) as Digest,
        caller: review.caller,
        edited: { action, digest },
        terms: review,
        narrows: false,
      });
      assert(result.kind === "moved");
      return { review: result.review, counted: false };
    },
  });
  context.after(api.close);
  return { api, inputs };
}

test("an edit is handed on as it was sent, and answered like a verdict, with the new digest", async (context) => {
  const { api, inputs } = await openApi(context);
  const token = await api.signIn("dana");
  const { id, digest, action } = await api.hold();
  const body = { digest, command: "delete from customers where id = 1", comment: "one" };
  const answer = await api.request("POST", `/reviews/${id}/override`, {
    token,
    body,
    headers: { "idempotency-key": "key" },
  });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json, {
    id,
    actionId: action.id,
    state: "pending",
    digest: "d".repeat(64),
    counted: false,
  });
  const [input] = inputs;
  assert.deepEqual(
    { ...input, person: null },
    {
      ...body,
      parameters: null,
      person: null,
      assurance: "session",
      vouchers: [],
      idempotencyKey: "key",
      shown: { digest, pseudonyms: [], literals: [], parameters: ["7", "<BYTES 2>", null] },
    },
  );
  const shown = await api.request("GET", `/reviews/${id}`, { token });
  const detail = shown.json as ReviewDetail;
  assert.equal(detail.asked?.command, "delete from customers where id = $1");
  assert.equal(detail.asked.parameters.length, 3);
  assert.deepEqual(
    detail.overrides.map(({ person, comment, revision, narrows }) => [
      person,
      comment,
      revision,
      narrows,
    ]),
    [["dana", "one", 2, false]],
  );
  assert.equal(detail.mayDecide.allowed, false);
  assert.match(detail.mayDecide.reason ?? "", /dana edited this action/);
  assert.doesNotMatch(shown.text, /per_|c{64}/, "no opaque id, and nothing of the key");
});

test("what is not of the form of an edit goes no further", async (context) => {
  const { api, inputs } = await openApi(context);
  const token = await api.signIn("dana");
  const { id, digest } = await api.hold();
  const sound = { digest, command: "select 1", comment: "one", parameters: null };
  for (const changes of [
    { digest: "short" },
    { command: "" },
    { command: null },
    { comment: null },
    { comment: undefined },
    { parameters: "7" },
    { parameters: [7] },
    { parameters: Array.from({ length: 1001 }, () => null) },
    { verdict: "approve" },
  ]) {
    const body = { ...sound, ...changes };
    const { status } = await api.request("POST", `/reviews/${id}/override`, { token, body });
    assert.equal(status, 400, JSON.stringify(changes).slice(0, 80));
  }
  const body = { ...sound, command: "x".repeat(300 * 1024) };
  assert.equal((await api.request("POST", `/reviews/${id}/override`, { token, body })).status, 413);
  assert.equal(inputs.length, 0);
});
