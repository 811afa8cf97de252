/** What the embedded engine promises beyond the interface: about crashes, disks, files and other processes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { verifyLog } from "@countersign/tlog/verify-log";
import { loadKeys } from "#/audit/keys.ts";
import { parseLeaf } from "#/audit/leaf.ts";
import { createPayloadBox, openOwnPayload } from "#/audit/payload.ts";
import type { ReviewId } from "#/core/ids.ts";
import {
  draft,
  pendingReview,
  personId,
  reviewId,
  secretCommand,
} from "#/store/conformance/fixtures.ts";
import { nameOf } from "#/store/conformance/harness.ts";
import { storeFiles } from "#/store/sqlite/folder.ts";
import { journaledCharsMax } from "#/store/sqlite/journal/journal.ts";
import { openSqliteStoreReadOnly } from "#/store/sqlite/read-only.ts";
import type { Store } from "#/store/store.ts";
import { openFolder, temporaryFolder } from "./support/sqlite-store.ts";
import { linesOf, startStoreProcess } from "./support/store-process.ts";

const timeout = 120_000;

test("no acknowledged verb is lost by kill -9, and the tree stays whole", {
  timeout,
}, async (t) => {
  const dir = folder(t);
  const acknowledged: string[] = [];
  let random = 1;
  for (let round = 0; round < 15; round += 1) {
    // Park and Miller's generator: another moment in each round, the same ones in each run.
    random = (random * 48_271) % 0x7fffffff;
    const killAt = acknowledged.length + 1 + (random % 300);
    const writer = startStoreProcess(t, [dir, "mixed", "8"]);
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged.push(line);
      if (acknowledged.length === killAt) writer.kill("SIGKILL");
    }
    assert.ok(acknowledged.length >= killAt, "the child wrote until it was killed");
    await assertVerifies(dir);
  }
  const store = await openIn(t, dir);
  await store.logHead();
  const log = openSqliteStoreReadOnly(dir);
  const names: (string | undefined)[] = [];
  for await (const record of log.records()) names.push(nameOf(record));
  log.close();
  assert.equal(names.length % 2, 0, "each verb has two records: both or none");
  assert.equal(new Set(names).size, names.length, "nothing is in the log twice");
  const places = new Map(names.map((name, index) => [name, index]));
  for (const [kind, subject = ""] of acknowledged.map((line) => line.split(" "))) {
    const parts = kind === "record" ? ["c", "d"] : ["a", "b"];
    const [first, second] = parts.map((part) => places.get(`${subject}-${part}`));
    assert.ok(first !== undefined && second === first + 1, `${kind} ${subject} is there, whole`);
    if (kind === "record") assert.ok(first > (places.get(`${subject}-b`) ?? first), "in order");
    else assert.equal((await store.review(reviewId(subject)))?.id, reviewId(subject));
  }
  await store.close();
});

test("where the disk takes no more, the group fails whole and nothing more is written", {
  timeout,
  skip: process.platform === "win32" && "no limit on file sizes to run into",
}, async (t) => {
  const dir = folder(t);
  // The journal has its length from the first start on.
  await (await openIn(t, dir)).close();
  const lines = await linesOf(
    startStoreProcess(
      t,
      [dir, "changesUntilFailure", "100000"],
      ["sh", "-c", 'ulimit -f 1000; exec "$@"', "sh"],
    ),
  );
  await assertFailedWhole(t, dir, lines);
});

test("a failed flush fails the group, degrades the store, and is never tried again", {
  timeout,
  skip: whyNoStrace(),
}, async (t) => {
  const dir = folder(t);
  const trace = path.join(dir, "trace");
  const inject = "inject=fsync,fdatasync:error=EIO:when=60+";
  const strace = ["strace", "-f", "-qq", "-o", trace, "-e", "trace=fsync,fdatasync", "-e", inject];
  await assertFailedWhole(
    t,
    dir,
    await linesOf(startStoreProcess(t, [dir, "changesUntilFailure", "1000"], strace)),
  );
  const failed = fs.readFileSync(trace, "utf8").match(/ EIO .*INJECTED/g);
  assert.equal(failed?.length, 1);
});

test("each acknowledged commit is flushed; many at a time share a flush", {
  timeout,
  skip: whyNoStrace(),
}, async (t) => {
  const flushes = async (work: string, count: number) => {
    const dir = folder(t);
    const trace = path.join(dir, "trace");
    const strace = ["strace", "-f", "-qq", "-o", trace, "-e", "trace=fsync,fdatasync"];
    const lines = await linesOf(startStoreProcess(t, [dir, work, `${count}`], strace));
    assert.deepEqual(lines, ["done"]);
    return fs.readFileSync(trace, "utf8").match(/f(data)?sync\(/g)?.length ?? 0;
  };
  const around = await flushes("sequentialChanges", 0);
  const sequential = await flushes("sequentialChanges", 50);
  assert.ok(sequential >= 50 + around, `${sequential} flushes, ${around} of them around`);
  const rounds = 10;
  const parallel = (await flushes("parallelChanges", rounds)) - around;
  assert.ok(parallel >= rounds && parallel <= 4 * rounds, `${parallel} flushes for 640 verbs`);
});

test("a second process is told who uses the folder; a dead one keeps nobody out", {
  timeout,
}, async (t) => {
  const dir = folder(t);
  const holder = startStoreProcess(t, [dir, "hold"]);
  await once(holder.stdout, "data");
  await assert.rejects(openIn(t, dir), {
    code: "store.in_use",
    message: `Process ${holder.pid} uses the data folder.`,
    details: { pid: holder.pid },
  });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const store = await openIn(t, dir);
  // Neither does this process let itself in twice.
  await assert.rejects(openIn(t, dir), { code: "store.in_use", details: { pid: process.pid } });
  await store.append([draft("still locked and well")]);
  await store.close();
  assert.equal(fs.existsSync(storeFiles(dir).pid), false);
});

test("a folder of a newer version, or of another program, is refused and left alone", async (t) => {
  const dir = folder(t);
  await (await openIn(t, dir)).close();
  const { database } = storeFiles(dir);
  edit(database, "PRAGMA user_version = 999");
  await assert.rejects(openIn(t, dir), { code: "store.newer_version" });
  assert.throws(() => openSqliteStoreReadOnly(dir), { code: "store.newer_version" });
  edit(database, "PRAGMA user_version = 1; PRAGMA application_id = 7");
  await assert.rejects(openIn(t, dir), { code: "store.unreadable" });
  const foreign = "no database at all, though long enough to be looked at".repeat(100);
  fs.writeFileSync(database, foreign);
  await assert.rejects(openIn(t, dir), { code: "store.unreadable" });
  assert.throws(() => openSqliteStoreReadOnly(dir), { code: "store.unreadable" });
  assert.equal(fs.readFileSync(database, "utf8"), foreign);
});

test("a log that has fewer or other records than were signed is not gone on with", async (t) => {
  const tampering = [
    "DELETE FROM records WHERE idx = 2",
    "UPDATE head SET size = 2; DELETE FROM records WHERE idx = 2",
    "UPDATE records SET leaf_hash = zeroblob(32) WHERE idx = 2",
  ];
  for (const sql of tampering) {
    const dir = folder(t);
    const store = await openIn(t, dir);
    await store.append([draft("a"), draft("b"), draft("c")]);
    await store.close();
    edit(storeFiles(dir).database, sql);
    await assert.rejects(openIn(t, dir), ({ code }) => {
      assert.match(code, /^(store\.unreadable|audit\.log_forked)$/);
      return true;
    });
  }
});

test("a database of the first version keeps everything, and gets what later ones look for", async (t) => {
  const dir = folder(t);
  const store = await openIn(t, dir);
  const body = { connection: "shop", verbs: ["sql.write"], principal: { name: "importer" } };
  const held = (name: string) =>
    draft(name, { type: "action.held", review: `rev_${name}` as ReviewId, body });
  const denied = pendingReview("denied");
  for (const review of [pendingReview("a"), pendingReview("b"), denied]) {
    await store.openReview(review, 9, [held(review.id.replace("rev_", ""))]);
  }
  await store.saveReview({ ...denied, version: 2, state: "denied" }, [draft("done")]);
  await store.append([draft("no", { type: "action.denied", body })]);
  const records = await store.records(0, 100);
  const payloads = await store.payloads(records.map(({ index }) => index));
  await store.close();
  bringToFirstVersion(storeFiles(dir).database);

  await assertVerifies(dir, records.length);
  const again = await openIn(t, dir);
  assert.deepEqual(await again.records(0, 100), records);
  assert.deepEqual(await again.payloads(records.map(({ index }) => index)), payloads);
  assert.deepEqual(await again.review("rev_a" as ReviewId), pendingReview("a"));
  const by = [
    { kind: "connection", name: "shop" },
    { kind: "agent", name: "importer" },
  ] as const;
  assert.deepEqual(await again.pendingCounts(by, 9), [2, 2]);
  const query = {
    connection: "shop",
    principal: null,
    asker: null,
    verb: null,
    before: null,
    limit: 9,
  };
  const found = await again.actionRecords({ ...query, decision: "deny" });
  assert.deepEqual(
    found.records.map(({ index }) => index),
    [records.length - 1],
  );
  await again.append([draft("goes on")]);
  await again.close();
  await assertVerifies(dir, records.length + 1);
});

test("a stored review that was moved to another's place is not taken for that one", async (t) => {
  const dir = folder(t);
  const store = await openIn(t, dir);
  for (const name of ["a", "b"]) await store.openReview(pendingReview(name), 9, [draft(name)]);
  await store.close();
  edit(
    storeFiles(dir).database,
    "UPDATE reviews SET document = (SELECT document FROM reviews WHERE id = 'rev_a')",
  );
  const again = await openIn(t, dir);
  assert.equal((await again.review("rev_a" as ReviewId))?.id, "rev_a");
  await assert.rejects(again.review("rev_b" as ReviewId), { code: "store.unreadable" });
  await again.close();
});

test("commands, comments and payloads are nowhere in the folder in clear", {
  timeout,
}, async (t) => {
  const dir = folder(t);
  const name = "Rumpelstilzchen";
  assert.ok(secretCommand.includes(name));
  const { action, ...review } = pendingReview("secret");
  const principal = { ...action.principal, kind: "user", name, people: [personId("r")] } as const;
  const store = await openIn(t, dir);
  await store.openReview({ ...review, action: { ...action, principal } }, 9, [draft("opened")]);
  await store.close();
  assertAbsent(dir, name);
  // And where the write-ahead log was left behind.
  const writer = startStoreProcess(t, [dir, "mixed", "1"]);
  await once(writer.stdout, "data");
  writer.kill("SIGKILL");
  await once(writer, "exit");
  assertAbsent(dir, name);
});

test("a record says the same in the log however long it is and whatever it comes with, and is refused alike", {
  timeout,
}, async (t) => {
  const dir = folder(t);
  const store = await openIn(t, dir);
  const commands = [10, journaledCharsMax - 500, journaledCharsMax + 1, 300_000].map((chars) =>
    "é\u{1f600}\n".repeat(chars / 4),
  );
  for (const [at, command] of commands.entries()) {
    const records = [draft(`${at}`, { payload: { command, more: [1, null, { a: "b" }] } })];
    const agent = { name: "a", owner: null, scramVerifier: "", tokenHash: "", createdAt: 0 };
    await store.append(records);
    await store.saveAgent(agent, records);
    await store.openReview(pendingReview(`${at}`), 100, records);
    const unwritable = [draft("odd", { body: { name: "\ud800" }, payload: { command } })];
    await assert.rejects(store.append(unwritable));
    await assert.rejects(store.openReview(pendingReview(`odd-${at}`), 100, unwritable));
    assert.equal(await store.review(pendingReview(`odd-${at}`).id), null);
  }
  const box = createPayloadBox(loadKeys(dir).payloadKey);
  const stored = await store.records(0, 100);
  const sealed = await store.payloads(stored.map(({ index }) => index));
  assert.deepEqual(
    stored.map(({ leaf }, at) => {
      const { body, payload } = parseLeaf(leaf) ?? assert.fail("a leaf");
      return { name: body["name"], payload: openOwnPayload(box, payload, sealed[at] ?? null) };
    }),
    commands.flatMap((command, at) =>
      Array.from({ length: 3 }, () => ({
        name: `${at}`,
        payload: { command, more: [1, null, { a: "b" }] },
      })),
    ),
  );
});

test("the folder and its files are their owner's alone", {
  skip: process.platform === "win32" && "no file modes",
}, async (t) => {
  const dir = folder(t);
  fs.chmodSync(dir, 0o755);
  const store = await openIn(t, dir);
  await store.append([draft("a")]);
  const modes = () =>
    fs
      .readdirSync(dir)
      .filter((name) => name.startsWith("store."))
      .map((name) => [name, fs.statSync(path.join(dir, name)).mode & 0o777]);
  assert.deepEqual(modes(), [
    ["store.db", 0o600],
    ["store.db-shm", 0o600],
    ["store.db-wal", 0o600],
    ["store.journal-1", 0o600],
    ["store.journal-2", 0o600],
    ["store.lock", 0o600],
    ["store.pid", 0o600],
  ]);
  assert.equal(fs.statSync(dir).mode & 0o777, 0o700);
  await store.close();
  fs.chmodSync(storeFiles(dir).database, 0o644);
  await (await openIn(t, dir)).close();
  assert.equal(fs.statSync(storeFiles(dir).database).mode & 0o777, 0o600);
});

test("a log is read without the gateway, as it was left, and nothing is touched", {
  timeout,
}, async (t) => {
  const dir = folder(t);
  const store = await openIn(t, dir);
  await Promise.all(Array.from({ length: 20 }, (_, at) => store.append([draft(`${at}`)])));
  await store.logHead();
  await assertVerifies(dir, 20);
  await store.append([draft("while it is open")]);
  await store.close();

  await assertUntouched(dir, () => assertVerifies(dir, 21));

  const writer = startStoreProcess(t, [dir, "mixed", "1"]);
  await once(writer.stdout, "data");
  writer.kill("SIGKILL");
  await once(writer, "exit");
  assert.ok(fs.statSync(`${storeFiles(dir).database}-wal`).size > 0, "commits are left in the log");
  await assertUntouched(dir, () => assertVerifies(dir));

  const copy = path.join(folder(t), "copy");
  fs.cpSync(dir, copy, { recursive: true });
  await assertUntouched(copy, () => assertVerifies(copy));
  const log = openSqliteStoreReadOnly(copy);
  assert.ok(log.head.size > 21);
  assert.ok(log.payload(0) instanceof Uint8Array);
  assert.equal(log.payload(log.head.size), null);
  log.close();
});

test("a changed byte of a record is found and named without the gateway", async (t) => {
  const dir = folder(t);
  const store = await openIn(t, dir);
  await store.append(Array.from({ length: 9 }, (_, at) => draft(`name-${at}`)));
  await store.close();
  const { database } = storeFiles(dir);
  const bytes = fs.readFileSync(database);
  const at = bytes.indexOf('"name":"name-5"');
  bytes[at + 13] = "x".charCodeAt(0);
  fs.writeFileSync(database, bytes);
  const { ok, problems } = await verify(dir);
  assert.equal(ok, false);
  assert.deepEqual(
    problems.map(({ index, code }) => [index, code]),
    [[5, "leaf.hash_mismatch"]],
  );
});

function folder(t: TestContext): string {
  const dir = temporaryFolder();
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Closed after the test, also where the test fails before it does so itself. */
async function openIn(t: TestContext, dir: string): Promise<Store> {
  const store = await openFolder(dir);
  t.after(() => store.close());
  return store;
}

