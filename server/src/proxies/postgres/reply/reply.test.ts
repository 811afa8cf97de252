import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import {
  encodeCommandComplete,
  encodeDataRow,
  encodeReadyForQuery,
} from "#/proxies/postgres/wire/encode-backend.ts";
import { Answers } from "./answers.ts";
import { quietExpected } from "./expected.test-support.ts";
import { gateOf } from "./gate.ts";
import { Reply } from "./reply.ts";

/** A client that takes what it is sent at once, or only when it is told to. */
function openReply(takes: "at once" | "later") {
  const received: Buffer[] = [];
  const client = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      received.push(chunk);
      if (takes === "at once") done();
    },
  });
  const answers = new Answers();
  const upstream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }) as Socket;
  upstream.resume();
  const reply = new Reply({
    upstream,
    client: client as Socket,
    answers,
    messageBytesMax: 1024 * 1024,
    party: { expects() {}, heard() {} },
    onFailure: (failure) => assert.fail(failure),
    onReadOnly: () => false,
    onSearchPath: () => {},
  });
  const text = () => Buffer.concat(received).toString("latin1");
  return { answers, reply, text, upstream };
}

function answerOf(bytes: number): Buffer {
  const row = encodeDataRow([Buffer.alloc(bytes, "x")]);
  return Buffer.concat([row, encodeCommandComplete("SELECT 1"), encodeReadyForQuery("idle")]);
}

test("what has left for the client needs its memory no more", () => {
  const { answers, reply, text } = openReply("at once");
  answers.expect(quietExpected("query"));
  const answer = answerOf(10);
  assert.equal(reply.push(answer), true);
  assert.equal(text(), answer.toString("latin1"));
});

test("what waits for its gate passes as it came, though its memory was given back and written over", async () => {
  const { answers, reply, text } = openReply("at once");
  const { promise, resolve } = Promise.withResolvers<void>();
  answers.expect({ ...quietExpected("query"), gate: gateOf(promise) });
  const answer = answerOf(10);
  const chunk = Buffer.from(answer);
  assert.equal(reply.push(chunk), true);
  chunk.fill(0);
  assert.equal(text(), "");
  resolve();
  await promise;
  assert.equal(text(), answer.toString("latin1"));
});

test("memory is kept while much of it waits for a gate, or the client has not taken it", () => {
  const closed = openReply("at once");
  closed.answers.expect({ ...quietExpected("query"), gate: gateOf(new Promise(() => {})) });
  assert.equal(closed.reply.push(answerOf(100_000)), false);
  const slow = openReply("later");
  slow.answers.expect(quietExpected("query"));
  assert.equal(slow.reply.push(answerOf(10)), false);
});

test("reading goes on while a short answer waits for its gate, and stops from where more does until it opens", async () => {
  const { answers, reply, text, upstream } = openReply("at once");
  const { promise, resolve } = Promise.withResolvers<void>();
  answers.expect({ ...quietExpected("query"), gate: gateOf(promise) });
  const answer = answerOf(20_000);
  const parts = [0, 5000, 10_000, 15_000].map((at) => answer.subarray(at, at + 5000));
  for (const part of parts) {
    assert.equal(upstream.isPaused(), false);
    const chunk = Buffer.from(part);
    assert.equal(reply.push(chunk), true);
    chunk.fill(0);
  }
  assert.equal(upstream.isPaused(), true);
  assert.equal(text(), "");
  resolve();
  await promise;
  assert.equal(upstream.isPaused(), false);
  reply.push(answer.subarray(20_000));
  assert.equal(text(), answer.toString("latin1"));
});

test("who looks into an answer may keep what it was shown", () => {
  const { answers, reply } = openReply("at once");
  const kept: Buffer[] = [];
  const passing = {
    byRow: true,
    run: () => ({ kind: "pass" }) as const,
    frame: ({ type, bytes }: { readonly type: number; readonly bytes: Buffer }) => {
      if (type === backend.commandComplete) kept.push(bytes);
      return { kind: "pass" } as const;
    },
  };
  answers.expect({ ...quietExpected("query"), passing });
  const chunk = answerOf(10);
  assert.equal(reply.push(chunk), true);
  chunk.fill(0);
  assert.deepEqual(kept, [encodeCommandComplete("SELECT 1")]);
});
