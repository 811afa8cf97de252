/** Folders that somebody made to mislead, stall or flood whoever verifies them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, type TestContext, test } from "node:test";
import { loadKeys } from "#/audit/keys.ts";
import { verifyDataFolder } from "#/audit/verify.ts";
import { draft } from "#/store/conformance/fixtures.ts";
import { storeFiles } from "#/store/sqlite/folder.ts";
import { openFolder } from "./support/sqlite-store.ts";

/** What goes on for ever fails here. */
const timeout = 60_000;

const dir = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "countersign-hostile-")), "data");
const { verifierKey: key } = loadKeys(dir);

before(async () => {
  const store = await openFolder(dir);
  for (let number = 0; number < 20; number += 1) {
    await store.append([draft(`${number}`, { payload: { command: `select ${number}` } })]);
  }
  await store.close();
  assert.equal((await verifyDataFolder({ dir, key })).ok, true);
});
after(() => fs.rmSync(path.dirname(dir), { recursive: true }));

function copyOf(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-hostile-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  fs.cpSync(dir, folder, { recursive: true });
  return folder;
}

function changed(t: TestContext, sql: string): string {
  const folder = copyOf(t);
  const db = new DatabaseSync(storeFiles(folder).database);
  db.exec(`PRAGMA journal_mode = DELETE; ${sql}`);
  db.close();
  return folder;
}

const unreadable = { code: "store.unreadable" };

/** With the columns that `records` has, and whatever stands in them. */
const inPlaceOfRecords = (rows: string) => `ALTER TABLE records RENAME TO moved;
  CREATE VIEW records AS
    SELECT column1 AS idx, '{}' AS leaf, x'00' AS leaf_hash, x'' AS nodes, '' AS type, '' AS action, '' AS review
    FROM (${rows})`;
const endless = "WITH RECURSIVE n (column1) AS (SELECT 0 UNION ALL SELECT column1 + 1 FROM n)";

const unreadableTables = {
  "records without end": inPlaceOfRecords(`${endless} SELECT column1 FROM n`),
  "payloads without end": `DROP TABLE payloads;
    CREATE VIEW payloads AS ${endless} SELECT column1 AS idx, x'00' AS sealed FROM n`,
  "payloads that are computed": `DROP TABLE payloads;
    CREATE TABLE payloads (idx INTEGER PRIMARY KEY, sealed BLOB AS (zeroblob(1000000000)));
    INSERT INTO payloads VALUES (3)`,
  "records that are in no order": `CREATE TABLE other AS SELECT * FROM records;
    DROP TABLE records; ALTER TABLE other RENAME TO records`,
};

for (const [what, sql] of Object.entries(unreadableTables)) {
  test(`a store that shows ${what} is refused at once`, { timeout }, async (t) => {
    await assert.rejects(verifyDataFolder({ dir: changed(t, sql), key }), unreadable);
  });
}

const head = (checkpoint: string) => `CREATE TABLE other
    (only INTEGER PRIMARY KEY, size, checkpoint, changed);
  INSERT INTO other SELECT only, size, ${checkpoint}, changed FROM head;
  DROP TABLE head; ALTER TABLE other RENAME TO head`;

const named = {
  "a number for a checkpoint": [head("7"), "note.malformed null"],
  "nothing for a checkpoint": [head("NULL"), "note.malformed null"],
  "a checkpoint that is far too long": [
    "UPDATE head SET checkpoint = hex(zeroblob(2000000))",
    "input.too_large null",
  ],
  "a leaf that is far too long": [
    `UPDATE records SET leaf = '"' || hex(zeroblob(1000000)) || '"' WHERE idx = 3`,
    "leaf.malformed 3",
  ],
  "a hash that is far too long": [
    "UPDATE records SET leaf_hash = zeroblob(1000000) WHERE idx = 3",
    "leaf.hash_mismatch 3",
  ],
  "a record behind all that can be": [
    "INSERT INTO records (idx, leaf, leaf_hash, nodes) VALUES (9223372036854775807, '{}', x'', x'')",
    "record.stray 9223372036854776000",
  ],
  "a payload behind all that can be": [
    "INSERT INTO payloads VALUES (9223372036854775807, x'00')",
    "record.stray 9223372036854776000",
  ],
} as const;

for (const [what, [sql, problem]] of Object.entries(named)) {
  test(`${what} is named as what is wrong`, { timeout }, async (t) => {
    const { ok, problems } = await verifyDataFolder({ dir: changed(t, sql), key });
    assert.equal(ok, false);
    const found = problems.map(({ code, index }) => `${code} ${index}`);
    assert(found.includes(problem), found.join());
  });
}

test("a pipe in the place of a file is refused, and not waited for", {
  timeout,
  skip: process.platform === "win32",
}, async (t) => {
  for (const name of ["store.db", "store.db-wal", "store.lock"]) {
    const folder = copyOf(t);
    fs.rmSync(path.join(folder, name), { force: true });
    execFileSync("mkfifo", [path.join(folder, name)]);
    await assert.rejects(verifyDataFolder({ dir: folder, key }), unreadable);
  }
  const folder = copyOf(t);
  fs.rmSync(path.join(folder, "log.pub"));
  execFileSync("mkfifo", [path.join(folder, "log.pub")]);
  await assert.rejects(verifyDataFolder({ dir: folder }), { code: "audit.invalid_key" });
});
