import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { TlogError } from "./errors.ts";
import {
  appendLeaves,
  completeSubtrees,
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  type ReadNode,
  rootOf,
  type TreeHead,
  verifyConsistency,
  verifyInclusion,
} from "./merkle.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const unhex = (text: string) => Buffer.from(text, "hex");

/** Stores nodes as a database would, appending in batches of the given sizes, repeated. */
function growTree(leafHashes: readonly Uint8Array[], batches: readonly number[] = [16]) {
  const nodes = new Map<string, Uint8Array>();
  let root = emptyRoot;
  let reads = 0;
  const readNode: ReadNode = (level, index) => {
    reads += 1;
    const hash = nodes.get(`${level}/${index}`);
    assert(hash, `node (${level}, ${index}) is read before it is complete`);
    return hash;
  };
  for (let size = 0, turn = 0; size < leafHashes.length; turn += 1) {
    const batch = leafHashes.slice(size, size + (batches[turn % batches.length] ?? 1));
    const grown = appendLeaves(size, batch, readNode);
    for (const { level, index, hash } of grown.nodes) {
      assert(!nodes.has(`${level}/${index}`), "a stored node is never written twice");
      nodes.set(`${level}/${index}`, hash);
    }
    root = grown.root;
    size += batch.length;
  }
  return { nodes, readNode, root, reads: () => reads };
}

/** RFC 6962 section 2.1 word by word: MTH, PATH and SUBPROOF over lists of leaf hashes. */
function naiveTree(leafHashes: readonly Uint8Array[]) {
  const known = new Map<string, Uint8Array>();
  const split = (size: number) => 2 ** Math.ceil(Math.log2(size) - 1);
  const mth = (start: number, end: number): Uint8Array => {
    const name = `${start}:${end}`;
    const hash = known.get(name) ?? compute(start, end);
    known.set(name, hash);
    return hash;
  };
  const compute = (start: number, end: number): Uint8Array => {
    if (end === start) return emptyRoot;
    if (end - start === 1) return leafHashes[start] ?? assert.fail();
    const k = split(end - start);
    return nodeHash(mth(start, start + k), mth(start + k, end));
  };
  const path = (m: number, start: number, end: number): Uint8Array[] => {
    if (end - start === 1) return [];
    const k = split(end - start);
    return m < k
      ? [...path(m, start, start + k), mth(start + k, end)]
      : [...path(m - k, start + k, end), mth(start, start + k)];
  };
  const subproof = (m: number, start: number, end: number, b: boolean): Uint8Array[] => {
    if (m === end - start) return b ? [] : [mth(start, end)];
    const k = split(end - start);
    return m <= k
      ? [...subproof(m, start, start + k, b), mth(start + k, end)]
      : [...subproof(m - k, start + k, end, false), mth(start, start + k)];
  };
  return {
    root: (size: number) => mth(0, size),
    inclusion: (index: number, size: number) => path(index, 0, size),
    consistency: (from: number, to: number) => subproof(from, 0, to, true),
  };
}

