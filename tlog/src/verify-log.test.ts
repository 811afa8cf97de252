import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { type LogReport, problemsMax } from "./log-report.ts";
import { flipByte, memoryLog, numberedLeaves } from "./memory-log.fixture.ts";
import { leafHash, nodeHash } from "./merkle.ts";
import { formatVerifierKey, generateKey } from "./note.ts";
import { type StoredLeaf, verifyLog } from "./verify-log.ts";

const sizeMax = 70;
const logs = Array.from({ length: sizeMax + 1 }, (_, size) => memoryLog(numberedLeaves(size)));
const logOf = (size: number) => logs[size] ?? assert.fail();
type Stored = ReturnType<ReturnType<typeof logOf>["stored"]>;

/** Verifies a copy of the log that `tamper` may change. */
async function verifyCopy(
  size: number,
  tamper: (stored: Stored) => void = () => {},
): Promise<LogReport> {
  const log = logOf(size);
  const stored = log.stored();
  tamper(stored);
  return verifyLog(inputOf(stored, log.checkpoint), log.vkey);
}

function inputOf({ leaves, nodes }: Stored, checkpoint: string) {
  const readStoredNode = (level: number, index: number) => nodes.get(`${level}/${index}`) ?? null;
  return { leaves, readStoredNode, checkpoint };
}

function named({ problems }: LogReport): string[] {
  return problems.map(({ index, code }) => `${code} ${index}`);
}

const forged = (text = "forged") => ({
  bytes: Buffer.from(text),
  storedHash: leafHash(Buffer.from(text)),
});

function alter({ leaves }: Stored, index: number, change: Partial<StoredLeaf>): void {
  leaves[index] = { ...(leaves[index] ?? assert.fail()), ...change };
}

test("a log as it was written is found intact, with its size and root", async () => {
  for (const [size, { head }] of logs.entries()) {
    const report = await verifyCopy(size);
    const root = Buffer.from(head.root).toString("base64");
    assert.deepEqual(report, { ok: true, size, root, problems: [] });
  }
});

const place = fc
  .integer({ min: 1, max: sizeMax })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat({ max: size - 1 }) }));

test("a changed leaf is named by its index, and nothing else is", async () => {
  await fc.assert(
    fc.asyncProperty(place, fc.nat(), async ({ size, index }, at) => {
      const report = await verifyCopy(size, (stored) => {
        const text = stored.leaves[index]?.bytes.toString() ?? assert.fail();
        alter(stored, index, { bytes: Buffer.from(flipByte(text, at, 1)) });
      });
      assert.deepEqual(named(report), [`leaf.hash_mismatch ${index}`]);
      assert.equal(report.ok, false);
    }),
  );
});

test("a changed stored hash is named by its index, and nothing else is", async () => {
  await fc.assert(
    fc.asyncProperty(place, async ({ size, index }) => {
      const { storedHash } = forged();
      const report = await verifyCopy(size, (stored) => alter(stored, index, { storedHash }));
      assert.deepEqual(named(report), [`leaf.hash_mismatch ${index}`]);
    }),
  );
});

test("a leaf changed with its stored hash is named by the pair that does not match", async () => {
  await fc.assert(
    fc.asyncProperty(place, async ({ size, index }) => {
      const report = await verifyCopy(size, (stored) => alter(stored, index, forged()));
      const pair = index - (index % 2);
      if (pair + 1 < size) {
        assert.deepEqual(named(report), ["subtree.altered null"]);
        const message = `leaves ${pair} to ${pair + 1} and the stored tree do not match`;
        assert.equal(report.problems[0]?.message, message);
      } else {
        assert.deepEqual(named(report), ["root.mismatch null"], "no stored node covers this leaf");
      }
    }),
  );
});

