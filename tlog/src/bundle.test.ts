import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { type BundleLeaf, formatBundle, verifyBundle } from "./bundle.ts";
import { flipByte, memoryLog, numberedLeaves } from "./memory-log.fixture.ts";
import { bundleLeavesMax, leafBytesMax } from "./parse.ts";
import { formatProof, parseProof, verifyProof } from "./proof.ts";

const leaves = [...numberedLeaves(40), Buffer.from([0x00, 0xff, 0x80]), Buffer.alloc(0)];
const log = memoryLog(leaves);
const indexes = [3, 4, 17, 40];
const file = log.bundle(indexes);

test("a bundle gives back exactly the leaves it was made of, proven", () => {
  const { leaves: proven, ...head } = verifyBundle(file, log.vkey);
  assert.deepEqual(head, log.head);
  assert.deepEqual(
    proven,
    indexes.map((index) => ({ index, bytes: leaves[index] })),
  );
});

test("a bundle is a proof file that any tool for tlog-proof@v1 verifies for the last leaf", () => {
  const last = indexes.at(-1) ?? assert.fail();
  const proven = verifyProof(file, leaves[last] ?? assert.fail(), log.vkey);
  assert.equal(proven.index, last);
});

test("the extra line holds the documented canonical JSON", () => {
  const small = memoryLog(numberedLeaves(2));
  const { extra } = parseProof(small.bundle([1]));
  const sibling = Buffer.from(small.readNode(0, 0)).toString("base64");
  assert.equal(
    Buffer.from(extra ?? "").toString(),
    `{"format":"countersign/bundle/v1","leaves":[{"index":1,"leaf":"eyJuIjoxfQ==","proof":["${sibling}"]}]}`,
  );
});

test("any selection of leaves can be bundled", () => {
  const selection = fc.uniqueArray(fc.nat({ max: leaves.length - 1 }), { minLength: 1 });
  fc.assert(
    fc.property(selection, (chosen) => {
      const ascending = chosen.toSorted((a, b) => a - b);
      const proven = verifyBundle(log.bundle(ascending), log.vkey).leaves;
      assert.deepEqual(
        proven.map(({ index }) => index),
        ascending,
      );
    }),
  );
});

test("a bundle with any one byte changed proves nothing, extra included", () => {
  const at = fc.nat({ max: Buffer.byteLength(file) - 1 });
  fc.assert(
    fc.property(at, fc.integer({ min: 1, max: 255 }), (position, mask) => {
      const changed = flipByte(file, position, mask);
      assert.throws(() => verifyBundle(changed, log.vkey), { name: "TlogError" });
    }),
    { numRuns: 3000 },
  );
});

test("a leaf that the checkpoint does not prove is named", () => {
  const forged = { ...log.leafAt(4), bytes: Buffer.from("forged") };
  const bundle = formatBundle([log.leafAt(3), forged, log.leafAt(17)], log.checkpoint);
  assert.throws(() => verifyBundle(bundle, log.vkey), {
    name: "TlogError",
    code: "bundle.leaf_unproven",
    message: /^leaf 4 /,
  });
  const beyond = { ...log.leafAt(17), index: leaves.length };
  assert.throws(() => verifyBundle(formatBundle([beyond], log.checkpoint), log.vkey), {
    code: "bundle.leaf_unproven",
  });
});

test("the file's own proof is demanded too, not only that inside extra", () => {
  const { proof, ...last } = log.leafAt(17);
  const { extra, checkpoint } = parseProof(log.bundle([17]));
  for (const hashes of [[], proof.toReversed(), log.leafAt(16).proof]) {
    const bundle = formatProof({ extra, index: last.index, hashes, checkpoint });
    assert.throws(() => verifyBundle(bundle, log.vkey), { code: "bundle.leaf_unproven" });
  }
});

test("indexes ascend, none twice, and the last one is the file's own", () => {
  const wrong = { name: "TlogError", code: "bundle.order_wrong" };
  for (const order of [
    [4, 3],
    [3, 3],
    [3, 17, 4],
  ]) {
    assert.throws(() => log.bundle(order), wrong);
    assert.throws(() => verifyBundle(rewritten(order.map(log.leafAt)), log.vkey), wrong);
  }
  const { extra, hashes, checkpoint } = parseProof(file);
  const other = formatProof({ extra, index: 17, hashes, checkpoint });
  assert.throws(() => verifyBundle(other, log.vkey), wrong);
});

test("extra that is not a bundle in its one spelling is refused", () => {
  const { extra, ...rest } = parseProof(file);
  const json = Buffer.from(extra ?? "").toString();
  const broken: (string | null)[] = [
    null,
    "",
    "null",
    "[]",
    '"text"',
    "{",
    "{}",
    '{"format":"countersign/bundle/v1","leaves":[]}',
    '{"format":"countersign/bundle/v1","leaves":{"length":1}}',
    '{"format":"countersign/bundle/v1","leaves":[null]}',
    "[".repeat(100_000),
    json.replace("bundle/v1", "bundle/v2"),
    json.replace('{"format"', '{ "format"'),
    json.replace('"index":3', '"index":3.0'),
    json.replace('"index":3', '"index":"3"'),
    json.replace('"index":3', '"index":3,"index":3'),
    json.replace('"index":3', '"more":1,"index":3'),
    json.replace('{"format"', '{"__proto__":{"x":1},"format"'),
    json.replace('"proof":[', '"proof":[null,'),
    json.replace('"proof":[', '"proof":["",'),
    json.replace('"leaf":"', '"leaf":" '),
    json.replace(/"leaf":"[^"]*"/, '"leaf":7'),
    `${json}\n`,
    `\u00ef\u00bb\u00bf${json}`,
  ];
  for (const text of broken) {
    const bundle = formatProof({
      ...rest,
      extra: text === null ? null : Buffer.from(text, "latin1"),
    });
    assert.throws(
      () => verifyBundle(bundle, log.vkey),
      { name: "TlogError", code: "bundle.malformed" },
      String(text).slice(0, 200),
    );
  }
});

test("the number and the length of leaves are bounded", () => {
  const tooLarge = { name: "TlogError", code: "input.too_large" };
  const leaf = log.leafAt(3);
  const many = Array.from({ length: bundleLeavesMax + 1 }, (_, index) => ({ ...leaf, index }));
  assert.throws(() => formatBundle(many, log.checkpoint), tooLarge);
  assert.throws(() => verifyBundle(rewritten(many), log.vkey), tooLarge);
  const long = [{ ...leaf, bytes: Buffer.alloc(leafBytesMax + 1) }];
  assert.throws(() => formatBundle(long, log.checkpoint), tooLarge);
  assert.throws(() => verifyBundle(rewritten(long), log.vkey), tooLarge);
  const longest = memoryLog([Buffer.alloc(leafBytesMax, 7)]);
  assert.equal(verifyBundle(longest.bundle([0]), longest.vkey).leaves.length, 1);
});

/** A bundle that `formatBundle` would refuse to write. */
function rewritten(of: readonly BundleLeaf[]): string {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  const extra = JSON.stringify({
    format: "countersign/bundle/v1",
    leaves: of.map(({ index, bytes, proof }) => {
      return { index, leaf: base64(bytes), proof: proof.map(base64) };
    }),
  });
  const { index, proof } = of.at(-1) ?? assert.fail();
  const { checkpoint } = log;
  return formatProof({ extra: Buffer.from(extra), index, hashes: proof, checkpoint });
}