/** RFC 9162 section 2.1.3.2, in BigInt: another algorithm than the one under test. */
function rootFromInclusion(index: number, size: number, leaf: Uint8Array, proof: Uint8Array[]) {
  let fn = BigInt(index);
  let sn = BigInt(size) - 1n;
  let root = leaf;
  for (const hash of proof) {
    assert(sn !== 0n);
    if ((fn & 1n) === 1n || fn === sn) {
      root = nodeHash(hash, root);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      root = nodeHash(root, hash);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  assert.equal(sn, 0n);
  return root;
}

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => leafHash(Buffer.from(String(index))));

test("hashes are those of RFC 6962", () => {
  assert.equal(hex(emptyRoot), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert.equal(
    hex(leafHash(Buffer.from(""))),
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  );
  assert.equal(
    hex(leafHash(Buffer.from("L123456"))),
    "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56",
  );
  assert.equal(
    hex(nodeHash(Buffer.from("N123"), Buffer.from("N456"))),
    "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb",
  );
});

// The 8-leaf vectors of the Certificate Transparency reference implementation, as they stand in
// github.com/transparency-dev/merkle: testonly/constants.go and proof/verify_test.go.
const ctLeaves = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map((leaf) => leafHash(unhex(leaf)));

const ctRoots = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const ctHead = (size: number): TreeHead => ({ size, root: unhex(ctRoots[size] ?? assert.fail()) });

const ctInclusion: readonly { index: number; size: number; proof: readonly string[] }[] = [
  { index: 0, size: 1, proof: [] },
  {
    index: 0,
    size: 8,
    proof: [
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
  },
  {
    index: 5,
    size: 8,
    proof: [
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
  },
  {
    index: 2,
    size: 3,
    proof: ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
  },
  {
    index: 1,
    size: 5,
    proof: [
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
  },
];

const ctConsistency: readonly { from: number; to: number; proof: readonly string[] }[] = [
  { from: 1, to: 1, proof: [] },
  {
    from: 1,
    to: 8,
    proof: [
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
  },
  {
    from: 6,
    to: 8,
    proof: [
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
  },
  {
    from: 2,
    to: 5,
    proof: [
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
  },
];

test("the Certificate Transparency reference vectors come out, roots and proofs", () => {
  for (const [size, root] of ctRoots.entries()) {
    const tree = growTree(ctLeaves.slice(0, size), [3]);
    assert.equal(hex(tree.root), root);
    assert.equal(hex(rootOf(size, tree.readNode)), root);
  }
  const { readNode } = growTree(ctLeaves);
  for (const { index, size, proof } of ctInclusion) {
    assert.deepEqual(inclusionProof(index, size, readNode).map(hex), proof);
    const hash = ctLeaves[index] ?? assert.fail();
    verifyInclusion({ index, hash }, proof.map(unhex), ctHead(size));
  }
  for (const { from, to, proof } of ctConsistency) {
    assert.deepEqual(consistencyProof(from, to, readNode).map(hex), proof);
    verifyConsistency(ctHead(from), ctHead(to), proof.map(unhex));
  }
});

test("the roots of larger trees are those of the reference implementation", () => {
  // github.com/transparency-dev/merkle: compact/range_test.go, TestGetRootHashGolden.
  const golden: Readonly<Record<number, string>> = {
    10: "VjWMPSYNtCuCNlF/RLnQy6HcwSk6CIipfxm+hettA+4=",
    15: "j4SulYmocFuxdeyp12xXCIgK6PekBcxzAIj4zbQzNEI=",
    16: "c+4Uc6BCMOZf/v3NZK1kqTUJe+bBoFtOhP+P3SayKRE=",
    100: "dUh9hYH88p0CMoHkdr1wC2szbhcLAXOejWpINIooKUY=",
    255: "SmdsuKUqiod3RX2jyF2M6JnbdE4QuTwwipfAowI4/i0=",
    256: "qFI0t/tZ1MdOYgyPpPzHFiZVw86koScXy9q3FU5casA=",
    1000: "RXrgb8xHd55Y48FbfotJwCbV82Kx22LZfEbmBGAvwlQ=",
    4095: "cWRFdQhPcjn9WyBXE/r1f04ejxIm5lvg40DEpRBVS0w=",
    4096: "6uU/phfHg1n/GksYT6TO9aN8EauMCCJRl3dIK0HDs2M=",
    10000: "VZcav65F9haHVRk3wre2axFoBXRNeUh/1d9d5FQfxIg=",
    65535: "iPuVYJhP6SEE4gUFp8qbafd2rYv9YTCDYqAxCj8HdLM=",
  };
  const leaves = Array.from({ length: 65_535 }, (_, i) => leafHash(Buffer.of(i % 256, i >> 8)));
  const { readNode } = growTree(leaves, [64, 1, 300]);
  for (const [size, root] of Object.entries(golden)) {
    assert.equal(Buffer.from(rootOf(Number(size), readNode)).toString("base64"), root);
  }
});

const sizesMax = 300;
const leaves = numbered(sizesMax);
const tree = growTree(leaves, [1, 5, 64, 2]);
const naive = naiveTree(leaves);
const headOf = (size: number): TreeHead => ({ size, root: naive.root(size) });

test("roots and proofs of every size equal the definition in RFC 6962, and verify", () => {
  for (let size = 0; size <= sizesMax; size += 1) {
    assert.deepEqual(rootOf(size, tree.readNode), naive.root(size));
    for (let index = 0; index < size; index += 1) {
      const proof = inclusionProof(index, size, tree.readNode);
      assert.deepEqual(proof, naive.inclusion(index, size));
      verifyInclusion({ index, hash: leaves[index] ?? assert.fail() }, proof, headOf(size));
      const growth = consistencyProof(index + 1, size, tree.readNode);
      assert.deepEqual(growth, naive.consistency(index + 1, size));
      verifyConsistency(headOf(index + 1), headOf(size), growth);
    }
  }
});

test("a tree does not depend on how its leaves were batched", () => {
  const batches = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: sizesMax }), batches, (size, sizes) => {
      const grown = growTree(leaves.slice(0, size), sizes);
      assert.deepEqual(grown.root, naive.root(size));
      const complete = Array.from({ length: 10 }, (_, level) => Math.floor(size / 2 ** level));
      assert.equal(
        grown.nodes.size,
        complete.reduce((sum, nodes) => sum + nodes, 0),
        "every complete subtree is stored, and nothing else",
      );
    }),
  );
});

const sizeAndIndex = fc
  .integer({ min: 1, max: sizesMax })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat({ max: size - 1 }) }));
const flip = fc.record({ at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) });

