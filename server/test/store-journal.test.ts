/** Records that are durable in the journal and not yet in the log, when the process or the disk fails. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { createJournalCipher } from "#/audit/journal-cipher.ts";
import { loadKeys } from "#/audit/keys.ts";
import { verifyDataFolder } from "#/audit/verify.ts";
import { manualClock } from "#/platform/clock.ts";
import { draft, secretCommand } from "#/store/conformance/fixtures.ts";
import { nameOf, range } from "#/store/conformance/harness.ts";
import { storeFiles } from "#/store/sqlite/folder.ts";
import { readFrames } from "#/store/sqlite/journal/frames.ts";
import { openSqliteStoreReadOnly } from "#/store/sqlite/read-only.ts";
import { openFolder, temporaryFolder } from "./support/sqlite-store.ts";
import { linesOf, startStoreProcess } from "./support/store-process.ts";

const timeout = 120_000;
const journaled = 12;
const names = range(journaled).map((verb) => `journaled-${verb}`);

test("what was acknowledged and not in the log at kill -9 is there after the start, once, in order", {
  timeout,
}, async (t) => {
  const dir = await killedFolder(t);
  assert.deepEqual(await loggedIn(dir), [], "the log had none of it");
  assert.deepEqual(await startedNames(dir), names);
  assert.deepEqual(await startedNames(dir), names);
  await assertVerifies(dir, journaled);
});

test("which executions had begun and not ended at kill -9 is known after the start, though none was in the log", {
  timeout,
}, async (t) => {
  const dir = await killedFolder(t, "executions");
  assert.deepEqual(await loggedIn(dir), [], "the log had none of it");
  const pending = range(journaled)
    .filter((verb) => verb % 3 !== 0)
    .map((verb) => ({ action: `act_${verb}`, beganAt: verb }));
  for (let start = 0; start < 2; start += 1) {
    const store = await openFolder(dir);
    assert.deepEqual(await store.pendingExecutions(), pending);
    await store.close();
  }
  await assertVerifies(dir, journaled + journaled / 3);
});

test("through many segments and kills, what was acknowledged is in the log once, in its writer's order", {
  timeout,
}, async (t) => {
  const dir = folder(t);
  const acknowledged: string[] = [];
  // 20 KB each: a segment holds some two hundred.
  for (const more of [150, 700, 30, 900, 400, 250]) {
    const killAt = acknowledged.length + more;
    const writer = startStoreProcess(t, [dir, "many", "16"]);
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged.push(line);
      if (acknowledged.length === killAt) writer.kill("SIGKILL");
    }
    assert.ok(acknowledged.length >= killAt, "the child wrote until it was killed");
  }
  const logged = await startedNames(dir);
  await assertVerifies(dir, logged.length);
  const places = new Map(logged.map((name, index) => [name, index]));
  assert.equal(places.size, logged.length, "nothing is there twice");
  for (const name of acknowledged) {
    const [, before = "", turn = ""] = /^(.*)-(\d+)$/.exec(name) ?? [];
    const place = places.get(name);
    assert.ok(place !== undefined, name);
    if (turn !== "0")
      assert.ok((places.get(`${before}-${Number(turn) - 1}`) ?? place) < place, name);
  }
});

test("after a cut at any byte of the journal, whole frames are there and the log goes on", {
  timeout,
}, async (t) => {
  const dir = await killedFolder(t);
  const [file = ""] = storeFiles(dir).journal;
  const ends = frameEnds(dir);
  // Each border, the bytes around it, and some within.
  const cuts = ends.flatMap((end, at) =>
    at % 3 === 0 ? [end - 1, end, end + 1, end + 15, end + 200] : [end],
  );
  for (const cut of [0, 1, ...cuts]) {
    const copy = copyOf(t, dir);
    const bytes = fs.readFileSync(file);
    const left = Buffer.from(bytes).fill(0, cut);
    fs.writeFileSync(path.join(copy, path.basename(file)), left);
    // Now and then a cut takes nothing, where what it takes is zero already.
    const whole = ends.filter((end) => left.subarray(0, end).equals(bytes.subarray(0, end))).length;
    assert.deepEqual(await startedNames(copy, "goes on"), [...names.slice(0, whole), "goes on"]);
    await assertVerifies(copy, whole + 1);
  }
});

test("a journal that was changed, cut out of, put together anew or swapped is refused, and nothing of it gets into the log", {
  timeout,
}, async (t) => {
  const dir = await killedFolder(t);
  const [first = "", second = ""] = storeFiles(dir).journal.map((file) => path.basename(file));
  const ends = frameEnds(dir);
  const changes: Readonly<Record<string, (journal: Buffer, copy: string) => void>> = {
    "a bit of a frame": (journal) => {
      const at = (ends[4] ?? 0) + 40;
      journal[at] = (journal[at] ?? 0) ^ 1;
    },
    "a frame taken out": (journal) => journal.copyWithin(ends[3] ?? 0, ends[4] ?? 0, ends[11]),
    "a frame zeroed": (journal) => journal.fill(0, ends[3], ends[4]),
    "the beginning zeroed": (journal) => journal.fill(0, 0, ends[1]),
    "two frames in the other's place": (journal) => {
      const frame = (at: number) => Buffer.from(journal.subarray(ends[at - 1], ends[at]));
      const [one, two] = [frame(3), frame(4)];
      Buffer.concat([two, one]).copy(journal, ends[2]);
    },
    "segments swapped": (journal, copy) => {
      fs.writeFileSync(path.join(copy, second), journal);
      journal.fill(0);
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    const copy = copyOf(t, dir);
    const journal = fs.readFileSync(path.join(copy, first));
    change(journal, copy);
    fs.writeFileSync(path.join(copy, first), journal);
    await assert.rejects(openFolder(copy), { code: "store.journal_broken" }, what);
    assert.deepEqual(await loggedIn(copy), []);
  }
});

test("an older copy of the journal brings nothing into the log again", { timeout }, async (t) => {
  const dir = await killedFolder(t);
  const older = copyOf(t, dir);
  assert.deepEqual(await startedNames(dir), names);
  for (const file of storeFiles(dir).journal) {
    fs.copyFileSync(path.join(older, path.basename(file)), file);
  }
  assert.deepEqual(await startedNames(dir), names);
});

test("an older database beside the journal of the same run is refused, though its frames can be read and follow", {
  timeout,
}, async (t) => {
  const dir = folder(t);
  const store = await openFolder(dir, manualClock(0));
  t.after(() => store.close());
  const agent = { name: "a", owner: null, scramVerifier: "", tokenHash: "", createdAt: 0 };
  const change = (name: string) => store.saveAgent(agent, [draft(name)]);
  await change("first");
  const older = copyFromOutside(t, dir);
  await change("second");
  await store.append([draft("journaled")]);
  const crashed = copyFromOutside(t, dir);
  const mixed = copyFromOutside(t, crashed);
  for (const file of fs.readdirSync(older)) {
    if (file.startsWith("store.db"))
      fs.copyFileSync(path.join(older, file), path.join(mixed, file));
  }
  await assert.rejects(openFolder(mixed), { code: "store.journal_broken" });
  assert.deepEqual(await loggedIn(mixed), ["first"]);
  assert.deepEqual(await startedNames(crashed), ["first", "second", "journaled"]);
});

test("after a start and after a stop, nothing that the journal held can be read any more", {
  timeout,
}, async (t) => {
  const dir = await killedFolder(t);
  const readable = () => {
    const keyOf = createJournalCipher(loadKeys(dir).journalKey).keyOf;
    const [file = ""] = storeFiles(dir).journal;
    return saltsOf(dir).map((salt) => readFrames(fs.readFileSync(file), keyOf(salt), 99).length);
  };
  assert.deepEqual(readable(), [journaled, 0]);
  const store = await openFolder(dir, manualClock(0));
  t.after(() => store.close());
  await store.logHead();
  assert.deepEqual(readable(), [0, 0]);
  await store.append([draft("last")]);
  assert.deepEqual(readable(), [1, 0]);
  await store.close();
  assert.deepEqual(readable(), [0, 0]);
  for (const file of storeFiles(dir).journal) {
    assert.ok(!fs.readFileSync(file).includes(secretCommand.slice(-20)));
  }
});

test("a frame that the disk did not take fails its records and whatever comes after, and is never tried again", {
  timeout,
  skip: whyNoStrace(),
}, async (t) => {
  const dir = folder(t);
  await (await openFolder(dir)).close();
  const trace = path.join(dir, "trace");
  const [first = ""] = storeFiles(dir).journal;
  const inject = "inject=pwrite64:error=EIO:when=20+";
  const strace = ["strace", "-f", "-qq", "-o", trace, "-P", first, "-e", "trace=pwrite64", "-e"];
  const lines = await linesOf(
    startStoreProcess(t, [dir, "appendsUntilFailure", "1000"], [...strace, inject]),
  );
  const turns = lines.filter((line) => line.startsWith("acknowledged")).length;
  assert.ok(turns > 5, `${turns}`);
  assert.deepEqual(lines.slice(turns), [
    "failed audit.recording_failed audit.recording_failed",
    "again store.degraded",
    `size ${turns * 6}`,
    "status degraded",
    "told 0 changes",
  ]);
  assert.equal(fs.readFileSync(trace, "utf8").match(/EIO .*INJECTED/g)?.length, 1);
  const logged = await startedNames(dir, "goes on");
  // What was not acknowledged may have reached the disk, but never in part.
  assert.equal((logged.length - 1) % 6, 0);
  assert.ok(logged.length > turns * 6);
});

test("where the disk takes no more, no record is acknowledged that is not there after the next start", {
  timeout,
  skip: process.platform === "win32" && "no limit on file sizes to run into",
}, async (t) => {
  const dir = folder(t);
  await (await openFolder(dir)).close();
  const limited = ["sh", "-c", 'ulimit -f 1000; exec "$@"', "sh"];
  const lines = await linesOf(
    startStoreProcess(t, [dir, "appendsUntilFailure", "100000"], limited),
  );
  const turns = lines.filter((line) => line.startsWith("acknowledged")).length;
  const [failed, again, , status] = lines.slice(turns);
  assert.match(failed ?? "", /^failed (audit\.recording_failed|store\.degraded) /);
  assert.deepEqual([again, status], ["again store.degraded", "status degraded"]);
  const logged = await startedNames(dir, "goes on");
  assert.ok(turns > 0 && logged.length > turns * 6, `${logged.length} records, ${turns} turns`);
  await assertVerifies(dir, logged.length);
});

test("each acknowledged append was written through to the disk; many at a time share a write", {
  timeout,
  skip:
    process.platform === "linux" ? whyNoStrace() : "elsewhere each write is followed by a flush",
}, async (t) => {
  const writes = async (work: string, count: number) => {
    const dir = folder(t);
    await (await openFolder(dir)).close();
    const trace = path.join(dir, "trace");
    const paths = storeFiles(dir).journal.flatMap((file) => ["-P", file]);
    const calls = ["-e", "trace=openat,pwrite64"];
    const strace = ["strace", "-f", "-qq", "-o", trace, ...paths, ...calls];
    assert.deepEqual(await linesOf(startStoreProcess(t, [dir, work, `${count}`], strace)), [
      "done",
    ]);
    const traced = fs.readFileSync(trace, "utf8");
    // Each is opened once to be prepared and once to be written.
    assert.equal(traced.match(/openat\(.*O_RDWR.*O_DSYNC/g)?.length, 2);
    // And the beginning of each was written back in trial.
    return (traced.match(/pwrite64\(/g)?.length ?? 0) - (traced.includes("O_DIRECT") ? 2 : 0);
  };
  assert.equal(await writes("sequentialAppends", 50), 50);
  const parallel = await writes("parallelAppends", 10);
  assert.ok(parallel >= 10 && parallel <= 40, `${parallel} writes for 640 appends`);
});

function saltsOf(dir: string): readonly Buffer[] {
  const script = `
    import { DatabaseSync } from "node:sqlite";
    const db = new DatabaseSync(process.argv[1], { readOnly: true });
    for (const row of db.prepare("SELECT salt FROM journal_segments ORDER BY segment").all()) console.log(row.salt);`;
  // In a process of its own: to close a file drops all the locks that this one has on it.
  const { stdout } = spawnSync(process.execPath, [
    "--input-type=module",
    "-e",
    script,
    storeFiles(dir).database,
  ]);
  return stdout
    .toString()
    .trim()
    .split("\n")
    .map((salt) => Buffer.from(salt, "hex"));
}

/** Where each frame ends in the first segment, as its headers say. */
function frameEnds(dir: string): readonly number[] {
  const bytes = fs.readFileSync(storeFiles(dir).journal[0] ?? "");
  const ends: number[] = [];
  for (let at = 0; bytes.toString("latin1", at, at + 4) === "CSJ2"; ends.push(at)) {
    at += 16 + bytes.readUInt32LE(at + 4);
  }
  assert.equal(ends.length, journaled);
  return ends;
}

