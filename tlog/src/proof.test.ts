import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { flipByte, memoryLog, numberedLeaves } from "./memory-log.fixture.ts";
import { formatVerifierKey, generateKey } from "./note.ts";
import { proofCharsMax, proofHashesMax } from "./parse.ts";
import { formatProof, parseProof, verifyProof } from "./proof.ts";

const leaves = numberedLeaves(73);
const log = memoryLog(leaves);
const leafOf = (index: number) => leaves[index] ?? assert.fail();
const malformed = { name: "TlogError", code: "proof.malformed" };

test("a proof file proves its leaf, and says for which tree", () => {
  for (const index of leaves.keys()) {
    const proven = verifyProof(log.proofFile(index), leafOf(index), log.vkey);
    assert.deepEqual(proven, { ...log.head, index });
  }
  const single = memoryLog(numberedLeaves(1));
  assert.equal(verifyProof(single.proofFile(0), leafOf(0), single.vkey).size, 1);
});

test("the file has the lines of C2SP tlog-proof@v1", () => {
  const small = memoryLog(numberedLeaves(3));
  const { checkpoint } = small;
  const hashes = small.leafAt(2).proof.map((hash) => Buffer.from(hash).toString("base64"));
  assert.equal(hashes.length, 1);
  assert.equal(
    small.proofFile(2, Buffer.from("more")),
    `c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 2\n${hashes.join()}\n\n${checkpoint}`,
  );
  assert.equal(
    small.proofFile(2),
    `c2sp.org/tlog-proof@v1\nindex 2\n${hashes.join()}\n\n${checkpoint}`,
  );
});

test("a file is read back as it was written", () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const file = fc.record({
    extra: fc.option(fc.uint8Array({ maxLength: 100 })),
    index: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    hashes: fc.array(hash, { maxLength: proofHashesMax }),
    checkpoint: fc.constantFrom(log.checkpoint, "", "\n\n", "any\n\ntext"),
  });
  fc.assert(
    fc.property(file, (proof) => {
      const read = parseProof(formatProof(proof));
      assert.deepEqual(
        { ...read, extra: read.extra && [...read.extra], hashes: read.hashes.map((h) => [...h]) },
        {
          ...proof,
          extra: proof.extra && [...proof.extra],
          hashes: proof.hashes.map((h) => [...h]),
        },
      );
    }),
  );
});

test("a proof of another leaf, log or key is refused", () => {
  const file = log.proofFile(5);
  assert.throws(() => verifyProof(file, leafOf(6), log.vkey), { code: "proof.root_mismatch" });
  const stranger = formatVerifierKey(generateKey("log.test"));
  assert.throws(() => verifyProof(file, leafOf(5), stranger), { code: "note.unsigned" });
  const moved = file.replace("index 5\n", "index 6\n");
  assert.throws(() => verifyProof(moved, leafOf(5), log.vkey), { code: "proof.root_mismatch" });
  const outside = file.replace("index 5\n", "index 73\n");
  assert.throws(() => verifyProof(outside, leafOf(5), log.vkey), { code: "proof.range_invalid" });
});

test("what is not a proof file is refused", () => {
  const file = log.proofFile(5, Buffer.from("more"));
  const [line = "", extra = "", index = "", hash = ""] = file.split("\n");
  const broken = [
    "",
    "\n\n",
    line,
    file.replace("@v1", "@v2"),
    file.replaceAll("\n", "\r\n"),
    ` ${file}`,
    file.replace(`${index}\n`, ""),
    file.replace(index, "index 05"),
    file.replace(index, "index -5"),
    file.replace(index, "index 9007199254740992"),
    file.replace(index, "Index 5"),
    file.replace(`${extra}\n${index}`, `${index}\n${extra}`),
    file.replace(extra, `${extra}\n${extra}`),
    file.replace(extra, "extra !"),
    file.replace(extra, "extra bW9yZR=="),
    file.replace(hash, "AAAA"),
    file.replace(hash, `${hash} `),
    file.slice(0, file.indexOf("\n\n") + 1),
  ];
  for (const text of broken) assert.throws(() => parseProof(text), malformed, text.slice(0, 200));
});

test("a file and its proof are bounded", () => {
  const tooLarge = { name: "TlogError", code: "input.too_large" };
  assert.throws(() => parseProof("a".repeat(proofCharsMax + 1)), tooLarge);
  const hashes = Array.from({ length: proofHashesMax + 1 }, () => Buffer.alloc(32));
  const { checkpoint } = log;
  assert.throws(() => formatProof({ extra: null, index: 0, hashes, checkpoint }), tooLarge);
});

test("a proof file with any one byte changed, outside of extra, proves nothing", () => {
  const file = log.proofFile(70);
  const at = fc.nat({ max: Buffer.byteLength(file) - 1 });
  fc.assert(
    fc.property(at, fc.integer({ min: 1, max: 255 }), (position, mask) => {
      const changed = flipByte(file, position, mask);
      assert.throws(() => verifyProof(changed, leafOf(70), log.vkey), { name: "TlogError" });
    }),
    { numRuns: 2000 },
  );
});
