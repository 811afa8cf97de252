import assert from "node:assert/strict";
import { test } from "node:test";
import { transactionText } from "./transaction-text.ts";
import type { OpenTransaction } from "./wire/effect.ts";

test("what a transaction locks and who waits for it is said, and so is what is not known", () => {
  const transaction: OpenTransaction = {
    since: "2026-11-26T08:00:00.000Z",
    locks: [{ on: "public.items", mode: "RowExclusiveLock" }],
    locksMore: 0,
    blocks: 0,
    at: "2026-11-26T08:00:00.000Z",
  };
  assert.equal(
    transactionText(transaction),
    "it locks public.items (RowExclusiveLock); no other session waits for it",
  );
  assert.equal(
    transactionText({ ...transaction, locksMore: 2, blocks: 1 }),
    "it locks public.items (RowExclusiveLock) and 2 more; 1 other session waits for it",
  );
  assert.equal(
    transactionText({ ...transaction, locks: [], blocks: 12 }),
    "it locks nothing; 12 other sessions wait for it",
  );
  assert.equal(
    transactionText({ ...transaction, locks: null, blocks: null }),
    "it is not known what it locks; it is not known who waits for it",
  );
});
