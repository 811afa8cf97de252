/** The log of real data folders, written through the real store, verified with the public key alone. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import type { LogVerification } from "@countersign/sdk/wire/log";
import { verifyBundle } from "@countersign/tlog/bundle";
import { formatVerifierKey, generateKey } from "@countersign/tlog/note";
import { type GatewayKeys, loadKeys } from "#/audit/keys.ts";
import { createPayloadBox, openPayload } from "#/audit/payload.ts";
import { proveAction } from "#/audit/prove.ts";
import { openStoreSource } from "#/audit/store-source.ts";
import { type FolderVerification, verifyDataFolder, verifyRecords } from "#/audit/verify.ts";
import { type ErrorCode, GatewayError } from "#/core/errors.ts";
import type { ActionId } from "#/core/ids.ts";
import type { RecordDraft } from "#/core/record.ts";
import { systemClock } from "#/platform/clock.ts";
import { storeFiles } from "#/store/sqlite/folder.ts";
import type { Store } from "#/store/store.ts";
import { openFolder } from "./support/sqlite-store.ts";

const size = 11;
const wanted = "act_wanted" as ActionId;

function draft(number: number): RecordDraft {
  return {
    type: "action.allowed",
    at: Date.UTC(2026, 10, 22),
    action: number % 3 === 0 ? wanted : null,
    review: null,
    body: { number },
    payload: number % 2 === 0 ? { command: `select ${number}` } : null,
  };
}

function temporary(t: TestContext): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-audit-"));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function openStore(dir: string, keys: GatewayKeys): Promise<Store> {
  return openFolder(dir, systemClock, keys);
}

/** A store that opens against expectation must not outlive its test. */
async function openAndClose(dir: string, keys: GatewayKeys): Promise<void> {
  await (await openStore(dir, keys)).close();
}

interface Written {
  readonly dir: string;
  readonly keys: GatewayKeys;
}

async function write(
  t: TestContext,
  use: (store: Store, written: Written) => Promise<void> = noUse,
) {
  const dir = path.join(temporary(t), "data");
  const written = { dir, keys: loadKeys(dir) };
  const store = await openStore(dir, written.keys);
  try {
    for (let number = 0; number < size; number += 1) await store.append([draft(number)]);
    await use(store, written);
  } finally {
    await store.close();
  }
  return written;
}

async function noUse(): Promise<void> {}

function change(dir: string, sql: string, ...values: readonly (number | string | Uint8Array)[]) {
  const db = new DatabaseSync(storeFiles(dir).database);
  try {
    assert.equal(db.prepare(sql).run(...values).changes, 1);
  } finally {
    db.close();
  }
}

/** Changes one byte of the file itself, as somebody would who does not ask SQLite. */
function flipInFile(dir: string, value: Uint8Array, at: number): void {
  const file = storeFiles(dir).database;
  const bytes = fs.readFileSync(file);
  const start = bytes.indexOf(value);
  assert(start > 0 && bytes.indexOf(value, start + 1) === -1, "the value is in the file once");
  bytes[start + at] = (bytes[start + at] ?? 0) ^ 0x01;
  fs.writeFileSync(file, bytes);
}

function readValue(dir: string, sql: string, ...values: readonly number[]): Uint8Array {
  const db = new DatabaseSync(storeFiles(dir).database, { readOnly: true });
  try {
    return (
      (db.prepare(sql).get(...values)?.["value"] as Uint8Array | undefined) ?? assert.fail(sql)
    );
  } finally {
    db.close();
  }
}

function found({ ok, problems }: FolderVerification): readonly string[] {
  assert.equal(ok, problems.length === 0);
  return problems.map(({ index, code }) => `${code} ${index}`);
}

function copy(t: TestContext, dir: string): string {
  const copied = path.join(temporary(t), "copy");
  fs.cpSync(dir, copied, { recursive: true });
  return copied;
}

const isCode = (code: ErrorCode) => (error: unknown) =>
  error instanceof GatewayError && error.code === code;

test("a stopped gateway's folder is verified with the public key alone", async (t) => {
  const { dir, keys } = await write(t);
  for (const secret of ["log.key", "data.key", "log.pub"]) fs.rmSync(path.join(dir, secret));
  const verification = await verifyDataFolder({ dir, key: keys.verifierKey });
  const { root, ...rest } = verification;
  assert.equal(Buffer.from(root ?? "", "base64").length, 32);
  assert.deepEqual(rest, {
    ok: true,
    size,
    erased: 0,
    problems: [],
    key: keys.verifierKey,
    keyFrom: "outside",
  });
});

test("what is reported has the form of the wire", async (t) => {
  const { dir } = await write(t);
  const report: LogVerification = await verifyDataFolder({ dir });
  assert.equal(report.ok, true);
});

