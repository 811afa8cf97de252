import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { catalogue } from "./catalogue.ts";
import { createFinder } from "./finder.ts";
import { maskRow, planRow } from "./mask-row.ts";
import { hashUnder, partial, type Replace, redact } from "./replace.ts";
import { createRowMasker, type RowMasker } from "./row-masker.ts";
import { topicWords } from "./topics.ts";
import type { ValueDescription } from "./value-class.ts";

const finder = createFinder();

/** The values one behind the other, as in a message. */
function maskBytes(
  masker: RowMasker,
  values: readonly (Buffer | null)[],
): readonly (Buffer | null)[] {
  const starts: number[] = [];
  const ends: number[] = [];
  const parts: Buffer[] = [Buffer.from("before")];
  let at = parts[0]?.length ?? 0;
  for (const value of values) {
    starts.push(value === null ? -1 : at);
    at += value?.length ?? 0;
    ends.push(at);
    if (value !== null) parts.push(value);
  }
  const output = masker.mask(Buffer.concat(parts), starts, ends, values.length);
  return values.map((value, index) => output?.[index] ?? value);
}

const text = (value: string | null) => (value === null ? null : Buffer.from(value));

function maskTexts(
  columns: readonly ValueDescription[],
  values: readonly (string | null)[],
  replace: Replace,
) {
  const masker = createRowMasker({
    finder,
    plan: planRow(finder, columns),
    replaceIn: () => replace,
  });
  return maskBytes(masker, values.map(text)).map((value) => value?.toString() ?? null);
}

const examples = Object.values(catalogue).flatMap(({ examples: all }) => all);
const names = fc.constantFrom(
  "note",
  "email",
  "token",
  "tax_id",
  "routing",
  "phone",
  "amount",
  "x",
  "dob",
  ...Object.values(topicWords).map((words) => words.split(";")[0] ?? ""),
);
const types = fc.constantFrom(
  "text",
  "int8",
  "numeric",
  "float8",
  "money",
  "jsonb",
  "uuid",
  "tsvector",
  "bytea",
  "text[]",
);
const values = fc.oneof(
  fc.constantFrom(
    ...examples,
    "",
    "open",
    "Ada",
    "19.99",
    "536904399",
    "4.111111111111111e+15",
    '{"email": "ada@example.com"}',
    "4111 1111",
    "11111111",
  ),
  fc.string({ maxLength: 10 }),
  fc.constant(null),
);

test("bytes are masked as texts are", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(names, types, values), { minLength: 1, maxLength: 6 }),
      fc.constantFrom(redact, partial, hashUnder(Buffer.from("key"))),
      (cells, replace) => {
        const columns = cells.map(([name, type]) => ({ name, type }));
        const row = cells.map(([, , value]) => value);
        assert.deepEqual(
          maskTexts(columns, row, replace),
          maskRow(finder, replace, planRow(finder, columns), row).map(({ text: masked }) => masked),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

test("a row in which nothing is found stays as it is, and nothing is made of it", () => {
  const columns = ["id", "status", "note"].map((name) => ({
    name,
    type: name === "id" ? "int8" : "text",
  }));
  const masker = createRowMasker({
    finder,
    plan: planRow(finder, columns),
    replaceIn: () => redact,
  });
  assert.equal(
    masker.mask(Buffer.from("10432openfragile, by hand"), [0, 5, 9], [5, 9, 25], 3),
    null,
  );
  assert.equal(masker.replaced().size, 0);
});

test("what was replaced is counted, and each column has its own masker", () => {
  const columns = ["email", "card_number"].map((name) => ({ name, type: "text" }));
  const masker = createRowMasker({
    finder,
    plan: planRow(finder, columns),
    replaceIn: (column) => (column === 0 ? redact : partial),
  });
  const row = ["ada@example.com", "4111 1111 1111 1111"].map(text);
  for (let count = 0; count < 2; count += 1) {
    assert.deepEqual(maskBytes(masker, row).map(String), ["<EMAIL>", "**** **** **** 1111"]);
  }
  assert.deepEqual(
    [...masker.replaced()],
    [
      ["email", 2],
      ["credit_card", 2],
    ],
  );
});

test("values in binary are read as what they stand for, and what can't be read is replaced", () => {
  const long = Buffer.alloc(8);
  long.writeBigInt64BE(4_111_111_111_111_111n);
  const double = Buffer.alloc(8);
  double.writeDoubleBE(4_111_111_111_111_111);
  // 4111111111111111 and 12.5 as groups of four digits.
  const numeric = Buffer.from("00040003000000001007045704570457", "hex");
  const small = Buffer.from("0002000000000001000c1388", "hex");
  const document = Buffer.from('\x01{"ssn": 536904399, "age": 36}');
  const cells: readonly (readonly [string, Buffer, string])[] = [
    ["int8", long, "<CREDIT_CARD>"],
    ["float8", double, "<CREDIT_CARD>"],
    ["numeric", numeric, "<CREDIT_CARD>"],
    ["numeric", small, small.toString()],
    ["jsonb", document, '\x01{"ssn": 0, "age": 36}'],
    ["text", Buffer.from("ada@example.com"), "<EMAIL>"],
    ["timestamptz", long, long.toString()],
    ["bytea", Buffer.from("abc"), "<BYTES 3>"],
    ["int4[]", Buffer.from("abc"), "<UNSCANNED>"],
    ["int8", Buffer.from("abc"), "<UNSCANNED>"],
    ["geometry", Buffer.from("abc"), "<UNSCANNED>"],
  ];
  const masker = createRowMasker({
    finder,
    plan: planRow(
      finder,
      cells.map(([type], index) => ({ name: `c${index}`, type })),
    ),
    replaceIn: () => redact,
    isBinary: () => true,
  });
  const masked = maskBytes(
    masker,
    cells.map(([, value]) => value),
  );
  for (const [index, [type, , expected]] of cells.entries())
    assert.equal(masked[index]?.toString(), expected, type);
});

test("a value for which there is no column is replaced", () => {
  const masker = createRowMasker({
    finder,
    plan: { classes: [], types: [] },
    replaceIn: () => redact,
  });
  assert.deepEqual(maskBytes(masker, [Buffer.from("one")]).map(String), ["<UNSCANNED>"]);
});
