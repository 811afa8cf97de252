import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { presentDifference } from "./difference.ts";
import type { Terminal } from "./layout.ts";

const terminal: Terminal = { out: () => {}, err: () => {}, columns: 40, colour: false };
const shown = (before: string, after: string) =>
  presentDifference(before.split("\n"), after.split("\n"), terminal);

test("what goes and what comes stand below each other, each behind its own mark", () => {
  assert.equal(
    shown("delete from customers", "delete from customers\nwhere id = 7"),
    "  | delete from customers\n+ | where id = 7\n",
  );
  assert.equal(
    shown("delete\nfrom customers\nwhere true", "delete\nfrom customers\nwhere id = 7"),
    "  | delete\n  | from customers\n- | where true\n+ | where id = 7\n",
  );
});

test("only unchanged lines are counted, and blank ones that would push the rest out of sight", () => {
  const many = Array.from({ length: 20 }, (_, at) => `line ${at}`).join("\n");
  assert.equal(
    shown(`${many}\nold`, `${many}\nnew`),
    "  ~ (20 lines stay the same)\n- | old\n+ | new\n",
  );
  assert.equal(shown("old", `${"\n".repeat(50)}new`), "- | old\n+ ~ (50 blank lines)\n+ | new\n");
});

test("no line can pass for one of the other side, however it is broken", () => {
  const long = `${"x".repeat(36)}- | delete from customers`;
  assert.equal(shown("", long).split("\n")[2], "+ > - | delete from customers");
});

test("both sides can be read back from any difference", () => {
  const line = fc.constantFrom("a", "b", "c", "d");
  const text = fc.array(line, { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const difference = presentDifference(before, after, terminal);
      if (difference.includes("~")) return;
      const lines = difference.trimEnd().split("\n");
      const side = (marks: readonly string[]) =>
        lines.filter((each) => marks.includes(each.slice(0, 1))).map((each) => each.slice(4));
      assert.deepEqual(side([" ", "-"]), before);
      assert.deepEqual(side([" ", "+"]), after);
    }),
  );
});

test("a difference of very many lines is still whole", () => {
  const [one, other] = ["x", "y"].map((each) =>
    Array.from({ length: 2000 }, (_, at) => `${each}${at}`),
  );
  const lines = presentDifference(one ?? [], other ?? [], terminal)
    .trimEnd()
    .split("\n");
  assert.equal(lines.length, 4000);
});
