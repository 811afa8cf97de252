import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerHandler } from "./http-answer.ts";
import type { UpstreamAnswer } from "./upstream.ts";

test("what is taken of a stream that has ended says nothing to its connection, which may be another's", async () => {
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
  const { signal } = new AbortController();
  const handler = new AnswerHandler({ messageBytesMax: 1024 * 1024, signal, resolve, reject });
  const said: string[] = [];
  handler.onSent({
    pause: () => said.push("pause"),
    resume: () => said.push("resume"),
    fail: () => {},
    cut: () => said.push("cut"),
  });
  const fields = [{ name: "content-type", value: "text/event-stream" }];
  handler.onHead({ status: 200, minor: 1, fields });
  handler.onBody(Buffer.from(`data: ${"x".repeat(100_000)}\n\n`));
  handler.onEnd();
  assert.deepEqual(said, ["pause"]);
  const { body } = await promise;
  assert.ok(body.kind === "stream");
  let taken = 0;
  for await (const { data } of body.events) taken += data.length;
  assert.equal(taken, 100_000);
  assert.deepEqual(said, ["pause"]);
});