test("without a key, the folder's own is taken and that is said", async (t) => {
  const { dir, keys } = await write(t);
  const { ok, key, keyFrom } = await verifyDataFolder({ dir });
  assert.deepEqual({ ok, key, keyFrom }, { ok: true, key: keys.verifierKey, keyFrom: "folder" });
});

test("a folder in use, and a copy of it, are verified as they are", async (t) => {
  await write(t, async (store, { dir, keys }) => {
    const key = keys.verifierKey;
    assert.deepEqual(found(await verifyDataFolder({ dir, key })), []);
    assert.deepEqual(found(await verifyDataFolder({ dir: copy(t, dir), key })), []);
    await store.append([draft(size)]);
    await store.logHead();
    assert.equal((await verifyDataFolder({ dir, key })).size, size + 1);
  });
});

test("a running gateway's log is verified through its store, while it grows", async (t) => {
  await write(t, async (store, { keys }) => {
    const source = await openStoreSource(store);
    await store.append([draft(size)]);
    const verification = await verifyRecords(source, keys.verifierKey);
    assert.deepEqual({ ok: verification.ok, size: verification.size }, { ok: true, size });
  });
});

test("another key than the one that signed verifies nothing", async (t) => {
  const { dir, keys } = await write(t);
  const key = formatVerifierKey(generateKey(keys.origin));
  assert.deepEqual(found(await verifyDataFolder({ dir, key })), ["note.unsigned null"]);
});

test("a log that was rewritten and signed anew is unmasked by the key from outside", async (t) => {
  const { dir, keys } = await write(t);
  const forged = await write(t);
  for (const name of [path.basename(storeFiles(dir).database), "log.pub"]) {
    fs.copyFileSync(path.join(forged.dir, name), path.join(dir, name));
  }
  assert.equal((await verifyDataFolder({ dir })).ok, true);
  assert.equal((await verifyDataFolder({ dir, key: keys.verifierKey })).ok, false);
});

const columns = [
  { what: "leaf", sql: "SELECT CAST(leaf AS BLOB) AS value FROM records WHERE idx = ?", index: 4 },
  { what: "leaf hash", sql: "SELECT leaf_hash AS value FROM records WHERE idx = ?", index: 5 },
  { what: "node", sql: "SELECT nodes AS value FROM records WHERE idx = ?", index: 7 },
  { what: "payload", sql: "SELECT sealed AS value FROM payloads WHERE idx = ?", index: 6 },
] as const;
for (const { what, sql, index } of columns) {
  test(`one changed byte of a stored ${what} is noticed, wherever it is`, async (t) => {
    const { dir, keys } = await write(t);
    const key = keys.verifierKey;
    const value = readValue(dir, sql, index);
    for (let at = 0; at < value.length; at += 7) {
      flipInFile(dir, value, at);
      const codes = found(await verifyDataFolder({ dir, key }));
      assert.notDeepEqual(codes, [], `byte ${at}`);
      const isNamed = codes.some((code) => code.endsWith(` ${index}`));
      assert(what === "node" || isNamed, codes.join());
      flipInFile(dir, readValue(dir, sql, index), at);
    }
    assert.deepEqual(found(await verifyDataFolder({ dir, key })), []);
  });
}

test("a changed size or checkpoint is noticed", async (t) => {
  const { dir, keys } = await write(t);
  const key = keys.verifierKey;
  change(dir, "UPDATE head SET size = ?", size - 1);
  assert.deepEqual(found(await verifyDataFolder({ dir, key })), ["head.altered null"]);
  change(dir, "UPDATE head SET size = ?", size);
  const checkpoint = Buffer.from(
    readValue(dir, "SELECT CAST(checkpoint AS BLOB) AS value FROM head"),
  );
  for (let at = 0; at < checkpoint.length; at += 1) {
    const changed = Buffer.from(checkpoint);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    change(dir, "UPDATE head SET checkpoint = CAST(? AS TEXT)", changed);
    assert.equal((await verifyDataFolder({ dir, key })).ok, false, `byte ${at}`);
  }
});

test("a record or payload that is gone is noticed and named", async (t) => {
  const { dir, keys } = await write(t);
  change(dir, "DELETE FROM payloads WHERE idx = ?", 4);
  assert.deepEqual(found(await verifyDataFolder({ dir, key: keys.verifierKey })), [
    "payload.missing 4",
  ]);
  change(dir, "DELETE FROM records WHERE idx = ?", 9);
  assert.deepEqual(found(await verifyDataFolder({ dir, key: keys.verifierKey })), [
    "payload.missing 4",
    "leaf.missing 9",
  ]);
});

