/** Counting rows and reading the first of them, as the server does. `postgres-copy-in.test.ts` compares it with a real one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { loadSqlParser } from "#/proxies/postgres/sql/sql-parser.ts";
import { readRows } from "./copy-rows.ts";
import { type CopyDataForm, readCopyStatement } from "./copy-statement.ts";
import type { RowsRead } from "./row-reader.ts";

const parser = await loadSqlParser();

function statementOf(sql: string) {
  const parsed = parser.parse(sql);
  return readCopyStatement(parsed.kind === "parsed" ? parsed.statements : null);
}

function formOf(options: string): CopyDataForm {
  const statement = statementOf(`copy t from stdin ${options}`);
  return typeof statement === "string" ? assert.fail(statement) : statement.data;
}

function read(form: CopyDataForm, ...parts: readonly Buffer[]): RowsRead {
  const reader = readRows(form);
  for (const part of parts) reader.push(part);
  return reader.end();
}

const shown = ({ rows, firstRows }: RowsRead) => ({
  rows,
  values: firstRows.map(({ values }) => values.map((value) => value?.toString("utf8") ?? null)),
});

const cases: readonly (readonly [
  string,
  string,
  number,
  readonly (readonly (string | null)[])[],
])[] = [
  [
    "",
    "1\ta\n2\t\\N\n",
    2,
    [
      ["1", "a"],
      ["2", null],
    ],
  ],
  ["", "", 0, []],
  ["", "1\ta", 1, [["1", "a"]]],
  ["", "1\ta\\nb\\tc\\\\d\\101\\x42\\q\n", 1, [["1", "a\nb\tc\\dABq"]]],
  [
    "",
    "1\ta\\\nb\n2\tc\n",
    2,
    [
      ["1", "a\nb"],
      ["2", "c"],
    ],
  ],
  [
    "",
    "1\ta\r\n2\tb\r\n",
    2,
    [
      ["1", "a"],
      ["2", "b"],
    ],
  ],
  [
    "",
    "1\ta\r2\tb\r",
    2,
    [
      ["1", "a"],
      ["2", "b"],
    ],
  ],
  ["", "1\ta\n\\.\n2\tb\n", 1, [["1", "a"]]],
  [
    "(delimiter ',', null 'nil')",
    "1,nil\n2,\\nil\n",
    2,
    [
      ["1", null],
      ["2", "\nil"],
    ],
  ],
  ["(header)", "id\tname\n1\ta\n", 1, [["1", "a"]]],
  [
    "(format csv)",
    '1,"a\nb"\n2,""\n3,\n',
    3,
    [
      ["1", "a\nb"],
      ["2", ""],
      ["3", null],
    ],
  ],
  ["(format csv)", '1,"a""b"\n', 1, [["1", 'a"b']]],
  ["(format csv, escape '\\')", '1,"a\\"\nb"\n', 1, [["1", 'a"\nb']]],
  ["(format csv, quote '''', delimiter ';')", "1;'a;\nb'\n", 1, [["1", "a;\nb"]]],
  ["csv header", 'id,name\r\n1,"a\r\nb"\r\n', 1, [["1", "a\r\nb"]]],
  ["(format csv, header match)", "id\n1\n\n", 2, [["1"], [null]]],
  ["(format csv)", "1,äö€😀\n", 1, [["1", "äö€😀"]]],
];

test("rows of text and CSV are counted and read as the server does, however the data is cut", () => {
  for (const [options, data, rows, values] of cases) {
    const form = formOf(options);
    const bytes = Buffer.from(data);
    assert.deepEqual(shown(read(form, bytes)), { rows, values }, `${options} ${data}`);
    const single = Array.from(bytes, (byte) => Buffer.from([byte]));
    assert.deepEqual(shown(read(form, ...single)), { rows, values }, `${options} ${data}`);
  }
});

function binary(
  rows: readonly (readonly (Buffer | null)[])[],
  extension = Buffer.alloc(0),
): Buffer {
  const int = (bytes: number, value: number) => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeIntBE(value, 0, bytes);
    return buffer;
  };
  return Buffer.concat([
    Buffer.from("PGCOPY\n\u00ff\r\n\0", "latin1"),
    int(4, 0),
    int(4, extension.length),
    extension,
    ...rows.flatMap((row) => [
      int(2, row.length),
      ...row.flatMap((value) => (value === null ? [int(4, -1)] : [int(4, value.length), value])),
    ]),
    int(2, -1),
  ]);
}

test("binary rows are counted and read, however the data is cut", () => {
  const value = fc.option(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)));
  const table = fc.array(fc.array(value, { maxLength: 4 }), { maxLength: 12 });
  const extension = fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(table, extension, fc.integer({ min: 1, max: 40 }), (rows, more, size) => {
      const data = binary(rows, more);
      const parts: Buffer[] = [];
      for (let at = 0; at < data.length; at += size) parts.push(data.subarray(at, at + size));
      const found = read(formOf("(format binary)"), ...parts);
      assert.equal(found.rows, rows.length);
      assert.deepEqual(
        found.firstRows.map(({ values }) => values),
        rows.slice(0, 5),
      );
    }),
  );
});

test("what is not in the binary format has no number of rows", () => {
  const form = formOf("(format binary)");
  const whole = binary([[Buffer.from("a")]]);
  for (const data of [
    Buffer.from("1\ta\n2\tb\n and much more than a header"),
    whole.subarray(0, -4),
    Buffer.concat([whole, Buffer.from("x")]),
  ]) {
    assert.equal(read(form, data).rows, null);
  }
});

test("the first rows are shown, each as far as there is room", () => {
  const long = "x".repeat(5_000);
  const lines = Array.from({ length: 50 }, (_, at) => `${at}\t${long}\n`).join("");
  const { rows, firstRows } = read(formOf(""), Buffer.from(lines));
  assert.equal(rows, 50);
  assert.equal(firstRows.length, 5);
  for (const { values, isCut } of firstRows) {
    assert.ok(isCut);
    assert.ok(values.reduce((sum, value) => sum + (value?.length ?? 0), 0) < 2_048);
  }
  const cut = read(formOf("(format binary)"), binary([[Buffer.from(long), Buffer.from("b")]]));
  assert.deepEqual(
    cut.firstRows.map(({ isCut }) => isCut),
    [true],
  );
});

test("a statement's table, columns and form are read as they are written, in the old syntax too", () => {
  assert.deepEqual(statementOf(`copy "S".t (a, "B c") from stdin with csv header delimiter ';'`), {
    schema: "S",
    table: "t",
    columns: ["a", "B c"],
    data: {
      format: "csv",
      delimiter: ";",
      nullText: "",
      quote: '"',
      escape: '"',
      header: true,
      csvEndsAtMark: false,
    },
  });
  for (const sql of [
    "copy a from stdin; copy b from stdin",
    "copy other.s.t from stdin",
    "copy t from stdin (format 'xml')",
    "copy t from stdin (encoding 'latin1')",
    "copy t from stdin (delimiter '')",
    "copy t from stdin (format csv, quote 'ä')",
    "select 1",
    "this is no sql",
  ]) {
    assert.equal(typeof statementOf(sql), "string", sql);
  }
});

test("a mark ends the data where the server takes it for one, and only there", () => {
  const csv = formOf("(format csv)");
  const older = { ...csv, csvEndsAtMark: true };
  const lines = Buffer.from("a\n\\.\nb\n");
  assert.equal(read(csv, lines).rows, 3);
  assert.equal(read(older, lines).rows, 1);
  assert.equal(read(older, ...[...lines].map((byte) => Buffer.of(byte))).rows, 1);
  assert.equal(read(older, Buffer.from("a\nx\\.\nb\n")).rows, 3);
  assert.equal(read(older, Buffer.from("a\n\\.")).rows, 2);
  const text = formOf("");
  assert.deepEqual(shown(read(text, Buffer.from("a\nx\\.\nb\n"))), {
    rows: 2,
    values: [["a"], ["x"]],
  });
  assert.equal(read(text, Buffer.from("a\\\\.\nb\n")).rows, 2);
});
