import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordDraft } from "#/core/record.ts";
import { manualClock } from "#/platform/clock.ts";
import { MessageProblem, rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { createRefusedMessages, refusedTogetherMs } from "./refused-messages.ts";

test("messages that are refused become one record for each agent, connection, reason and minute, however many there are", () => {
  const records: RecordDraft[] = [];
  const clock = manualClock(1000);
  const refused = createRefusedMessages((record) => records.push(record), clock);
  const unknown = new MessageProblem(rpcCodes.methodNotFound, "no", { status: 404 });
  const headers = new MessageProblem(rpcCodes.headerMismatch, "no");
  for (let count = 0; count < 10_000; count += 1) refused.note("bot", "desk", unknown);
  refused.note("bot", "desk", headers);
  refused.note("other", "desk", unknown);
  assert.deepEqual(records, []);
  clock.advance(refusedTogetherMs);
  const since = new Date(1000).toISOString();
  assert.deepEqual(
    records.map(({ type, body }) => [type, body]),
    [
      ["bot", 10_000, "method"],
      ["bot", 1, "headers"],
      ["other", 1, "method"],
    ].map(([agent, count, why]) => [
      "message.refused",
      { agent, connection: "desk", count, since, why },
    ]),
  );
  clock.advance(refusedTogetherMs);
  assert.equal(records.length, 3, "without one there is no record");
});

test("what is refused for want of room, or because its session is over, is no attempt at anything", () => {
  const records: RecordDraft[] = [];
  const clock = manualClock(0);
  const refused = createRefusedMessages((record) => records.push(record), clock);
  const { internalError, invalidRequest } = rpcCodes;
  refused.note("bot", "desk", new MessageProblem(internalError, "busy", { status: 503 }));
  refused.note("bot", "desk", new MessageProblem(invalidRequest, "gone", { status: 404 }));
  clock.advance(refusedTogetherMs);
  assert.deepEqual(records, []);
});

test("what was counted when the gateway stops is recorded before it has, once", async () => {
  const records: RecordDraft[] = [];
  const clock = manualClock(0);
  const refused = createRefusedMessages((record) => records.push(record), clock);
  const unknown = new MessageProblem(rpcCodes.methodNotFound, "no", { status: 404 });
  for (const agent of ["bot", "bot", "other"]) refused.note(agent, "desk", unknown);
  await refused.close();
  assert.deepEqual(
    records.map(({ body }) => [body["agent"], body["count"]]),
    [
      ["bot", 2],
      ["other", 1],
    ],
  );
  clock.advance(refusedTogetherMs);
  assert.equal(records.length, 2);
});
