import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Mask } from "#/core/obligation.ts";
import { finder } from "#/masking/finder.test-support.ts";
import { replacementsOf } from "#/masking/replacement/replacements.ts";
import type { Origin } from "#/proxies/postgres/masked/origin/origin.ts";
import { builtInTypes, unknownType } from "#/proxies/postgres/masked/values/value-types.ts";
import type { ColumnDescription } from "#/proxies/postgres/wire/backend-messages.ts";
import { decodeBackend } from "#/proxies/postgres/wire/decode-backend.ts";
import { encodeDataRow } from "#/proxies/postgres/wire/encode-backend.ts";
import { frameOf } from "#/proxies/postgres/wire/frame.ts";
import { createPlanCache } from "./plan-cache.ts";
import { planColumns } from "./plan-columns.ts";
import { RowMasker } from "./row-masker.ts";
import { maskedRowBytesMax } from "./row-pieces.ts";

const replacements = replacementsOf(Buffer.alloc(32, 1));
const typeOf = (oid: number) => builtInTypes.get(oid) ?? unknownType;
const clear: Origin = { kind: "clear", from: null };

function column(name: string, typeOid = 25, format: 0 | 1 = 0): ColumnDescription {
  return { name, tableOid: 0, columnNumber: 0, typeOid, typeSize: -1, typeModifier: -1, format };
}

function entities(
  ...names: readonly ("email" | "credit_card" | "ip_address" | "phone_number")[]
): readonly Mask[] {
  return names.map((entity) => ({ target: { kind: "entity", entity }, masker: "redact" }));
}

function maskerOf(
  columns: readonly ColumnDescription[],
  masks: readonly Mask[],
  origins: readonly Origin[] = [],
) {
  const counts = new Map();
  const originOf = (_: ColumnDescription, index: number) => origins[index] ?? clear;
  const plan = planColumns(columns, originOf, {
    finder,
    replacements,
    masks,
    typeOf,
    counts,
    cache: createPlanCache(),
  });
  return { masker: new RowMasker(plan), counts };
}

type Cell = string | Buffer | null;

function rowOf(cells: readonly Cell[]): Buffer {
  return encodeDataRow(cells.map((cell) => (typeof cell === "string" ? Buffer.from(cell) : cell)));
}

/** What leaves of these bytes, cut into pieces of these sizes. */
function pushed(masker: RowMasker, bytes: Buffer, sizes: readonly number[]): Buffer {
  const out: Buffer[] = [];
  let from = 0;
  for (let at = 0; from < bytes.length; at += 1) {
    const piece = bytes.subarray(
      from,
      from + Math.max(1, sizes[at % sizes.length] ?? bytes.length),
    );
    from += piece.length;
    out.push(masker.push(piece) ?? piece);
  }
  return Buffer.concat(out);
}

function masked(
  columns: readonly ColumnDescription[],
  masks: readonly Mask[],
  cells: readonly Cell[],
  origins: readonly Origin[] = [],
): readonly (string | null)[] {
  const row = rowOf(cells);
  const { masker } = maskerOf(columns, masks, origins);
  const message = decodeBackend(frameOf(pushed(masker, row, [row.length])));
  assert.equal(message.kind, "data_row");
  return message.values.map((value) => value?.toString("utf8") ?? null);
}

const hidden: Origin = { kind: "hidden" };
const byColumn: Origin = {
  kind: "masked",
  masker: "redact",
  from: { table: "customers", column: "email" },
};

test("a masked column is replaced whole, and its neighbours stay", () => {
  const columns = [column("id", 23), column("x"), column("plan")];
  assert.deepEqual(masked(columns, [], ["7", "ada@example.com", "pro"], [clear, byColumn]), [
    "7",
    "<EMAIL>",
    "pro",
  ]);
});

test("NULL stays NULL, and what has no text of its own becomes NULL", () => {
  const columns = [column("x"), column("n", 23), column("d", 1082), column("b", 16, 1)];
  const origins = [byColumn, hidden, hidden, hidden];
  assert.deepEqual(masked(columns, [], [null, "5", "2020-01-01", Buffer.from([1])], origins), [
    null,
    null,
    null,
    null,
  ]);
});

test("what takes a masked place is valid in the type and format of its column", () => {
  const columns = [
    column("a", 114),
    column("b", 3802),
    column("c", 3802, 1),
    column("d", 142),
    column("e", 1009),
    column("f", 17),
  ];
  const all = columns.map(() => hidden);
  const cells = ["{}", "{}", Buffer.from('\x01{"a":1}'), "<a/>", "{a,b}", "\\x00"];
  assert.deepEqual(masked(columns, [], cells, all), [
    '"<MASKED>"',
    '"<MASKED>"',
    '\x01"<MASKED>"',
    "&lt;MASKED&gt;",
    '{"<MASKED>"}',
    null,
  ]);
});

test("recognizers find in free text what the masks name, and nothing else", () => {
  const columns = [column("id", 23), column("note"), column("other")];
  const cells = ["1", "write to ada@example.com at once", "4111 1111 1111 1111"];
  assert.deepEqual(masked(columns, entities("email"), cells), [
    "1",
    "write to <EMAIL> at once",
    "4111 1111 1111 1111",
  ]);
  assert.deepEqual(masked(columns, entities("credit_card"), cells), [
    "1",
    "write to ada@example.com at once",
    "<CREDIT_CARD>",
  ]);
});

