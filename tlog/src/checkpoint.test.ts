import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import {
  formatCheckpoint,
  parseCheckpoint,
  signCheckpoint,
  verifyCheckpoint,
} from "./checkpoint.ts";
import { flipByte } from "./memory-log.fixture.ts";
import { emptyRoot } from "./merkle.ts";
import { formatVerifierKey, generateKey, signNote } from "./note.ts";

const key = generateKey("example.com/behind-the-sofa");
const vkey = formatVerifierKey(key);
const malformed = { name: "TlogError", code: "checkpoint.malformed" };

// The example of C2SP tlog-checkpoint, without its signature.
const example =
  "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

test("the text of the specification's example is read and written as it stands", () => {
  const checkpoint = parseCheckpoint(example);
  assert.equal(checkpoint.origin, "example.com/behind-the-sofa");
  assert.equal(checkpoint.size, 20_852_163);
  assert.equal(formatCheckpoint(checkpoint), example);
});

test("a signed checkpoint gives back what was signed", () => {
  const head = { ...parseCheckpoint(example), size: Number.MAX_SAFE_INTEGER };
  const { signatures, ...verified } = verifyCheckpoint(signCheckpoint(head, key), vkey);
  assert.deepEqual(verified, head);
  assert.deepEqual(
    signatures.map(({ name }) => name),
    [key.name],
  );
});

test("a checkpoint is three lines in their one spelling; extension lines are refused", () => {
  const [origin, size, root] = example.split("\n");
  const bodies = [
    "\n",
    `${origin}\n${size}\n`,
    `\n${size}\n${root}\n`,
    `${origin}\n${size}\n${root}`,
    `${origin}\n${size}\n${root}\n\n`,
    `${origin}\n${size}\n${root}\nextension\n`,
    `${origin}\n${size}\n${root}\nextension`,
    `or igin\n${size}\n${root}\n`,
    ...[
      "",
      "-1",
      "+1",
      "01",
      "1.0",
      "1e3",
      "0x10",
      " 1",
      "9007199254740992",
      "99999999999999999",
    ].map((wrong) => `${origin}\n${wrong}\n${root}\n`),
    ...["", "AAAA", `${root}=`, root?.replace("2I=", "2J=")].map(
      (wrong) => `${origin}\n${size}\n${wrong}\n`,
    ),
  ];
  for (const body of bodies) {
    assert.throws(() => parseCheckpoint(body), malformed, JSON.stringify(body));
    const signable = body.trim() !== "" && body.endsWith("\n");
    if (signable) assert.throws(() => verifyCheckpoint(signNote(body, [key]), vkey), malformed);
  }
});

test("no checkpoint is made that would not be accepted", () => {
  const head = { origin: key.name, size: 0, root: emptyRoot };
  assert.equal(verifyCheckpoint(signCheckpoint(head, key), vkey).size, 0);
  for (const size of [-1, 0.5, 2 ** 53, 1e21, Number.NaN]) {
    assert.throws(() => signCheckpoint({ ...head, size }, key), malformed);
  }
  assert.throws(() => signCheckpoint({ ...head, root: Buffer.alloc(31) }, key), malformed);
});

test("the origin must be the name of the key", () => {
  const mismatch = { name: "TlogError", code: "checkpoint.origin_mismatch" };
  const head = { ...parseCheckpoint(example), origin: "example.com/other" };
  assert.throws(() => signCheckpoint(head, key), mismatch);
  const note = signNote(formatCheckpoint(head), [key]);
  assert.throws(() => verifyCheckpoint(note, vkey), mismatch);
});

test("a checkpoint with any one byte changed does not verify", () => {
  const signed = signCheckpoint(parseCheckpoint(example), key);
  const at = fc.nat({ max: Buffer.byteLength(signed) - 1 });
  fc.assert(
    fc.property(at, fc.integer({ min: 1, max: 255 }), (position, mask) => {
      const changed = flipByte(signed, position, mask);
      assert.throws(() => verifyCheckpoint(changed, vkey), { name: "TlogError" });
    }),
    { numRuns: 1000 },
  );
});
