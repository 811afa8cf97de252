import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { cut, duration, field, quote, table, wrap } from "./layout.ts";

test("no quoted line begins at the margin, or is wider than the terminal", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("a", " ", "|", ">", "日", "x".repeat(90)) })),
      (lines) => {
        for (const line of quote(lines, 80).split("\n").slice(0, -1)) {
          assert.match(line, /^ {2}[|>~] /);
          assert.ok(line.length <= 80);
        }
      },
    ),
  );
});

test("a line ends on a terminal that says it has no columns, or hardly any", () => {
  for (const columns of [-4, 0, 1]) {
    assert.deepEqual(wrap("ab", columns), ["a", "b"]);
    assert.deepEqual(wrap("é日", columns), ["é", "日"]);
    assert.equal(cut("abc", columns), "a…");
  }
});

test("what goes on in the next line is told from a line of its own", () => {
  assert.equal(quote(["x".repeat(80), "y"], 80), `  | ${"x".repeat(76)}\n  > xxxx\n  | y\n`);
  assert.equal(quote(["日".repeat(60)], 80), `  | ${"日".repeat(38)}\n  > ${"日".repeat(22)}\n`);
});

test("blank lines can't push the rest out of sight", () => {
  assert.equal(quote(["a", "", "", "", "b"], 80), "  | a\n  | \n  | \n  | \n  | b\n");
  assert.equal(
    quote(["a", ..."\n".repeat(9_999).split("\n"), "b"], 80),
    "  | a\n  ~ (10000 blank lines)\n  | b\n",
  );
  const padded = quote([`a${" ".repeat(76 * 50)}b`], 80);
  assert.equal(padded, `  | a${" ".repeat(75)}\n  ~ (3724 blanks, and the line goes on)\n  >  b\n`);
  const trailing = quote([`a${" ".repeat(76 * 50)}`, "b"], 80);
  assert.equal(trailing, `  | a${" ".repeat(75)}\n  ~ (3725 blanks)\n  | b\n`);
});

test("a field stays in its column, however long its text", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("a", "日", "-"), maxLength: 200 })),
      (words) => {
        const lines = field("note", words.join(" "), 80).split("\n").slice(0, -1);
        for (const [at, line] of lines.entries()) {
          assert.ok(line.startsWith(at === 0 ? "  note      " : "            "), line);
          assert.ok(line.length <= 80);
        }
      },
    ),
  );
  assert.equal(field("note", "word ".repeat(4), 40), "  note      word word word word \n");
  assert.match(field("note", "x ".repeat(9_000), 32), /… \(\d+ more lines, which --all shows\)\n$/);
});

test("nothing is lost or added where a line is wrapped", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 2, max: 20 }), (line, width) => {
      assert.equal(wrap(line, width).join(""), line);
    }),
  );
});

test("a line that is cut says so", () => {
  assert.equal(cut("short", 10), "short");
  assert.equal(cut("0123456789", 10), "0123456789");
  assert.equal(cut("0123456789a", 10), "012345678…");
});

test("times are told in the two units that matter, rounded to the smaller", () => {
  const told: Readonly<Record<string, number>> = {
    "-1": -1,
    "0": 0,
    "59s": 59_400,
    "1m": 59_999,
    "12m": 720_000,
    "15m, made just now": 899_100,
    "1h, almost": 3_599_999,
    "1h": 3_600_000,
    "3h 58m": 14_280_000,
    "4h, opened just now": 14_399_000,
    "1d, almost": 86_399_000,
    "1d": 86_400_000,
    "2d 4h": 187_200_000,
  };
  for (const [name, ms] of Object.entries(told)) {
    const expected = /^-?\d$/.test(name) ? "0s" : name.split(",")[0];
    assert.equal(duration(ms), expected, name);
  }
});

test("columns are as wide as their widest cell", () => {
  assert.equal(
    table([
      ["a", "bb", "c"],
      ["aaa", "b"],
    ]),
    "a    bb  c\naaa  b\n",
  );
});