test("a column that its table calls by a masked kind is replaced whatever it is called in the result", () => {
  const from = { table: "customers", column: "phone" };
  const origin: Origin = { kind: "clear", from };
  assert.deepEqual(masked([column("note")], entities("phone_number"), ["1234"], [origin]), [
    "<PHONE_NUMBER>",
  ]);
});

test("of a definition the query's name for a column tells nothing, and recognizers look at it all the same", () => {
  const definition: Origin = { kind: "definition", from: null };
  const cells = ["asciiword", "write to ada@example.com"];
  const columns = [column("phone"), column("phone")];
  const masks = entities("phone_number", "email");
  assert.deepEqual(masked(columns, masks, cells, [definition, definition]), [
    "asciiword",
    "write to <EMAIL>",
  ]);
  assert.deepEqual(masked(columns, masks, cells), ["<PHONE_NUMBER>", "<PHONE_NUMBER>"]);
});

test("JSON stays JSON, arrays stay arrays", () => {
  const columns = [column("doc", 114), column("doc", 3802, 1), column("list", 1009)];
  const json = '{"a": "ada@example.com", "n": 3}';
  assert.deepEqual(
    masked(columns, entities("email"), [json, `\x01${json}`, '{x,"y, bob@example.com",NULL}']),
    ['{"a": "<EMAIL>", "n": 3}', '\x01{"a": "<EMAIL>", "n": 3}', '{x,"y, <EMAIL>",NULL}'],
  );
});

test("binary values whose text is known are looked at, others become NULL", () => {
  const card = Buffer.alloc(8);
  card.writeBigInt64BE(4111111111111111n);
  const columns = [
    column("n", 20, 1),
    column("v", 3614, 1),
    column("u", 2950, 1),
    column("w", 99_999, 1),
  ];
  const uuid = Buffer.alloc(16, 5);
  const cells = [card, Buffer.from("lexemes"), uuid, Buffer.from("whatever")];
  const result = masked(columns, entities("credit_card"), cells);
  assert.deepEqual(result, [null, null, uuid.toString("utf8"), null]);
});

test("what two columns hold only together takes both away", () => {
  const columns = [column("a"), column("b")];
  assert.deepEqual(masked(columns, entities("email"), ["write to ada@exam", "ple.com now"]), [
    "<EMAIL>",
    "<EMAIL>",
  ]);
});

test("any cut of the stream gives the same bytes", () => {
  const columns = [column("id", 23), column("note"), column("plan"), column("secret")];
  const origins = [clear, clear, clear, byColumn];
  const cell = fc.oneof(
    fc.constant(null),
    fc.string({ maxLength: 40 }),
    fc.constant("mail ada@example.com today"),
    fc.constant("4111 1111 1111 1111"),
  );
  const rows = fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 1, maxLength: 12 });
  const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(rows, sizes, (given, cuts) => {
      const cells = given.map(([, ...rest], index) => [String(index), ...rest]);
      const bytes = Buffer.concat(cells.map(rowOf));
      const whole = pushed(maskerOf(columns, entities("email"), origins).masker, bytes, [
        bytes.length,
      ]);
      const cut = pushed(maskerOf(columns, entities("email"), origins).masker, bytes, cuts);
      assert.deepEqual(cut, whole);
      assert.equal(whole.includes("ada@example.com"), false);
    }),
  );
});

test("what is not masked is passed on to the byte", () => {
  const columns = [column("id", 23), column("blob", 17, 1), column("when", 1184)];
  const cell = fc.oneof(
    fc.constant(null),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 10 }), (cells) => {
      const bytes = Buffer.concat(cells.map(rowOf));
      const { masker } = maskerOf(columns, [], []);
      assert.deepEqual(pushed(masker, bytes, [7, 3]), bytes);
      const beside = maskerOf(columns, [], [hidden]).masker;
      const rows = pushed(beside, bytes, [11]);
      let at = 0;
      for (const [, blob, when] of cells) {
        const length = rows.readInt32BE(at + 1) + 1;
        const message = decodeBackend(frameOf(Buffer.from(rows.subarray(at, at + length))));
        assert.equal(message.kind, "data_row");
        assert.deepEqual(message.values, [null, blob, when]);
        at += length;
      }
      assert.equal(at, rows.length);
    }),
  );
});

test("a row that is too long to be masked, and one of another shape, end the answer", () => {
  const long = Buffer.alloc(5);
  long[0] = 0x44;
  long.writeInt32BE(maskedRowBytesMax + 1, 1);
  const { masker } = maskerOf([column("x")], entities("email"));
  assert.throws(() => masker.push(long), /longer than/);
  const other = maskerOf([column("x")], entities("email")).masker;
  assert.throws(() => other.push(rowOf(["a", "b"])), /malformed/);
});

test("a cell that is too long to be looked at is replaced whole", () => {
  const long = "x".repeat(1024 * 1024 + 1);
  assert.deepEqual(masked([column("x")], entities("email"), [long]), ["<UNSCANNED>"]);
});