test("where leaf hashes are stored among the nodes too, that leaf is named itself", async () => {
  await fc.assert(
    fc.asyncProperty(place, async ({ size, index }) => {
      const report = await verifyCopy(size, (stored) => {
        for (const leaf of stored.leaves) stored.nodes.set(`0/${leaf.index}`, leaf.storedHash);
        alter(stored, index, forged());
      });
      assert.deepEqual(named(report), [`leaf.altered ${index}`]);
    }),
  );
});

test("a leaf changed with the nodes above it is named by the smallest subtree that is not", async () => {
  const report = await verifyCopy(32, (stored) => {
    alter(stored, 13, forged());
    const pair = nodeHash(stored.leaves[12]?.storedHash ?? assert.fail(), forged().storedHash);
    const four = nodeHash(pair, stored.nodes.get("1/7") ?? assert.fail());
    stored.nodes.set("1/6", pair).set("2/3", four);
  });
  assert.deepEqual(named(report), ["subtree.altered null"]);
  assert.match(report.problems[0]?.message ?? "", /^leaves 8 to 15 /);
});

test("a tree rewritten as a whole, but not signed anew, is found out by its root", async () => {
  const other = memoryLog([...numberedLeaves(20), Buffer.from("forged"), ...numberedLeaves(10)]);
  const log = logOf(31);
  const report = await verifyLog(inputOf(other.stored(), log.checkpoint), log.vkey);
  assert.deepEqual(named(report), ["root.mismatch null"]);
  assert.equal(report.root, Buffer.from(other.head.root).toString("base64"));
});

test("several changes are each named once", async () => {
  const report = await verifyCopy(70, (stored) => {
    alter(stored, 3, { bytes: Buffer.from("forged") });
    alter(stored, 20, forged());
    alter(stored, 21, { storedHash: Buffer.alloc(7) });
    alter(stored, 40, forged());
    alter(stored, 60, { bytes: Buffer.from("forged") });
    stored.nodes.set("2/7", Buffer.alloc(32));
  });
  assert.deepEqual(named(report), [
    "leaf.hash_mismatch 3",
    "leaf.hash_mismatch 21",
    "subtree.altered null",
    "subtree.altered null",
    "subtree.altered null",
    "leaf.hash_mismatch 60",
  ]);
  const altered = report.problems.filter(({ code }) => code === "subtree.altered");
  const starts = altered.map(({ message }) => message.slice(0, 15));
  assert.deepEqual(starts, ["leaves 20 to 21", "leaves 28 to 31", "leaves 40 to 41"]);
});

test("a changed stored node does not accuse leaves that the checkpoint proves", async () => {
  for (const size of [2, 31, 64, 70]) {
    for (const node of logOf(size).stored().nodes.keys()) {
      const report = await verifyCopy(size, ({ nodes }) => nodes.set(node, Buffer.alloc(32, 1)));
      assert.deepEqual(named(report), ["node.altered null"], node);
      assert.match(
        report.problems[0]?.message ?? "",
        new RegExp(`\\(${node.replace("/", ", ")}\\)`),
      );
    }
  }
  const last = await verifyCopy(5, ({ nodes }) => nodes.set("0/4", Buffer.alloc(32, 1)));
  assert.deepEqual(named(last), ["node.altered 4"]);
});

test("missing leaves are named, and do not hide other changes", async () => {
  await fc.assert(
    fc.asyncProperty(place, async ({ size, index }) => {
      const report = await verifyCopy(size, ({ leaves }) => leaves.splice(index, 1));
      assert.deepEqual(named(report), [`leaf.missing ${index}`]);
      assert.equal(report.root, null);
    }),
  );
  const report = await verifyCopy(70, (stored) => {
    alter(stored, 50, { bytes: Buffer.from("forged") });
    stored.leaves.splice(60);
    stored.leaves.splice(4, 9);
  });
  assert.deepEqual(
    report.problems.map(({ message }) => message),
    [
      "leaves 4 to 12 are missing",
      "the bytes of leaf 50 do not match its stored hash",
      "leaves 60 to 69 are missing",
    ],
  );
});

