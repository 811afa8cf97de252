import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { CopyDataForm } from "#/proxies/postgres/copy/copy-statement.ts";
import { encodeCopyData } from "#/proxies/postgres/wire/encode-frontend.ts";
import { fieldOf } from "./copy-fields.ts";
import { CopyMasker, type MaskField } from "./copy-masker.ts";

const text: CopyDataForm = {
  format: "text",
  delimiter: "\t",
  nullText: "\\N",
  quote: '"',
  escape: '"',
  header: false,
  csvEndsAtMark: false,
};
const csv: CopyDataForm = { ...text, format: "csv", delimiter: ",", nullText: "" };
const forms: readonly CopyDataForm[] = [
  text,
  { ...text, delimiter: "|", nullText: "null" },
  csv,
  { ...csv, delimiter: ";", quote: "'", escape: "\\", nullText: "NULL" },
];

const hide: MaskField = () => ({ text: "<MASKED>", entity: "column" });

/** The payload that leaves, of rows that come in messages and pieces of these sizes. */
function masked(
  form: CopyDataForm,
  fields: readonly (MaskField | null)[],
  data: Buffer,
  sizes: readonly number[],
) {
  const masker = new CopyMasker({ form, fields, counts: new Map() });
  const framed = cut(data, sizes).map((part) => encodeCopyData(part));
  const pieces = cut(Buffer.concat(framed), sizes.toReversed());
  const out = pieces.map((piece) => payloads(masker.push(piece)));
  masker.end();
  return Buffer.concat(out);
}

function cut(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0, at = 0; from < bytes.length; at += 1) {
    const part = bytes.subarray(from, from + (sizes[at % sizes.length] ?? 1));
    parts.push(part);
    from += part.length;
  }
  return parts;
}

function payloads(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    parts.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** As the server writes it: what needs no quotes has none. */
function written(value: string | null, form: CopyDataForm): string {
  if (form.format !== "csv" || value === null) return fieldOf(value, form);
  const isPlain = value !== form.nullText && !/["';,\\\n\r]/.test(value);
  return isPlain ? value : fieldOf(value, form);
}

test("a masked column of a COPY is replaced, however its data is written and cut, and the others stay to the byte", () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.string({ maxLength: 12 }),
    fc.constantFrom("a\nb", 'say "x"', "it's", "back\\slash", "a,b;c\td|e", "\\N", "", "null"),
  );
  const rows = fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 6 });
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.constantFrom(...forms), rows, sizes, (form, cells, cuts) => {
      const line = (row: readonly (string | null)[]) =>
        `${row.map((cell) => written(cell, form)).join(form.delimiter)}\n`;
      const data = Buffer.from(cells.map(line).join(""));
      assert.deepEqual(masked(form, [null, null, null], data, cuts).toString(), data.toString());
      const expected = cells
        .map(([one, two, three]) => {
          const isNull =
            two === null || (form.format === "text" && written(two, form) === form.nullText);
          const middle = isNull ? form.nullText : fieldOf("<MASKED>", form);
          return `${[written(one, form), middle, written(three, form)].join(form.delimiter)}\n`;
        })
        .join("");
      assert.equal(masked(form, [null, hide, null], data, cuts).toString(), expected);
    }),
  );
});

test("a header is passed, and another number of columns ends the answer", () => {
  const header = { ...csv, header: true };
  const data = Buffer.from("id,email\n1,ada@example.com\n");
  assert.equal(masked(header, [null, hide], data, [5]).toString(), 'id,email\n1,"<MASKED>"\n');
  assert.throws(() => masked(csv, [hide], data, [5]), /another form/);
});
