import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import * as fc from "fast-check";
import { openSpools, type Spool } from "./spool.ts";

const limits = { copyBytesMax: 8 * 1024 * 1024, spoolBytesMax: 16 * 1024 * 1024 };

async function openTest(context: TestContext, changes: Partial<typeof limits> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "countersign-spool-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return { folder, spools: await openSpools(join(folder, "spool"), { ...limits, ...changes }) };
}

async function read(spool: Spool): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of spool.read()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Different in each block. */
function sample(bytes: number): Buffer {
  const data = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) data.writeUInt32BE(at, at);
  return data;
}

const digest = (data: Buffer) => createHash("sha256").update(data).digest("hex");

test("what is read is what was added, however it was cut and wherever it is kept", async (context) => {
  const { spools } = await openTest(context);
  const sizes = fc.array(fc.integer({ min: 0, max: 150_000 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      const spool = spools.open();
      const all = sample(lengths.reduce((sum, each) => sum + each, 0));
      let at = 0;
      for (const length of lengths) {
        const part = Buffer.from(all.subarray(at, at + length));
        assert.equal(spool.add(part), null);
        // What was added is a copy.
        part.fill(0);
        at += length;
        await spool.ready();
      }
      assert.equal(digest(await read(spool)), digest(all));
      spool.close();
      assert.equal(spools.bytes, 0);
    }),
    { numRuns: 30 },
  );
});

test("a spool takes no more than one may hold, and all of them no more than all may", async (context) => {
  const { spools } = await openTest(context, { copyBytesMax: 100, spoolBytesMax: 150 });
  const [one, other] = [spools.open(), spools.open()];
  assert.equal(one.add(sample(100)), null);
  assert.equal(one.add(sample(1)), "too_large");
  assert.equal(other.add(sample(51)), "crowded");
  assert.equal(other.add(sample(50)), null);
  one.close();
  one.close();
  assert.equal(spools.bytes, 50);
  assert.equal(other.add(sample(50)), null);
});

test("a file has no name once something is in it, and what an earlier process left is removed", async (context) => {
  const { folder, spools } = await openTest(context);
  const spool = spools.open();
  assert.equal(spool.add(sample(1_000_000)), null);
  await read(spool);
  assert.deepEqual(await readdir(join(folder, "spool")), []);
  spool.close();
  await writeFile(join(folder, "spool", "left-over"), "x");
  await openSpools(join(folder, "spool"), limits);
  assert.deepEqual(await readdir(join(folder, "spool")), []);
});

/** The file is reached through the descriptors of this process. */
async function fileOf(): Promise<string> {
  for (const name of await readdir("/proc/self/fd")) {
    const link = await readlinkOrNull(`/proc/self/fd/${name}`);
    if (link?.includes("countersign-spool-") === true) return `/proc/self/fd/${name}`;
  }
  return assert.fail("no file");
}

async function readlinkOrNull(path: string): Promise<string | null> {
  const { readlink } = await import("node:fs/promises");
  return readlink(path).catch(() => null);
}

const hasDescriptors = process.platform === "linux";

test("on the disk it can't be read, and a change of it is an error and never data", async (context) => {
  if (!hasDescriptors) return context.skip("descriptors have no paths here");
  const { spools } = await openTest(context);
  const marker = Buffer.from("a secret that must not be found".repeat(40_000));
  const spool = spools.open();
  assert.equal(spool.add(marker), null);
  assert.ok((await read(spool)).equals(marker));
  const path = await fileOf();
  const sealed = await readFile(path);
  assert.ok(sealed.length > 500_000 && !sealed.includes("secret"));
  const file = await open(path, "r+");
  await file.write(Buffer.from([(sealed[70_000] ?? 0) ^ 1]), 0, 1, 70_000);
  await file.close();
  let passed = 0;
  await assert.rejects(
    async () => {
      for await (const chunk of spool.read()) passed += chunk.length;
    },
    { code: "postgres.spool_failed" },
  );
  assert.ok(passed < 400_000, "nothing of the changed block, or behind it");
  spool.close();
});

test("blocks in another order, or less of them, are an error", async (context) => {
  if (!hasDescriptors) return context.skip("descriptors have no paths here");
  const { spools } = await openTest(context);
  const block = 64 * 1024 + 16;
  for (const change of ["swapped", "cut"] as const) {
    const spool = spools.open();
    assert.equal(spool.add(sample(1_000_000)), null);
    await read(spool);
    const path = await fileOf();
    const sealed = await readFile(path);
    const file = await open(path, "r+");
    if (change === "swapped") {
      await file.write(sealed.subarray(block, 2 * block), 0, block, 0);
      await file.write(sealed.subarray(0, block), 0, block, block);
    } else await file.truncate(2 * block + 1);
    await file.close();
    await assert.rejects(read(spool), { code: "postgres.spool_failed" }, change);
    spool.close();
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test("a disk that fails is told at the next data, and not to be read", async (context) => {
  const { folder, spools } = await openTest(context);
  await rm(join(folder, "spool"), { recursive: true });
  const spool = spools.open();
  assert.equal(spool.add(sample(1_000_000)), null);
  await spool.ready();
  await assert.rejects(read(spool), { code: "postgres.spool_failed" });
  assert.equal(spool.add(sample(1)), "failed");
  spool.close();
  assert.equal(spools.bytes, 0);
});

test("data that comes byte by byte takes no more memory than its bytes", async (context) => {
  const { spools } = await openTest(context);
  const byte = Buffer.from("x");
  const opened = Array.from({ length: 20 }, () => spools.open());
  const before = process.memoryUsage().heapUsed;
  for (const spool of opened) for (let at = 0; at < 65_000; at += 1) spool.add(byte);
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 20 * 1024 * 1024, `${grown} bytes of heap for ${spools.bytes} of data`);
  for (const spool of opened) spool.close();
});
