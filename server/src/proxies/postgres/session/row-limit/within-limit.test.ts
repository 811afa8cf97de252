import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "#/core/protocol.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import type { Sent } from "#/proxies/postgres/dialogue/sent.ts";
import type { Answer } from "#/proxies/postgres/reply/expected.ts";
import { openGate } from "#/proxies/postgres/reply/gate.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import { emptyClassified } from "#/proxies/postgres/sql/classify-text.ts";
import type { TransactionStatus } from "#/proxies/postgres/wire/backend-messages.ts";
import { encodeReadyForQuery } from "#/proxies/postgres/wire/encode-backend.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import { queryWithin } from "./within-limit.ts";

type Step = readonly [sql: string, error: string | null, status: TransactionStatus];

/** A write of one row, and an upstream that answers what it is sent in these steps and no others. */
async function runAgainst(steps: readonly Step[]) {
  const left = [...steps];
  const said: Buffer[] = [];
  const outcomes: Outcome[] = [];
  let status: TransactionStatus = "idle";
  const dialogue: Pick<Dialogue, "status" | "send" | "say"> = {
    get status() {
      return status;
    },
    send(_, bytes, { onAnswer }: Sent = {}) {
      const [sql, error, next] = left.shift() ?? ["nothing", null, "idle"];
      assert.deepEqual(bytes, encodeQuery(sql));
      status = next;
      onAnswer?.({ tags: [], error, rows: 0, suspended: false, status });
    },
    say: (bytes) => void said.push(bytes),
  };
  const parts = { dialogue, isOver: () => false, progress: { ready: () => {} } };
  const classified = { ...emptyClassified, verbs: ["sql.write"] as const };
  await queryWithin(parts as unknown as SessionParts, null, {
    limit: { max: 1, review: null, by: { kind: "rule", policy: "one-row" } },
    url: null,
    masked: null,
    statement: { command: "delete", classified, lock: "none" },
    bytes: encodeQuery("delete"),
    gate: openGate,
    fate: { resolve: (outcome) => void outcomes.push(outcome), lost: assert.fail },
    follow: (fate) => ({
      onAnswer: ({ error }: Answer) =>
        fate.resolve(
          error === null
            ? { state: "executed", detail: "DELETE 1", rows: 1 }
            : { state: "failed", detail: error },
        ),
      onSkipped: assert.fail,
      onLost: assert.fail,
    }),
  });
  assert.deepEqual(left, []);
  return { said: Buffer.concat(said), outcomes };
}

const ready = encodeReadyForQuery("idle");

test("where the gateway's own BEGIN is refused, nothing runs and the client is answered", async () => {
  const { said, outcomes } = await runAgainst([["begin", "57014", "idle"]]);
  assert.deepEqual(said, ready);
  assert.deepEqual(outcomes, [{ state: "failed", detail: "not run" }]);
});

test("where the gateway's own COMMIT or ROLLBACK is refused, its transaction is not left open", async () => {
  const committing = await runAgainst([
    ["begin", null, "transaction"],
    ["delete", null, "transaction"],
    ["commit", "57014", "failed"],
    ["rollback", "57014", "failed"],
    ["rollback", null, "idle"],
  ]);
  assert.deepEqual(committing.said, ready);
  assert.deepEqual(committing.outcomes, [{ state: "failed", detail: "57014" }]);
  const undoing = await runAgainst([
    ["begin", null, "transaction"],
    ["delete", "23514", "failed"],
    ["rollback", "57014", "failed"],
    ["rollback", null, "idle"],
  ]);
  assert.deepEqual(undoing.said, ready);
  assert.deepEqual(undoing.outcomes, [{ state: "failed", detail: "23514" }]);
});