test("stored nodes stand in for missing leaves, but never count as their proof", async () => {
  const report = await verifyCopy(64, (stored) => {
    alter(stored, 10, forged());
    stored.leaves.splice(4, 4);
  });
  assert.deepEqual(named(report), ["leaf.missing 4", "subtree.altered null"]);
  const missing = await verifyCopy(64, ({ leaves }) => leaves.splice(0, 32));
  assert.deepEqual(named(missing), ["leaf.missing 0"]);
  assert.equal(missing.root, null);
});

test("a repeated leaf, one out of order and one beyond the checkpoint are named", async () => {
  const repeated = await verifyCopy(9, ({ leaves }) => {
    leaves.splice(5, 0, leaves[4] ?? assert.fail());
  });
  assert.deepEqual(named(repeated), ["leaf.repeated 4"]);
  const swapped = await verifyCopy(9, ({ leaves }) => {
    leaves.splice(4, 2, leaves[5] ?? assert.fail(), leaves[4] ?? assert.fail());
  });
  assert.deepEqual(named(swapped), ["leaf.missing 4", "leaf.repeated 4"]);
  const longer = await verifyCopy(9, ({ leaves }) => {
    leaves.push({ index: 9, ...forged() }, { index: 2 ** 52, ...forged() });
  });
  assert.deepEqual(named(longer), ["leaf.uncovered 9", `leaf.uncovered ${2 ** 52}`]);
});

test("without a valid checkpoint the leaves are still compared with what is stored", async () => {
  const log = logOf(20);
  const stranger = formatVerifierKey(generateKey("log.test"));
  const unsigned = await verifyLog(inputOf(log.stored(), log.checkpoint), stranger);
  assert.deepEqual(named(unsigned), ["note.unsigned null"]);
  assert.equal(unsigned.size, 20);
  for (const [checkpoint, vkey, code] of [
    ["", log.vkey, "note.malformed"],
    [log.checkpoint.replace("\n20\n", "\n21\n"), log.vkey, "note.signature_invalid"],
    [log.checkpoint, "no key", "key.malformed"],
  ] as const) {
    const stored = log.stored();
    alter(stored, 6, forged());
    stored.leaves.push({ index: Number.MAX_SAFE_INTEGER - 1, ...forged() });
    const report = await verifyLog(inputOf(stored, checkpoint), vkey);
    const expected = [`${code} null`, "subtree.altered null", "leaf.missing 20"];
    assert.deepEqual(named(report), expected);
  }
});

test("an older checkpoint does not pass for a longer log, nor a newer one for a cut log", async () => {
  const { leaves, nodes } = logOf(20).stored();
  const longer = { leaves: [...leaves, { index: 20, ...forged() }], nodes };
  const { checkpoint, vkey } = logOf(20);
  assert.deepEqual(named(await verifyLog(inputOf(longer, checkpoint), vkey)), [
    "leaf.uncovered 20",
  ]);
  const cut = { leaves: leaves.slice(0, 19), nodes };
  assert.deepEqual(named(await verifyLog(inputOf(cut, checkpoint), vkey)), ["leaf.missing 19"]);
});

test("entries of any shape are reported, never thrown", async () => {
  const nothing = null as unknown as Uint8Array;
  const text = "text" as unknown as Uint8Array;
  const broken = await verifyCopy(9, (stored) => {
    alter(stored, 3, { bytes: nothing });
    alter(stored, 5, { storedHash: text });
    alter(stored, 6, { storedHash: nothing });
    for (const index of [-1, 0.5, Number.NaN, "7" as unknown as number]) {
      stored.leaves.push({ index, ...forged() });
    }
  });
  assert.deepEqual(named(broken), [
    "leaf.malformed 3",
    "leaf.hash_mismatch 5",
    "leaf.hash_mismatch 6",
    ...Array.from({ length: 4 }, () => "leaf.malformed null"),
  ]);
});