/** Of a gateway that was killed when all of it was acknowledged and none of it in the log. */
async function killedFolder(t: TestContext, work = "journaled"): Promise<string> {
  const dir = folder(t);
  const writer = startStoreProcess(t, [dir, work, `${journaled}`]);
  let acknowledged = 0;
  for await (const _ of createInterface({ input: writer.stdout })) {
    acknowledged += 1;
    if (acknowledged === journaled) writer.kill("SIGKILL");
  }
  return dir;
}

function copyOf(t: TestContext, dir: string): string {
  const copy = path.join(folder(t), "copy");
  fs.cpSync(dir, copy, { recursive: true });
  return copy;
}

/** By another process: to close a file drops all the locks that this one has on it. */
function copyFromOutside(t: TestContext, dir: string): string {
  const copy = path.join(folder(t), "copy");
  const script = "fs.cpSync(process.argv[1], process.argv[2], { recursive: true })";
  assert.equal(spawnSync(process.execPath, ["-e", script, dir, copy]).status, 0);
  return copy;
}

async function startedNames(
  dir: string,
  append?: string,
): Promise<readonly (string | undefined)[]> {
  const store = await openFolder(dir);
  if (append !== undefined) await store.append([draft(append)]);
  const logged = (await store.records(0, 10_000)).map(nameOf);
  await store.close();
  return logged;
}

async function loggedIn(dir: string): Promise<readonly (string | undefined)[]> {
  const log = openSqliteStoreReadOnly(dir);
  const logged: (string | undefined)[] = [];
  for await (const record of log.records()) logged.push(nameOf(record));
  log.close();
  return logged;
}

async function assertVerifies(dir: string, size: number): Promise<void> {
  const { ok, size: verified } = await verifyDataFolder({ dir });
  assert.deepEqual([ok, verified], [true, size]);
}

function folder(t: TestContext): string {
  const dir = temporaryFolder();
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function whyNoStrace(): string | false {
  const { status } = spawnSync("strace", ["-o", "/dev/null", "true"]);
  return status !== 0 && "strace is not here or not permitted";
}