test("an inclusion proof with one changed byte, hash, index or size proves nothing", () => {
  fc.assert(
    fc.property(sizeAndIndex, flip, ({ size, index }, { at, mask }) => {
      const hash = leaves[index] ?? assert.fail();
      const proof = naive.inclusion(index, size);
      const head = headOf(size);
      const parts = [hash, ...proof, head.root];
      const [badHash = hash, ...bad] = flipOne(parts, at, mask);
      const badRoot = bad.pop() ?? assert.fail();
      const refused = { name: "TlogError", code: "proof.root_mismatch" };
      assert.throws(
        () => verifyInclusion({ index, hash: badHash }, bad, { size, root: badRoot }),
        refused,
      );
      for (const other of [index - 1, index + 1, index + size]) {
        assert.throws(() => verifyInclusion({ index: other, hash }, proof, head), {
          code: /proof\.(root_mismatch|range_invalid|length_wrong)/,
        });
      }
      const wrongLength = { code: "proof.length_wrong" };
      assert.throws(() => verifyInclusion({ index, hash }, [...proof, hash], head), wrongLength);
      if (proof.length === 0) return;
      assert.throws(() => verifyInclusion({ index, hash }, proof.slice(1), head), wrongLength);
    }),
  );
});

test("a consistency proof with one changed byte or hash proves nothing", () => {
  fc.assert(
    fc.property(sizeAndIndex, flip, ({ size, index }, { at, mask }) => {
      const [from, to] = [headOf(index + 1), headOf(size)];
      const proof = naive.consistency(index + 1, size);
      const [badFrom = from.root, badTo = to.root, ...bad] = flipOne(
        [from.root, to.root, ...proof],
        at,
        mask,
      );
      assert.throws(
        () => verifyConsistency({ ...from, root: badFrom }, { ...to, root: badTo }, bad),
        { name: "TlogError", code: "proof.root_mismatch" },
      );
      const wrongLength = { code: "proof.length_wrong" };
      assert.throws(() => verifyConsistency(from, to, [...proof, to.root]), wrongLength);
      if (proof.length === 0) return;
      assert.throws(() => verifyConsistency(from, to, proof.slice(0, -1)), wrongLength);
      assert.throws(() => verifyConsistency(from, to, []), wrongLength);
    }),
  );
});

