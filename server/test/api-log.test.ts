import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { LogEntry } from "@countersign/sdk/wire/log";
import type { Page } from "@countersign/sdk/wire/page";
import type { Status } from "@countersign/sdk/wire/status";
import { verifyBundle } from "@countersign/tlog/bundle";
import { verifyCheckpoint } from "@countersign/tlog/checkpoint";
import { leafHash } from "@countersign/tlog/merkle";
import { startTestApi, type TestApi } from "./support/api.ts";

test("the log's records come whole and in order, in pages that join, up to the signed size", async (context) => {
  const { api, token, key } = await started(context);
  for (let count = 0; count < 5; count += 1) await api.hold();
  const checkpoint = await api.request("GET", "/log/checkpoint", { token });
  assert.match(checkpoint.headers.get("content-type") ?? "", /^text\/plain/);
  const { size } = verifyCheckpoint(checkpoint.text, key);
  const entries: LogEntry[] = [];
  for (let from: string | null = "0"; from !== null; ) {
    const { json } = await api.request("GET", `/log/records?from=${from}&limit=3`, { token });
    const page = json as Page<LogEntry>;
    entries.push(...page.items);
    from = page.next;
  }
  assert.deepEqual(
    entries.map(({ index }) => index),
    Array.from({ length: size }, (_, index) => index),
  );
  for (const { bytes, leafHash: stored, leaf, type, at, actionId } of entries) {
    const raw = Buffer.from(bytes, "base64");
    assert.equal(Buffer.from(leafHash(raw)).toString("hex"), stored);
    assert.deepEqual(JSON.parse(raw.toString()), leaf);
    assert.deepEqual([type, at, actionId], [leaf?.["type"], leaf?.["at"], leaf?.["action"]]);
  }
  assert.ok(entries.some(({ type }) => type === "review.opened"));
});

test("a leaf that is no record is shown as bytes, so that it can still be checked", async (context) => {
  const { api, token } = await started(context, "\u0000");
  const { json } = await api.request("GET", "/log/records?limit=1", { token });
  const [entry] = (json as Page<LogEntry>).items;
  assert.deepEqual(entry, {
    index: 0,
    type: null,
    at: null,
    actionId: null,
    reviewId: null,
    leafHash: entry?.leafHash,
    leaf: null,
    bytes: "AA==",
  });
});

test("the proof of an action verifies on its own, and an unknown action has none", async (context) => {
  const { api, token, key } = await started(context);
  const { action } = await api.hold();
  const { status, text } = await api.request("GET", `/actions/${action.id}/proof`, { token });
  assert.equal(status, 200);
  const { leaves } = verifyBundle(text, key);
  const actions = leaves.map(
    ({ bytes }) => (JSON.parse(Buffer.from(bytes).toString()) as { action: string }).action,
  );
  assert.ok(actions.length > 0);
  assert.ok(actions.every((id) => id === action.id));
  const none = await api.request("GET", "/actions/act_none/proof", { token });
  assert.equal(none.status, 404);
});

async function started(
  context: TestContext,
  firstLeaf?: string,
): Promise<{ api: TestApi; token: string; key: string }> {
  const api = await startTestApi(
    firstLeaf === undefined
      ? {}
      : {
          store: (store) => ({
            ...store,
            records: async (from, limit) =>
              (await store.records(from, limit)).map((record) =>
                record.index === 0 ? { ...record, leaf: Buffer.from(firstLeaf) } : record,
              ),
          }),
        },
  );
  context.after(api.close);
  const token = await api.signIn("dana");
  const { json } = await api.request("GET", "/status", { token });
  return { api, token, key: (json as Status).log.key };
}