async function assertFailedWhole(
  t: TestContext,
  dir: string,
  lines: readonly string[],
): Promise<void> {
  const turns = lines.filter((line) => line.startsWith("acknowledged")).length;
  assert.ok(turns > 0, "something was written before");
  assert.deepEqual(lines.slice(turns), [
    "failed audit.recording_failed audit.recording_failed",
    "again store.degraded",
    `size ${turns * 6}`,
    "status degraded",
    "told 0 changes",
  ]);
  await assertVerifies(dir);
  const store = await openIn(t, dir);
  const { size } = await store.logHead();
  // What was not acknowledged may have reached the disk, but never in part.
  assert.ok(size === turns * 6 || size === (turns + 1) * 6, `${size} records after ${turns} turns`);
  await store.append([draft("goes on")]);
  await store.close();
  await assertVerifies(dir, size + 1);
}

function verify(dir: string) {
  const log = openSqliteStoreReadOnly(dir);
  const leaves = (async function* () {
    for await (const { index, leaf, leafHash } of log.records()) {
      yield { index, bytes: leaf, storedHash: leafHash };
    }
  })();
  const { checkpoint } = log.head;
  const report = verifyLog(
    { leaves, readStoredNode: log.node, checkpoint },
    loadKeys(dir).verifierKey,
  );
  return report.finally(log.close);
}