test("no proof is made or accepted outside the tree, from size 0, or for a broken size", () => {
  const head = headOf(5);
  const hash = leaves[0] ?? assert.fail();
  const outside = { name: "TlogError", code: "proof.range_invalid" };
  for (const index of [5, 6, -1, 0.5, Number.NaN]) {
    assert.throws(() => verifyInclusion({ index, hash }, [], head), outside);
    assert.throws(() => inclusionProof(index, 5, tree.readNode), outside);
  }
  assert.throws(() => verifyInclusion({ index: 0, hash: emptyRoot }, [], headOf(0)), outside);
  assert.throws(() => verifyConsistency(headOf(0), head, []), outside);
  assert.throws(() => verifyConsistency(headOf(6), head, []), outside);
  assert.throws(() => consistencyProof(0, 5, tree.readNode), outside);
  const broken = { name: "TlogError", code: "tree.size_invalid" };
  for (const size of [-1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
    assert.throws(() => verifyInclusion({ index: 0, hash }, [], { size, root: hash }), broken);
    assert.throws(() => rootOf(size, tree.readNode), broken);
    assert.throws(() => appendLeaves(size, [], tree.readNode), broken);
  }
  assert.throws(() => appendLeaves(Number.MAX_SAFE_INTEGER, [hash], tree.readNode), broken);
  assert.throws(() => verifyInclusion({ index: 0, hash }, [Buffer.alloc(31)], headOf(2)), {
    code: "proof.malformed",
  });
});

/** All leaves are equal but the last ones; so a node's hash depends on its level alone. */
function hugeTree(size: number) {
  const uniform = [leafHash(Buffer.from("same"))];
  for (let level = 1; level <= 53; level += 1) {
    const below = uniform[level - 1] ?? assert.fail();
    uniform.push(nodeHash(below, below));
  }
  const own = new Map<string, Uint8Array>();
  const readNode: ReadNode = (level, index) => {
    assert(Number.isSafeInteger(index) && (index + 1) * 2 ** level <= size + 3);
    return own.get(`${level}/${index}`) ?? uniform[level] ?? assert.fail();
  };
  const added = ["a", "b", "c"].map((text) => leafHash(Buffer.from(text)));
  const grown = appendLeaves(size, added, readNode);
  for (const { level, index, hash } of grown.nodes) own.set(`${level}/${index}`, hash);
  return { readNode, added, root: grown.root, uniform };
}

test("trees beyond 2^31 and 2^32 leaves, up to the largest safe size, are exact", () => {
  for (const size of [
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 + 5,
    2 ** 45 - 3,
    Number.MAX_SAFE_INTEGER - 3,
  ]) {
    const { readNode, added, root, uniform } = hugeTree(size);
    const head = { size: size + 3, root };
    assert.deepEqual(rootOf(size + 3, readNode), root);
    const checks = [
      ...added.map((hash, offset) => ({ index: size + offset, hash })),
      ...[0, 2 ** 31 - 2, size - 1].map((index) => ({ index, hash: uniform[0] ?? assert.fail() })),
    ];
    for (const { index, hash } of checks) {
      const proof = inclusionProof(index, head.size, readNode);
      verifyInclusion({ index, hash }, proof, head);
      assert.deepEqual(rootFromInclusion(index, head.size, hash, proof), root);
      if (index < size) continue;
      const alias = index - 2 ** 31;
      assert.throws(() => verifyInclusion({ index: alias, hash }, proof, head), TlogError);
    }
    const older = { size, root: rootOf(size, readNode) };
    verifyConsistency(older, head, consistencyProof(size, head.size, readNode));
  }
});

test("any range of leaves splits into the largest complete subtrees, beyond 2^32 too", () => {
  const bound = fc.oneof(
    fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    fc.nat({ max: 52 }).map((exponent) => 2 ** exponent),
  );
  fc.assert(
    fc.property(bound, bound, (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      let at = start;
      for (const { level, index } of completeSubtrees({ start, end })) {
        assert.equal(index * 2 ** level, at);
        const isLargest = index % 2 === 1 || at + 2 ** (level + 1) > end;
        assert(isLargest && Number.isInteger(index));
        at += 2 ** level;
      }
      assert.equal(at, end);
    }),
  );
  const wide = completeSubtrees({ start: 2 ** 32, end: 2 ** 34 });
  assert.deepEqual(wide, [
    { level: 32, index: 1 },
    { level: 33, index: 1 },
  ]);
});

test("appending costs one hash per leaf and few reads, however large the tree is", () => {
  const batches = 1000;
  const grown = growTree(numbered(16 * batches), [16]);
  assert(grown.nodes.size < 2 * 16 * batches, "at most one inner node per leaf");
  assert(grown.reads() <= 14 * batches, "at most log2(size) reads per batch");
});

/** Changes one byte of one of the parts. */
function flipOne(parts: readonly Uint8Array[], at: number, mask: number): Uint8Array[] {
  const all = Buffer.concat(parts);
  const position = at % all.length;
  all[position] = (all[position] ?? 0) ^ mask;
  return parts.map((_, part) => all.subarray(32 * part, 32 * part + 32));
}
