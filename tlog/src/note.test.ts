import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { flipByte } from "./memory-log.fixture.ts";
import {
  formatNote,
  formatSigningKey,
  formatVerifierKey,
  generateKey,
  parseNote,
  parseSigningKey,
  parseVerifierKey,
  signNote,
  verifyNote,
} from "./note.ts";
import { noteCharsMax, signaturesMax } from "./parse.ts";

// The keys, the text and the signatures of golang.org/x/mod/sumdb/note: note_test.go.
const peterSecret =
  "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const peter = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const enoch = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const peterText =
  "If you think cryptography is the answer to your problem,\n" +
  "then you don't know what your problem is.\n";
const peterLine =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const enochLine =
  "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
const note = `${peterText}\n${peterLine}`;

const malformed = { name: "TlogError", code: "note.malformed" };

test("signing gives the note of Go's sumdb byte for byte, and it verifies", () => {
  assert.equal(signNote(peterText, [parseSigningKey(peterSecret)]), note);
  assert.equal(verifyNote(note, [peter]).text, peterText);
  assert.equal(formatNote(parseNote(note)), note);
});

test("keys survive their text forms, and no changed or cut one is accepted", () => {
  assert.equal(formatVerifierKey(parseVerifierKey(peter)), peter);
  assert.equal(formatVerifierKey(parseSigningKey(peterSecret)), peter);
  assert.equal(formatSigningKey(parseSigningKey(peterSecret)), peterSecret);
  const generated = generateKey("log.example/one");
  assert.equal(
    formatSigningKey(parseSigningKey(formatSigningKey(generated))),
    formatSigningKey(generated),
  );
  const cases = [
    { key: peter, parse: parseVerifierKey },
    { key: peterSecret, parse: parseSigningKey },
  ];
  for (const { key, parse } of cases) {
    for (const at of Array.from(key).keys()) {
      for (const broken of [flipByte(key, at, 1), key.slice(0, at), key.slice(at + 1)]) {
        assert.throws(() => parse(broken), { name: "TlogError", code: /^key\./ }, `at ${at}`);
      }
    }
  }
  // From the same source: a key of wrong length and one of unknown type, with fitting key ids.
  const tooLong = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==";
  assert.throws(() => parseVerifierKey(tooLong), { code: "key.malformed" });
  const unknownType = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  assert.throws(() => parseVerifierKey(unknownType), { code: "key.unsupported" });
});

test("a secret key shows itself neither in an error nor when it is printed", () => {
  const seed = peterSecret.slice(-20);
  for (const broken of [`${peterSecret}A`, peterSecret.replace("c74f20a3", "c74f20a4")]) {
    assert.throws(
      () => parseSigningKey(broken),
      (error: Error) => !`${error.stack} ${JSON.stringify(error)}`.includes(seed),
    );
  }
  assert(!JSON.stringify(parseSigningKey(peterSecret)).includes(seed));
});

test("names with spaces, plus signs or control characters are refused", () => {
  for (const name of ["", "a b", "a+b", "a\tb", "a\u00a0b", "a\u0085b", "a\u0001b", "\ud800"]) {
    assert.throws(() => generateKey(name), { code: "key.malformed" }, JSON.stringify(name));
  }
});

test("signatures of unknown keys are ignored, those of known keys are all demanded", () => {
  const both = note + enochLine;
  assert.deepEqual(signersOf(both, [peter]), ["PeterNeumann"]);
  assert.deepEqual(signersOf(both, [enoch]), ["EnochRoot"]);
  assert.deepEqual(signersOf(both, [enoch, peter]), ["EnochRoot", "PeterNeumann"]);
  const unsigned = { name: "TlogError", code: "note.unsigned" };
  assert.throws(() => verifyNote(note, [enoch]), unsigned);
  assert.throws(() => verifyNote(note, []), unsigned);
  const wrong = `${note}${enochLine.slice(0, 60)}ABCD${enochLine.slice(60)}`;
  assert.deepEqual(signersOf(wrong, [peter]), ["PeterNeumann"]);
  assert.throws(() => verifyNote(wrong, [peter, enoch]), {
    name: "TlogError",
    code: "note.signature_invalid",
  });
});

