import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  cuts,
  headBytesMax,
  piecesOf,
  readByNode,
  readOwn,
  validAnswers,
} from "./answers.test-support.ts";
import { Http1Error, type Http1Fault } from "./http1-error.ts";
import { ResponseReader } from "./response-reader.ts";

function readText(text: string, options: Parameters<typeof readOwn>[1] = {}) {
  return readOwn([Buffer.from(text, "latin1")], options);
}

test("an answer is read as Node reads it, whatever frames its body", async () => {
  await fc.assert(
    fc.asyncProperty(validAnswers, async (bytes) => {
      const { answers, error } = readOwn([bytes]);
      assert.equal(error, null);
      assert.deepEqual(answers, [await readByNode(bytes)]);
    }),
    { numRuns: 300 },
  );
});

test("an answer is the same however its bytes are cut", () => {
  fc.assert(
    fc.property(validAnswers, cuts, (bytes, lengths) => {
      const whole = readOwn([bytes]);
      assert.equal(whole.error, null);
      assert.deepEqual(readOwn(piecesOf(bytes, lengths)), whole);
    }),
  );
});

/** Bytes that matter to a reader, put anywhere. */
const pieces = [
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  " ",
  ":",
  "0",
  "5",
  ";",
  "\0",
  "\x7f",
  "\xff",
  ",",
  "\t",
];
const lines = [
  "Content-Length: 5\r\n",
  "Content-Length: 5, 5\r\n",
  "Content-Length: +5\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: identity\r\n",
  "Transfer-Encoding : chunked\r\n",
  " folded: x\r\n",
];
const changed = fc
  .record({
    bytes: validAnswers,
    at: fc.nat(400),
    put: fc.constantFrom(...pieces, ...lines),
    taken: fc.nat(3),
  })
  .map(({ bytes, at, put, taken }) => {
    const place = at % (bytes.length + 1);
    const lineEnd = bytes.indexOf("\r\n") + 2;
    const where = put.endsWith("\r\n") && put.length > 4 ? lineEnd : place;
    return Buffer.concat([
      bytes.subarray(0, where),
      Buffer.from(put, "latin1"),
      bytes.subarray(Math.min(bytes.length, where + (put.length > 4 ? 0 : taken))),
    ]);
  });

test("what is taken of a spoilt answer Node takes too, and the same of it", async () => {
  await fc.assert(
    fc.asyncProperty(changed, async (bytes) => {
      const { answers, error } = readOwn([bytes]);
      if (error !== null) return;
      assert.deepEqual(answers, [await readByNode(bytes)]);
    }),
    { numRuns: 1_000 },
  );
});

test("spoilt answers come to the same end however they are cut, and throw nothing but an Http1Error", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        changed,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      cuts,
      (bytes, lengths) => {
        const whole = readOwn([bytes]);
        const cut = readOwn(piecesOf(bytes, lengths));
        for (const { error } of [whole, cut])
          assert.ok(error === null || error instanceof Http1Error);
        assert.equal(cut.error === null, whole.error === null);
        assert.deepEqual(
          cut.answers.filter(({ isWhole }) => isWhole),
          whole.answers.filter(({ isWhole }) => isWhole),
        );
      },
    ),
    { numRuns: 1_000 },
  );
});