test("what can't be read is reported where reading stopped", async () => {
  const { leaves } = logOf(20).stored();
  const { checkpoint, vkey } = logOf(20);
  async function* failing() {
    yield* leaves.slice(0, 12);
    throw new Error("disk image is malformed");
  }
  const readStoredNode = () => null;
  const cut = await verifyLog({ leaves: failing(), readStoredNode, checkpoint }, vkey);
  assert.deepEqual(named(cut), ["input.unreadable 12"]);
  assert.match(cut.problems[0]?.message ?? "", /disk image is malformed/);
  const noNodes = () => {
    throw new Error("no such table");
  };
  const nodeless = await verifyLog({ leaves, readStoredNode: noNodes, checkpoint }, vkey);
  assert.deepEqual(named(nodeless), ["input.unreadable 1"]);
  assert.equal(nodeless.ok, false);
});

test("problems are bounded, and the rest is counted", async () => {
  const leaves = numberedLeaves(problemsMax + 31);
  const log = memoryLog(leaves);
  const stored = log.stored();
  for (const index of leaves.keys()) alter(stored, index, { bytes: Buffer.from("forged") });
  const report = await verifyLog(inputOf(stored, log.checkpoint), log.vkey);
  assert.equal(report.problems.length, problemsMax + 1);
  assert.deepEqual(report.problems.at(-2), {
    index: problemsMax - 1,
    code: "leaf.hash_mismatch",
    message: `the bytes of leaf ${problemsMax - 1} do not match its stored hash`,
  });
  assert.deepEqual(report.problems.at(-1), {
    index: null,
    code: "problems.more",
    message: "and 31 more problems",
  });
});

test("leaves stream: none is kept, so a reader may fill the same buffers again", async () => {
  const { checkpoint, vkey, stored } = logOf(70);
  const copy = stored();
  alter(copy, 8, { bytes: Buffer.from("forged") });
  const bytes = Buffer.alloc(10);
  const storedHash = Buffer.alloc(32);
  async function* reusing() {
    for (const leaf of copy.leaves) {
      bytes.set(leaf.bytes);
      storedHash.set(leaf.storedHash);
      yield { index: leaf.index, bytes: bytes.subarray(0, leaf.bytes.length), storedHash };
    }
  }
  const input = { ...inputOf(copy, checkpoint), leaves: reusing() };
  assert.deepEqual(named(await verifyLog(input, vkey)), ["leaf.hash_mismatch 8"]);
});

test("no change of leaves, hashes, nodes or order passes", async () => {
  const change = fc.record({
    kind: fc.constantFrom("bytes", "hash", "both", "cut", "repeat", "swap", "node"),
    at: fc.nat(),
  });
  const changes = fc.array(change, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: sizeMax }), changes, async (size, list) => {
      const before = JSON.stringify(logOf(size).stored().leaves);
      const report = await verifyCopy(size, (stored) => {
        for (const { kind, at } of list) applyChange(stored, kind, at);
        const isUndone = JSON.stringify(stored.leaves) === before;
        fc.pre(!isUndone || list.some(({ kind }) => kind === "node"));
      });
      assert.equal(report.ok, false);
    }),
    { numRuns: 300 },
  );
});

function applyChange(stored: Stored, kind: string, at: number): void {
  const { leaves, nodes } = stored;
  const index = at % leaves.length;
  const leaf = leaves[index];
  const node = [...nodes.keys()][at % nodes.size];
  if (leaf === undefined || node === undefined) return;
  if (kind === "bytes") leaves[index] = { ...leaf, bytes: forged(`${at}`).bytes };
  if (kind === "hash") leaves[index] = { ...leaf, storedHash: forged(`${at}`).storedHash };
  if (kind === "both") leaves[index] = { ...leaf, ...forged(`${at}`) };
  if (kind === "cut") leaves.splice(index, 1);
  if (kind === "repeat") leaves.splice(index, 0, leaf);
  if (kind === "swap") leaves.push(...leaves.splice(index, 1));
  if (kind === "node") nodes.set(node, leafHash(Buffer.from(node)));
}
