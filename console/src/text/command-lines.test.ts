import { visibleSegments } from "@countersign/sdk/visible";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type CommandLine, commandLines } from "./command-lines.ts";
import { sqlTokens } from "./sql-tokens.ts";

const parts = fc.oneof(
  fc.constantFrom(
    "'",
    "--",
    "\n",
    "\t",
    "\r",
    "\u202e",
    "\u200b",
    "<U+202E>",
    "a\u0301\u0301\u0301\u0301\u0301",
    "😀",
    "select",
  ),
  fc.string({ unit: "binary" }),
);
const commands = fc.array(parts, { maxLength: 40 }).map((all) => all.join(""));

test("the lines of any command hold every character of it, in order", () => {
  fc.assert(
    fc.property(commands, (command) => {
      expect(textOf(commandLines(command, sqlTokens(command)))).toBe(command);
    }),
    { numRuns: 3_000 },
  );
});

test("no hidden character is left within the text of a piece", () => {
  fc.assert(
    fc.property(commands, (command) => {
      for (const piece of commandLines(command, sqlTokens(command)).flat()) {
        if (piece.kind === "mark") continue;
        const hidden = visibleSegments(`x${piece.text}`, "line feeds and tabs").filter(
          ({ kind }) => kind === "mark",
        );
        expect(hidden).toEqual([]);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("a mark within a string keeps the colours around it", () => {
  expect(commandLines("'a\u202eb' -- c", sqlTokens("'a\u202eb' -- c"))).toEqual([
    [
      { kind: "string", text: "'a" },
      { kind: "mark", codePoint: "U+202E", name: "right-to-left override" },
      { kind: "string", text: "b'" },
      { kind: "other", text: " " },
      { kind: "comment", text: "-- c" },
    ],
  ]);
});

function textOf(lines: readonly CommandLine[]): string {
  return lines
    .map((line) =>
      line
        .map((piece) =>
          piece.kind === "mark"
            ? String.fromCodePoint(Number.parseInt(piece.codePoint.slice(2), 16))
            : piece.text,
        )
        .join(""),
    )
    .join("\n");
}
