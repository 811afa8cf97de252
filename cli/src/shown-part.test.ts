import assert from "node:assert/strict";
import { test } from "node:test";
import type { Parameter } from "@countersign/sdk/wire/content";
import * as fc from "fast-check";
import {
  isShownWhole,
  shownBytesMax,
  shownLinesMax,
  shownParametersMax,
  shownPartOf,
} from "./shown-part.ts";

function valueOf(text: string | null): Parameter {
  return { type: 25, format: "text", text };
}

test("an action of every bound's size is shown whole, and one more of anything is not", () => {
  const line = "x".repeat(shownBytesMax / shownLinesMax - 1);
  const command = Array<string>(shownLinesMax).fill(line).join("\n");
  const parameters = Array<Parameter>(shownParametersMax).fill(valueOf("x".repeat(100)));
  assert.equal(isShownWhole({ command, parameters }), true);
  const more = [
    { command: `${command}\n`, parameters },
    { command: "x".repeat(shownBytesMax + 1), parameters },
    { command: "é".repeat(shownBytesMax / 2 + 1), parameters },
    { command, parameters: [...parameters, valueOf(null)] },
    { command, parameters: [valueOf("x".repeat(shownBytesMax)), valueOf("")] },
    { command, parameters: [valueOf("x".repeat(shownBytesMax + 1))] },
  ];
  for (const action of more) assert.equal(isShownWhole(action), false);
});

test("what is shown is a beginning, within its bounds, never cut within a character, and says what is missing", () => {
  const texts = fc
    .tuple(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), fc.nat({ max: 9000 }))
    .map(([unit, count]) => unit.repeat(count));
  fc.assert(
    fc.property(texts, fc.array(fc.option(texts), { maxLength: 4 }), (command, values) => {
      const parameters = values.map(valueOf);
      const shown = shownPartOf({ command, parameters });
      assert.ok(command.startsWith(shown.command));
      assert.ok(Buffer.byteLength(shown.command) <= shownBytesMax);
      assert.ok(shown.command.split("\n").length <= shownLinesMax);
      assert.ok(shown.command.isWellFormed() || !command.isWellFormed());
      const bytes = shown.parameters.map(({ text }) => Buffer.byteLength(text ?? ""));
      assert.ok(bytes.reduce((sum, each) => sum + each, 0) <= shownBytesMax);
      for (const [at, { text }] of shown.parameters.entries()) {
        assert.ok(values[at]?.startsWith(text ?? "") ?? text === null);
      }
      const isWhole =
        shown.command === command &&
        shown.parameters.length === parameters.length &&
        shown.parameters.every(({ text }, at) => text === values[at]);
      assert.equal(shown.missing.length === 0, isWhole);
    }),
    { numRuns: 200 },
  );
});