test("a key counts once, however often it signed or is named", () => {
  assert.deepEqual(signersOf(note + peterLine, [peter, peter]), ["PeterNeumann"]);
});

test("a right signature does not excuse a wrong one by the same key", () => {
  const wrong = peterLine.replace("ZJkuBS", "ZJkuBT");
  for (const signatures of [peterLine + wrong, wrong + peterLine]) {
    assert.throws(() => verifyNote(`${peterText}\n${signatures}`, [peter]), {
      code: "note.signature_invalid",
    });
  }
});

test("a key that shares only the name or only the id of a signature is another key", () => {
  const twin = generateKey("PeterNeumann");
  assert.throws(() => verifyNote(note, [formatVerifierKey(twin)]), { code: "note.unsigned" });
  const renamed = note.replace("— PeterNeumann", "— PeterNeuman");
  assert.throws(() => verifyNote(renamed, [peter]), { code: "note.unsigned" });
});

test("what is not a signed note is refused", () => {
  const broken = [
    "",
    "\n\n",
    peterText,
    `${peterText}\n`,
    note.slice(0, -1),
    `\u0001${note}`,
    `\ud800${note}`,
    note.replace("\n\n", "\r\n\r\n"),
    `${note}Unexpected line.\n`,
    `${note}\n`,
    `${peterText}\n— Bad Name x08go/ZJkuBS9UG=\n`,
    `${peterText}\n— Name  AAAAAAA=\n`,
    `${peterText}\n- PeterNeumann x08go/ZJkuBS9UG=\n`,
    `${peterText}\n— PeterNeumann x08goA==\n`,
    `${peterText}\n${peterLine.trimEnd()} more\n`,
    ...["", "Peter+Neumann", "Peter\u00a0Neumann"].map((name) => {
      return `${peterText}\n${peterLine.replace("PeterNeumann", name)}`;
    }),
    `${peterText}\n— PeterNeumann x08go/ZJ!\n`,
    note.replace("nAM=\n", "nAN=\n"),
    note.replace("nAM=\n", "nAM\n"),
  ];
  for (const text of broken) {
    assert.throws(() => verifyNote(text, [peter]), malformed, JSON.stringify(text));
  }
});

test("texts that would not read back as themselves are not signed", () => {
  const key = parseSigningKey(peterSecret);
  for (const text of ["", "no newline", "tab\t\n", "\ud800\n", `a\n\n${peterLine.trimEnd()}`]) {
    assert.throws(() => signNote(text, [key]), malformed, JSON.stringify(text));
  }
  assert.throws(() => signNote(peterText, []), malformed);
});

test("notes may hold blank lines; sizes and signatures are bounded", () => {
  const key = parseSigningKey(peterSecret);
  const text = "\n\nfirst\n\n\nlast\n\n";
  assert.equal(verifyNote(signNote(text, [key]), [peter]).text, text);
  const tooLarge = { name: "TlogError", code: "input.too_large" };
  const lines = (count: number) => note + enochLine.repeat(count - 1);
  assert.equal(verifyNote(lines(signaturesMax), [peter]).signatures.length, 1);
  assert.throws(() => verifyNote(lines(signaturesMax + 1), [peter]), tooLarge);
  assert.throws(() => parseNote("a".repeat(noteCharsMax + 1)), tooLarge);
});

test("a note with any one byte changed does not verify", () => {
  const mask = fc.integer({ min: 1, max: 255 });
  fc.assert(
    fc.property(fc.nat({ max: Buffer.byteLength(note) - 1 }), mask, (at, bits) => {
      assert.throws(() => verifyNote(flipByte(note, at, bits), [peter]), { name: "TlogError" });
    }),
    { numRuns: 2000 },
  );
});

test("any text that can be signed comes back as it was", () => {
  const key = generateKey("any.example");
  const line = fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => {
    // oxlint-disable-next-line no-control-regex
    return text.isWellFormed() && !/[\u0000-\u001f]/u.test(text);
  });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
      const text = `${lines.join("\n")}\n`;
      assert.equal(verifyNote(signNote(text, [key]), [formatVerifierKey(key)]).text, text);
    }),
  );
});

function signersOf(signed: string, vkeys: readonly string[]): string[] {
  return verifyNote(signed, vkeys).signatures.map(({ name }) => name);
}
