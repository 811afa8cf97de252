import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { finder } from "#/masking/finder.test-support.ts";
import { redact } from "#/masking/replacement/replace.ts";
import { fieldsOf } from "./csv-fields.ts";
import { startCsv } from "./file-csv.ts";
import { startJsonLines } from "./file-json.ts";
import type { FoundAt } from "./file-scan.ts";
import { recordBytesMax } from "./file-scan.ts";

function masked(
  start: typeof startCsv,
  text: string | Buffer,
  size = 65_536,
): { readonly copy: string; readonly found: readonly FoundAt[] } {
  const found: FoundAt[] = [];
  const pieces: Buffer[] = [];
  const scan = start({
    finder,
    replace: redact,
    onFound: (each) => found.push(each),
    emit: (piece) => pieces.push(Buffer.from(piece)),
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) scan.push(bytes.subarray(at, at + size));
  scan.end();
  return { copy: Buffer.concat(pieces).toString("utf8"), found };
}

const rows = ["name,password,note", "ada,blue,hello", "bob,green,lamp"];

test("lines may end with LF, CRLF or CR alone, and behind a mark of the encoding", () => {
  for (const ending of ["\n", "\r\n", "\r"])
    for (const mark of ["", "\ufeff"])
      for (const size of [1, 7, 65_536]) {
        const { copy, found } = masked(startCsv, mark + rows.join(ending) + ending, size);
        const expected = [rows[0], "ada,<PASSWORD>,hello", "bob,<PASSWORD>,lamp"];
        assert.equal(copy, mark + expected.join(ending) + ending, JSON.stringify(ending));
        assert.deepEqual(
          found.map(({ line, path }) => ({ line, path })),
          [
            { line: 2, path: "password" },
            { line: 3, path: "password" },
          ],
        );
      }
});

test("a quote within a field moves no border, and one at its beginning takes in separators and lines", () => {
  const text =
    'size,password,note\n5" disk,blue,a\n6" disk,green,b\n"7"" disk\n, wide",red,"c, d"\n';
  const { copy } = masked(startCsv, text, 5);
  assert.equal(
    copy,
    'size,password,note\n5" disk,<PASSWORD>,a\n6" disk,<PASSWORD>,b\n"7"" disk\n, wide",<PASSWORD>,"c, d"\n',
  );
});

test("what may stand in another column than its own is replaced from the first column on that its name replaces", () => {
  const moved = masked(startCsv, 'name,password,note\n"ada \\"the, first\\"",blue,hello\n');
  assert.doesNotMatch(moved.copy, /blue/);
  const open = masked(startCsv, 'name,password,note\n"ada,blue,hello\nbob,green,lamp\n');
  assert.doesNotMatch(open.copy, /blue|green/);
  const short = masked(startCsv, "name,password,note\nada\nbob,green\n");
  assert.equal(short.copy, "name,password,note\nada\nbob,<PASSWORD>\n");
});

test("a record that is too long is replaced whole where a name replaces a column, and else looked at", () => {
  const long = "x".repeat(recordBytesMax);
  const closed = masked(startCsv, `name,password\n"${long},blue\nbob,green\n`);
  assert.doesNotMatch(closed.copy, /blue|xxxx/);
  const open = masked(startCsv, `name,note\n"${long} ada@example.com",blue\n`);
  assert.match(open.copy, /blue/);
  assert.doesNotMatch(open.copy, /ada@/);
});

test("a file of a million columns is masked in bounded memory", () => {
  const head = Array.from({ length: 1_000_000 }, () => "a").join(",");
  const row = Array.from({ length: 1_000_000 }, (_, at) =>
    at === 999_999 ? "ada@example.com" : "1",
  ).join(",");
  const before = process.memoryUsage().rss;
  const { copy } = masked(startCsv, `${head}\n${row}\n`);
  assert.ok(copy.endsWith("1,<EMAIL>\n"));
  assert.ok(process.memoryUsage().rss - before < 1_500_000_000);
});

test("fields are cut where they are written, whatever is in them", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 6 }), (values) => {
      const row = values.map((value) => `"${value.replaceAll('"', '""')}"`).join(",");
      assert.deepEqual(
        fieldsOf(row, ",").map(({ value }) => value),
        values,
      );
    }),
  );
});

test("lines of JSON may end with CR alone", () => {
  for (const ending of ["\n", "\r\n", "\r"]) {
    const text = `{"password":"blue"}${ending}{"password":"green"}${ending}`;
    const { copy } = masked(startJsonLines, text, 3);
    assert.equal(copy, `{"password":"<PASSWORD>"}${ending}`.repeat(2), JSON.stringify(ending));
  }
});
