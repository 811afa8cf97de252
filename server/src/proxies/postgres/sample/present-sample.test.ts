import assert from "node:assert/strict";
import { test } from "node:test";
import { finder } from "#/masking/finder.test-support.ts";
import { presentSample, type RawRow } from "./present-sample.ts";
import type { SampleTarget, TargetColumn } from "./sample-target.ts";

const column = (name: string, changes: Partial<TargetColumn> = {}): TargetColumn => ({
  name,
  type: "text",
  typeName: "text",
  isEnum: false,
  isGenerated: false,
  isKey: false,
  isAssigned: true,
  sensitive: false,
  isDerived: false,
  ...changes,
});

const target = (columns: readonly TargetColumn[]): SampleTarget => ({
  name: "public.notes",
  table: "notes",
  quoted: "public.notes",
  version: 180_000,
  columns,
  columnsMore: 0,
});

const values = (...texts: readonly (string | null)[]) =>
  texts.map((text) => ({ text, bytes: text === null ? null : Buffer.byteLength(text) }));

const present = (columns: readonly TargetColumn[], rows: readonly RawRow[], derives = false) =>
  presentSample(target(columns), rows, { derives, finder });

test("a value is masked before it is cut, so that no end of what was found is left", () => {
  const text = `${"w ".repeat(97)}ada.lovelace@example.com and more`;
  const sample = present([column("note")], [{ before: values(text), after: null }]);
  const shown = sample?.rows[0]?.before?.[0];
  assert.equal(shown?.text, `${"w ".repeat(97)}<EMAIL`);
  assert.deepEqual([shown.isMasked, shown.isCut], [true, true]);
  const pair = present([column("note")], [{ before: values(`${"w".repeat(199)}😀`), after: null }]);
  assert.equal(pair?.rows[0]?.before?.[0]?.text, "w".repeat(199));
});

test("what two columns hold only together is in neither", () => {
  const sample = present(
    [column("one"), column("two")],
    [{ before: values("41111111", "11111111"), after: null }],
  );
  assert.deepEqual(
    sample?.rows[0]?.before?.map(({ text }) => text),
    ["<CREDIT_CARD>", "<CREDIT_CARD>"],
  );
});

test("what was not read shows its type and length, what is marked nothing, and NULL is NULL", () => {
  const sample = present(
    [
      column("long"),
      column("salary", { sensitive: true }),
      column("pay", { isDerived: true }),
      column("none"),
    ],
    [
      {
        before: [
          { text: null, bytes: 5000 },
          { text: null, bytes: 4 },
          { text: null, bytes: 9 },
          { text: null, bytes: null },
        ],
        after: null,
      },
    ],
  );
  assert.deepEqual(
    sample?.rows[0]?.before?.map(({ text }) => text),
    ["<text, 5,000 bytes>", "<SENSITIVE>", "<DERIVED>", null],
  );
});

test("what was not read counts as changed where it is assigned, or its length differs", () => {
  const unread = (bytes: number) => [{ text: null, bytes }];
  const changed = (isAssigned: boolean, was: number, is: number) =>
    present([column("raw", { isAssigned })], [{ before: unread(was), after: unread(is) }])?.rows[0]
      ?.changed;
  assert.deepEqual(changed(true, 5, 5), [0]);
  assert.deepEqual(changed(false, 5, 6), [0]);
  assert.deepEqual(changed(false, 5, 5), []);
});

test("no more is shown than fits, and what does not fit is not shown in part", () => {
  const columns = Array.from({ length: 12 }, (_, at) => column(`c${at}`));
  const texts = values(...columns.map(() => "w ".repeat(1000)));
  const rows = Array.from({ length: 20 }, () => ({ before: texts, after: texts }));
  const sample = present(columns, rows);
  assert.equal(sample?.rows.length, 5);
  const shown = sample.rows.flatMap(({ before, after }) => [...(before ?? []), ...(after ?? [])]);
  const chars = shown.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
  assert.ok(chars < 16_000 + shown.length * 30, String(chars));
  assert.equal(shown.at(-1)?.text, "<text, 2,000 bytes>");
});
