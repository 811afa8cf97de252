import * as fc from "fast-check";
import { expect, test } from "vitest";
import { blockCharsMax, blockLinesMax, textBlocks } from "./text-blocks.ts";

const texts = fc
  .array(fc.tuple(fc.constantFrom("a", "\n", "😀", "\ud83d", "ab\n"), fc.nat(5_000)), {
    maxLength: 8,
  })
  .map((runs) => runs.map(([text, count]) => text.repeat(count)).join(""));

test("the blocks of any text hold every line of it, numbered, in order", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const blocks = textBlocks(text);
      const joined = blocks
        .map(
          ({ text: part, blocksBefore }, index) =>
            `${index > 0 && blocksBefore === 0 ? "\n" : ""}${part}`,
        )
        .join("");
      expect(joined).toBe(text);
      for (const [index, { firstLine }] of blocks.entries()) {
        const before = blocks.slice(0, index).map((block) => block.text);
        const breaks = before.join("").split("\n").length - 1;
        const joints = blocks
          .slice(1, index + 1)
          .filter((block) => block.blocksBefore === 0).length;
        expect(firstLine).toBe(1 + breaks + joints);
      }
    }),
    { numRuns: 300 },
  );
});

test("no block is larger than a browser lays out at once, and none ends within a character", () => {
  fc.assert(
    fc.property(texts, (text) => {
      for (const { text: part } of textBlocks(text)) {
        expect(part.length).toBeLessThanOrEqual(blockCharsMax);
        expect(part.split("\n").length).toBeLessThanOrEqual(blockLinesMax);
      }
      expect(
        textBlocks("😀".repeat(20_000)).some(({ text: part }) => /[\ud800-\udbff]$/.test(part)),
      ).toBe(false);
    }),
    { numRuns: 100 },
  );
});