const ok = "HTTP/1.1 200 OK\r\n";
const refused: readonly (readonly [string, string, Http1Fault])[] = [
  [
    "a length beside a coding",
    `${ok}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`,
    "ambiguous_length",
  ],
  [
    "two lengths that differ",
    `${ok}Content-Length: 3\r\nContent-Length: 4\r\n\r\n`,
    "ambiguous_length",
  ],
  [
    "two lengths that are one",
    `${ok}Content-Length: 3\r\nContent-Length: 3\r\n\r\n`,
    "ambiguous_length",
  ],
  ["a list of lengths", `${ok}Content-Length: 3, 3\r\n\r\n`, "ambiguous_length"],
  ["a signed length", `${ok}Content-Length: +3\r\n\r\n`, "ambiguous_length"],
  ["a length in hexadecimal", `${ok}Content-Length: 0x3\r\n\r\n`, "ambiguous_length"],
  [
    "a length beyond all numbers",
    `${ok}Content-Length: 9999999999999999999\r\n\r\n`,
    "ambiguous_length",
  ],
  [
    "a coding with a tab behind it",
    `${ok}Transfer-Encoding: chunked\t\r\n\r\n`,
    "ambiguous_length",
  ],
  ["a length with a tab before it", `${ok}Content-Length:\t3\r\n\r\n`, "ambiguous_length"],
  ["an empty length", `${ok}Content-Length:\r\n\r\n`, "ambiguous_length"],
  ["another coding", `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`, "ambiguous_length"],
  [
    "a coding twice",
    `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
    "ambiguous_length",
  ],
  [
    "a coding that looks like chunked",
    `${ok}Transfer-Encoding: xchunked\r\n\r\n`,
    "ambiguous_length",
  ],
  [
    "a coding in HTTP/1.0",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "ambiguous_length",
  ],
  ["a folded line", `${ok}A: b\r\n c\r\n\r\n`, "malformed_head"],
  ["a space before a colon", `${ok}Content-Length : 3\r\n\r\n`, "malformed_head"],
  ["a line without a colon", `${ok}Content-Length\r\n\r\n`, "malformed_head"],
  ["a name that is empty", `${ok}: 3\r\n\r\n`, "malformed_head"],
  ["a name with a NUL", `${ok}A\0: 3\r\n\r\n`, "malformed_head"],
  ["a value with a NUL", `${ok}A: \0\r\n\r\n`, "malformed_head"],
  ["a value with a CR", `${ok}A: b\rC: d\r\n\r\n`, "malformed_head"],
  ["lines that end in LF", "HTTP/1.1 200 OK\nA: b\n\nbody", "malformed_head"],
  ["one line that ends in LF", `${ok}A: b\nC: d\r\n\r\n`, "malformed_head"],
  ["another protocol", "SSH-2.0-x\r\n", "malformed_head"],
  ["another version", "HTTP/2.0 200 OK\r\n\r\n", "malformed_head"],
  ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "malformed_head"],
  ["a status below 100", "HTTP/1.1 099 OK\r\n\r\n", "malformed_head"],
  ["a line in front", `\r\n${ok}Content-Length: 0\r\n\r\n`, "malformed_head"],
  ["an upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "upgraded"],
  ["a chunk without a size", `${ok}Transfer-Encoding: chunked\r\n\r\n\r\n`, "malformed_chunk"],
  [
    "a chunk's size with a sign",
    `${ok}Transfer-Encoding: chunked\r\n\r\n-1\r\n`,
    "malformed_chunk",
  ],
  [
    "a chunk's size with 0x",
    `${ok}Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n`,
    "malformed_chunk",
  ],
  [
    "a chunk's size with spaces",
    `${ok}Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n`,
    "malformed_chunk",
  ],
  [
    "a chunk's size of nine digits",
    `${ok}Transfer-Encoding: chunked\r\n\r\n000000003\r\nabc\r\n`,
    "malformed_chunk",
  ],
  [
    "a chunk's size that ends in LF",
    `${ok}Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n`,
    "malformed_chunk",
  ],
  [
    "a chunk that is longer than its size",
    `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n`,
    "malformed_chunk",
  ],
  [
    "a chunk that ends in LF",
    `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n`,
    "malformed_chunk",
  ],
  [
    "an extension without an end",
    `${ok}Transfer-Encoding: chunked\r\n\r\n3;${"a".repeat(1_100)}`,
    "malformed_chunk",
  ],
  [
    "trailers without an end",
    `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n${"A: b\r\n".repeat(3_000)}`,
    "malformed_chunk",
  ],
  [
    "a trailer that is none",
    `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nno trailer\r\n\r\n`,
    "malformed_head",
  ],
  ["more than its length", `${ok}Content-Length: 3\r\n\r\nabcd`, "surplus"],
  [
    "another answer behind it",
    `${ok}Content-Length: 0\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
    "surplus",
  ],
  ["a body where there is none", "HTTP/1.1 204 No Content\r\n\r\nbody", "surplus"],
  ["less than its length", `${ok}Content-Length: 3\r\n\r\nab`, "cut_off"],
  ["chunks without the last", `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`, "cut_off"],
  ["half of a head", "HTTP/1.1 200 OK\r\nA", "cut_off"],
  ["nothing", "", "cut_off"],
  ["a head that is too large", `${ok}A: ${"b".repeat(headBytesMax)}\r\n\r\n`, "head_too_large"],
  ["a head without an end", `${ok}${"A: b\r\n".repeat(4_000)}`, "head_too_large"],
  ["heads without an answer", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(17), "too_many_interim"],
];

for (const [what, text, fault] of refused) {
  test(`refused is ${what}`, () => {
    for (const lengths of [[text.length + 1], [1], [7]]) {
      const { error } = readOwn(piecesOf(Buffer.from(text, "latin1"), lengths));
      assert.ok(error instanceof Http1Error, String(error));
      assert.equal(error.fault, fault);
    }
  });
}

test("a head of the very bound passes, and one of a byte more does not, however it is cut", () => {
  const rest = `${ok}Content-Length: 0\r\nA: \r\n\r\n`.length;
  for (const [more, passes] of [
    [0, true],
    [1, false],
  ] as const) {
    const text = `${ok}Content-Length: 0\r\nA: ${"b".repeat(headBytesMax - rest + more)}\r\n\r\n`;
    for (const lengths of [[text.length], [1_000]]) {
      const { error } = readOwn(piecesOf(Buffer.from(text), lengths));
      assert.equal(error === null, passes);
    }
  }
});

test("an answer to HEAD has no body, whatever its head says", () => {
  const { answers, error } = readText(`${ok}Content-Length: 3\r\n\r\n`, {
    method: "HEAD",
    ends: false,
  });
  assert.deepEqual([answers.length, answers[0]?.isWhole, error], [1, true, null]);
});

test("a connection is used again only where both sides know where the answer ended and want to keep it", () => {
  const kept: readonly (readonly [string, boolean])[] = [
    [`${ok}Content-Length: 0\r\n\r\n`, true],
    [`${ok}Content-Length: 0\r\nConnection: close\r\n\r\n`, false],
    [`${ok}Content-Length: 0\r\nConnection: x, Close\r\n\r\n`, false],
    [`${ok}Content-Length: 0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n`, false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", true],
    [`${ok}\r\n`, false],
  ];
  for (const [text, keepsOpen] of kept) {
    const reader = new ResponseReader(headBytesMax);
    reader.expect("POST");
    reader.read(Buffer.from(text), { onHead() {}, onBody() {}, onEnd() {} });
    assert.equal(reader.keepsOpen, keepsOpen, text);
  }
});

test("what comes unasked is no answer", () => {
  const reader = new ResponseReader(headBytesMax);
  const sink = { onHead: () => assert.fail(), onBody() {}, onEnd() {} };
  assert.throws(() => reader.read(Buffer.from(`${ok}Content-Length: 0\r\n\r\n`), sink), Http1Error);
});