test("a record before the first one and a payload without a record are noticed and named", async (t) => {
  const { dir } = await write(t);
  const db = new DatabaseSync(storeFiles(dir).database);
  db.exec("INSERT INTO records (idx, leaf, leaf_hash, nodes) VALUES (-1, '{}', x'00', x'')");
  db.exec("INSERT INTO payloads (idx, sealed) VALUES (100000, x'00')");
  db.close();
  const { ok, problems } = await verifyDataFolder({ dir });
  assert.equal(ok, false);
  const strays = problems.filter(({ code }) => code === "record.stray");
  assert.deepEqual(
    strays.map(({ index }) => index),
    [-1, 100_000],
  );
});

test("a payload that was erased by a record leaves the log whole", async (t) => {
  const { dir, keys } = await write(t, async (store) => {
    const body = { records: [4, 8] };
    await store.append([{ ...draft(1), type: "subject.erased", body }]);
  });
  change(dir, "DELETE FROM payloads WHERE idx = ?", 4);
  change(dir, "DELETE FROM payloads WHERE idx = ?", 8);
  const { ok, erased } = await verifyDataFolder({ dir, key: keys.verifierKey });
  assert.deepEqual({ ok, erased }, { ok: true, erased: 2 });
});

test("a file whose bytes were changed on the disk is noticed or can't be read, never whole", async (t) => {
  const { dir, keys } = await write(t);
  const file = storeFiles(dir).database;
  const bytes = fs.readFileSync(file);
  const at = bytes.indexOf('"number":7');
  assert(at > 0);
  bytes[at + 9] = "8".charCodeAt(0);
  fs.writeFileSync(file, bytes);
  const codes = found(await verifyDataFolder({ dir, key: keys.verifierKey }));
  assert.deepEqual(codes, ["leaf.hash_mismatch 7"]);
  fs.writeFileSync(file, bytes.subarray(0, 5000));
  await assert.rejects(
    verifyDataFolder({ dir, key: keys.verifierKey }),
    isCode("store.unreadable"),
  );
});

test("an action's proof, made by a running gateway, verifies on its own", async (t) => {
  await write(t, async (store, { keys }) => {
    const { leaves } = verifyBundle(await proveAction(store, wanted), keys.verifierKey);
    assert.deepEqual(
      leaves.map(({ index }) => index),
      [0, 3, 6, 9],
    );
    await assert.rejects(proveAction(store, "act_none" as ActionId), isCode("api.not_found"));
  });
});

test("a payload is read back by whoever has the folder's keys", async (t) => {
  await write(t, async (store, { keys }) => {
    const [sealed, none] = await store.payloads([4, 5]);
    assert.equal(none, null);
    const opened = openPayload(createPayloadBox(keys.payloadKey), sealed ?? assert.fail());
    assert.deepEqual(opened.payload, { command: "select 4" });
    const [record] = await store.records(4, 1);
    const leaf = Buffer.from(record?.leaf ?? assert.fail()).toString();
    assert(leaf.includes(opened.commitment));
  });
});

test("a log whose stored tree is not the signed one is not gone on with", async (t) => {
  const { dir, keys } = await write(t);
  const nodes = "SELECT nodes AS value FROM records WHERE idx = ?";
  const changed = Buffer.from(readValue(dir, nodes, 7));
  changed[70] = (changed[70] ?? 0) ^ 1;
  change(dir, "UPDATE records SET nodes = ? WHERE idx = ?", changed, 7);
  await assert.rejects(openAndClose(dir, keys), isCode("audit.log_forked"));
});

test("a log that another key signed is not gone on with", async (t) => {
  const { dir } = await write(t);
  for (const name of ["log.key", "log.pub"]) fs.rmSync(path.join(dir, name));
  const other = loadKeys(temporary(t));
  await assert.rejects(openAndClose(dir, other), isCode("audit.log_forked"));
});

test("a folder without a log, and a key that is none, are errors and not reports", async (t) => {
  const dir = temporary(t);
  const { verifierKey: key } = loadKeys(dir);
  await assert.rejects(verifyDataFolder({ dir, key }), isCode("store.unreadable"));
  await assert.rejects(verifyDataFolder({ dir, key: "none" }), isCode("audit.invalid_key"));
  await assert.rejects(verifyDataFolder({ dir: temporary(t) }), isCode("audit.invalid_key"));
  assert.deepEqual(fs.readdirSync(dir).toSorted(), ["data.key", "log.key", "log.pub"]);
});

test("the command line finds the verifier under the server's public name", async () => {
  const verify = await import("@countersign/server/verify");
  assert.equal(verify.verifyDataFolder, verifyDataFolder);
});
