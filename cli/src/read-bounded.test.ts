import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readBounded } from "./read-bounded.ts";

test("a file is read up to its bound, and refused beyond", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "countersign-bounded-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "file");
  for (const text of ["", "é", "four"]) {
    await writeFile(file, text);
    assert.equal(await readBounded(file, 4), text);
  }
  await writeFile(file, "fives");
  await assert.rejects(readBounded(file, 4), /too large/);
});

test("what has no end is read no further than its bound", {
  skip: !existsSync("/dev/zero"),
}, async () => {
  await assert.rejects(readBounded("/dev/zero", 100_000), /too large/);
});
