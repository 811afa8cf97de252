import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import type { GatewayError } from "#/core/errors.ts";
import { rowsOf } from "#/proxies/postgres/dialogue/own-exchange.ts";
import type { SentOwn } from "#/proxies/postgres/dialogue/sent.ts";
import type { SessionContext } from "./context.ts";
import type { SessionParts } from "./parts.ts";
import { takeLeave } from "./take-leave.ts";

/** What a question of the gateway's own comes to that the server answers with this error. */
async function failureOf(error: string): Promise<GatewayError> {
  const line = {
    inPipeline: false,
    flush: () => {},
    sendOwn: (_: unknown, __: unknown, { onAnswer }: SentOwn = {}) =>
      onAnswer?.({ tags: [], error, rows: 0, suspended: false, status: null }),
  };
  const asked = rowsOf(line, { sql: "select 1", parameters: [], number: 1 });
  return asked.then(
    () => assert.fail("it did not fail"),
    (failure: GatewayError) => failure,
  );
}

async function lastWordOn(failure: GatewayError): Promise<string> {
  const said: Buffer[] = [];
  const client = { end: (bytes?: Buffer) => said.push(bytes ?? Buffer.alloc(0)) };
  const parts = {
    dialogue: { inMessage: false, farewell: null },
    proposer: { concluded: async () => null },
  };
  await takeLeave(
    failure,
    { onEnd: () => {} } as unknown as SessionContext,
    parts as unknown as SessionParts,
    { client: client as unknown as Socket, hasBegun: true },
  );
  return Buffer.concat(said).toString("utf8");
}

test("a session whose gateway was stopped in a question of its own by the client's timeout says so, and not that the database was lost", async () => {
  const stopped = await lastWordOn(await failureOf("57014"));
  assert.match(stopped, /57014/);
  assert.match(stopped, /statement_timeout/);
  assert.match(await lastWordOn(await failureOf("XX000")), /08006/);
});
