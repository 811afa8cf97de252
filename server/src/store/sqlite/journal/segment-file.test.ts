import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { openDirectly } from "./direct-file.ts";
import { frameBytesMax } from "./frames.ts";
import {
  openSegmentFile,
  openThroughCache,
  prepareSegmentFile,
  type SegmentFile,
} from "./segment-file.ts";

const ways: Readonly<Record<string, (file: string) => SegmentFile>> = {
  "the best way": openSegmentFile,
  "the system's cache": (file) => openThroughCache(file, false),
  "the system's cache, with a flush of its own": (file) => openThroughCache(file, true),
};

for (const [way, open] of Object.entries(ways)) {
  test(`by ${way}, what was written stands where it was written, whatever its length, and nothing else changes`, async (t) => {
    const file = await prepared(t);
    const segment = open(file);
    const expected = fs.readFileSync(file);
    let end = 0;
    for (const blocks of [1, 2, 9, 33, Math.floor(frameBytesMax / segment.blockBytes), 1]) {
      const bytes = Buffer.alloc(blocks * segment.blockBytes, blocks % 251);
      await written(segment, bytes, end);
      bytes.copy(expected, end);
      end += bytes.length;
      assert.ok(fs.readFileSync(file).equals(expected), `${blocks} blocks`);
    }
    segment.close();
  });
}

test("memory that was found for direct writes takes every length of whole blocks that a frame can have", async (t) => {
  const direct = openDirectly(await prepared(t), frameBytesMax);
  if (direct === null) return t.skip("not on this file system");
  const { descriptor, memory, blockBytes } = direct;
  for (let bytes = blockBytes; bytes <= frameBytesMax; bytes += 7 * blockBytes) {
    assert.equal(fs.writeSync(descriptor, memory, 0, bytes, blockBytes), bytes);
  }
  fs.closeSync(descriptor);
});

function written(segment: SegmentFile, bytes: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    segment.write(bytes, position, (error) => (error === null ? resolve() : reject(error)));
  });
}

async function prepared(t: TestContext): Promise<string> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "countersign-segment-"));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, "segment");
  await prepareSegmentFile(file);
  return file;
}
