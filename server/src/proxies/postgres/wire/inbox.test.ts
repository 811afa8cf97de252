import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { GatewayError } from "#/core/errors.ts";
import { encodeParse, encodeQuery, flushFrame, syncFrame } from "./encode-frontend.ts";
import { Inbox, inboxBytesMax, inboxMessagesMax } from "./inbox.ts";

const messageBytesMax = 1024 * 1024;

function drain(inbox: Inbox): readonly string[] {
  const kinds: string[] = [];
  for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) {
    kinds.push(next.message.kind === "query" ? next.message.sql : next.message.kind);
  }
  return kinds;
}

test("messages come out whole and in order, however the network cut them", () => {
  const texts = fc.array(fc.string({ unit: "binary" }).filter((text) => !text.includes("\0")));
  fc.assert(
    fc.property(texts, fc.array(fc.nat(400)), (sqls, cuts) => {
      const bytes = Buffer.concat(sqls.map((sql) => encodeQuery(sql)));
      const inbox = new Inbox(messageBytesMax);
      const borders = [0, ...cuts.filter((cut) => cut < bytes.length), bytes.length];
      borders.sort((one, other) => one - other);
      for (const [index, border] of borders.entries()) {
        inbox.push(bytes.subarray(borders[index - 1] ?? 0, border));
      }
      assert.deepEqual(drain(inbox), sqls);
    }),
    { numRuns: 200 },
  );
});

test("an inbox is full above its bound, and no longer once enough was taken", () => {
  const inbox = new Inbox(messageBytesMax);
  const half = encodeQuery("x".repeat(inboxBytesMax / 2));
  inbox.push(half);
  assert.equal(inbox.full, false);
  inbox.push(half);
  assert.equal(inbox.full, true);
  inbox.shift();
  assert.equal(inbox.full, false);
});

test("the bytes of what was taken are given back to the count, message by message", () => {
  const inbox = new Inbox(messageBytesMax);
  const quarter = encodeQuery("x".repeat(inboxBytesMax / 4));
  for (let round = 0; round < 40; round += 1) {
    inbox.push(quarter);
    assert.equal(inbox.full, false);
    assert.notEqual(inbox.shift(), undefined);
    if (round % 3 === 0) assert.equal(inbox.shift(), undefined);
  }
});

test("a pipeline is seen up to the next message that asks for an answer, and only what was not taken yet", () => {
  const inbox = new Inbox(messageBytesMax);
  const kinds = () => inbox.untilAsked()?.map(({ message }) => message.kind) ?? null;
  const parse = encodeParse({ name: "", sql: "select 1", parameterTypes: [] });
  inbox.push(parse);
  assert.equal(kinds(), null);
  assert.equal(inbox.isWaitingForMore, true);
  inbox.push(Buffer.concat([parse, flushFrame, parse, syncFrame]));
  assert.deepEqual(kinds(), ["parse", "parse", "flush"]);
  assert.equal(inbox.isWaitingForMore, false);
  for (let count = 0; count < 3; count += 1) inbox.shift();
  assert.deepEqual(kinds(), ["parse", "sync"]);
  inbox.shift();
  inbox.shift();
  assert.equal(kinds(), null);
  assert.equal(inbox.shift(), undefined);
  inbox.push(encodeQuery("select 1"));
  assert.equal(inbox.isWaitingForMore, false, "a query asks by itself");
});

test("a pipeline without end is not waited for beyond the bound", () => {
  const inbox = new Inbox(inboxBytesMax * 2);
  const sql = "x".repeat(inboxBytesMax);
  inbox.push(encodeParse({ name: "", sql, parameterTypes: [] }));
  assert.equal(inbox.full, true);
  assert.equal(inbox.isWaitingForMore, false);
});

const wrong: readonly (readonly [string, Buffer, string])[] = [
  ["of an unknown type", Buffer.from([0x7a, 0, 0, 0, 4]), "postgres.unknown_message"],
  ["over the limit", encodeQuery("x".repeat(messageBytesMax)), "postgres.message_too_large"],
  ["with an impossible length", Buffer.from([0x51, 0, 0, 0, 3]), "postgres.malformed_message"],
  ["with bytes left over", Buffer.from([0x53, 0, 0, 0, 5, 0]), "postgres.malformed_message"],
  ["that is not UTF-8", Buffer.from([0x51, 0, 0, 0, 6, 0xff, 0]), "postgres.malformed_message"],
];
for (const [what, bytes, code] of wrong) {
  test(`a message ${what} is refused, and what came before it stays`, () => {
    const inbox = new Inbox(messageBytesMax);
    assert.throws(
      () => inbox.push(Buffer.concat([encodeQuery("select 1"), bytes])),
      (error) => error instanceof GatewayError && error.code === code,
    );
    assert.deepEqual(drain(inbox), ["select 1"]);
  });
}

test("what was taken is let go, also while the inbox never empties", () => {
  const inbox = new Inbox(messageBytesMax);
  const three = Buffer.concat([syncFrame, syncFrame, syncFrame]);
  inbox.push(three);
  for (let round = 0; round < 10_000; round += 1) {
    inbox.push(three);
    for (let count = 0; count < 3; count += 1) assert.notEqual(inbox.shift(), undefined);
  }
  assert.ok(inbox.kept < 1000, `${inbox.kept} messages are kept`);
});

test("an inbox is full of short messages too, long before their bytes are many", () => {
  const inbox = new Inbox(messageBytesMax);
  inbox.push(Buffer.concat(Array.from({ length: inboxMessagesMax }, () => syncFrame)));
  assert.equal(inbox.full, false);
  inbox.push(syncFrame);
  assert.equal(inbox.full, true);
});
