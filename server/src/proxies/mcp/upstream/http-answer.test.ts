import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerHandler } from "./http-answer.ts";
import type { UpstreamAnswer } from "./upstream.ts";

const fields = [{ name: "content-type", value: "text/event-stream" }];

test("what is taken of a stream that has ended says nothing to its connection, which may be another's", async () => {
  const { handler, said, answer } = begin();
  handler.onBody(Buffer.from(`data: ${"x".repeat(100_000)}\n\n`));
  handler.onEnd();
  assert.deepEqual(said, ["pause"]);
  const { body } = await answer;
  assert.ok(body.kind === "stream");
  let taken = 0;
  for await (const { data } of body.events) taken += data.length;
  assert.equal(taken, 100_000);
  assert.deepEqual(said, ["pause"]);
});

test("a stream that goes on and on without an event is given up, and one with events among its comments is not", async () => {
  const comments = Buffer.from(":\n\n".repeat(100_000));
  const { handler, said, answer } = begin();
  for (let count = 0; count < 20; count += 1) {
    for (let part = 0; part < 3; part += 1) handler.onBody(comments);
    handler.onBody(Buffer.from("data: here\n\n"));
  }
  assert.deepEqual(said, []);
  for (let part = 0; part < 4; part += 1) handler.onBody(comments);
  assert.deepEqual(said, ["cut"]);
  const { body } = await answer;
  assert.ok(body.kind === "stream");
  const { events } = body;
  await assert.rejects(
    async () => {
      for await (const { data } of events) assert.equal(String(data), "here");
    },
    { code: "mcp.upstream_protocol" },
  );
});

test("an event within the bound is one, in however many lines it comes", async () => {
  const { handler, said, answer } = begin();
  for (const line of ["data: \r\n", "data: x\r\n"]) {
    for (let part = 0; part < 4; part += 1) handler.onBody(Buffer.from(line.repeat(50_000)));
  }
  handler.onBody(Buffer.from("\r\n"));
  handler.onEnd();
  assert.deepEqual(said, ["pause"]);
  const { body } = await answer;
  assert.ok(body.kind === "stream");
  const sizes: number[] = [];
  for await (const { data } of body.events) sizes.push(data.length);
  assert.deepEqual(sizes, [599_999]);
});

function begin() {
  const { promise: answer, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
  const { signal } = new AbortController();
  const handler = new AnswerHandler({ messageBytesMax: 1024 * 1024, signal, resolve, reject });
  const said: string[] = [];
  handler.onSent({
    pause: () => said.push("pause"),
    resume: () => said.push("resume"),
    fail: () => {},
    cut: () => said.push("cut"),
  });
  handler.onHead({ status: 200, minor: 1, fields });
  return { handler, said, answer };
}