async function assertVerifies(dir: string, size?: number): Promise<void> {
  const report = await verify(dir);
  assert.deepEqual(report.problems, []);
  assert.equal(report.ok, true);
  if (size !== undefined) assert.equal(report.size, size);
}

async function assertUntouched(dir: string, act: () => Promise<void>): Promise<void> {
  const state = () =>
    fs.readdirSync(dir).map((name) => {
      const { mtimeMs, size } = fs.statSync(path.join(dir, name));
      return [name, mtimeMs, size, fs.readFileSync(path.join(dir, name)).toString("base64")];
    });
  const before = state();
  await act();
  assert.deepEqual(state(), before);
}

function assertAbsent(dir: string, word: string): void {
  for (const name of fs.readdirSync(dir)) {
    assert.ok(!fs.readFileSync(path.join(dir, name)).includes(word), `${word} is in ${name}`);
  }
}

/** The same log and reviews, in a database as the first version made it. */
function bringToFirstVersion(database: string): void {
  const later = `${database}.later`;
  fs.renameSync(database, later);
  const migrations = path.join(import.meta.dirname, "../src/store/sqlite/migrations");
  const reviewColumns =
    "id, version, state, join_key, principal, attached, execution, opened_at, expires_at, valid_until, changed, document";
  edit(
    database,
    `${fs.readFileSync(path.join(migrations, "0001-initial.sql"), "utf8")}
     PRAGMA application_id = 1129531214;
     PRAGMA user_version = 1;
     ATTACH '${later}' AS later;
     INSERT INTO records (idx, leaf, leaf_hash, nodes)
       SELECT idx, leaf, leaf_hash, nodes FROM later.records;
     INSERT INTO payloads SELECT idx, sealed FROM later.payloads;
     INSERT INTO head SELECT only, size, checkpoint, changed FROM later.head;
     INSERT INTO reviews (${reviewColumns}) SELECT ${reviewColumns} FROM later.reviews`,
  );
  fs.rmSync(later);
}

function edit(database: string, sql: string): void {
  const db = new DatabaseSync(database);
  db.exec(sql);
  db.close();
}

function whyNoStrace(): string | false {
  const { status } = spawnSync("strace", ["-o", "/dev/null", "true"]);
  return status !== 0 && "strace is not here or not permitted";
}
