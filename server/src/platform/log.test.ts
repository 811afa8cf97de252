import assert from "node:assert/strict";
import { test } from "node:test";
import { hostileTexts } from "@countersign/sdk/hostile-texts.test-support";
import { visible } from "@countersign/sdk/visible";
import { createLog, createTerminalLog, type Log } from "./log.ts";

function linesOf(open: (write: (line: string) => void) => Log, use: (log: Log) => void): string[] {
  const lines: string[] = [];
  use(open((line) => lines.push(line)));
  return lines;
}

for (const { name, text } of hostileTexts) {
  test(`${name} in a field is one line of ASCII, and says the field exactly`, () => {
    const lines = linesOf(
      (write) => createLog(write, () => 0),
      (log) => log.child({ base: text }).warn("some.event", { field: text }),
    );
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^[\x20-\x7e]*\n$/);
    const { base, field } = JSON.parse(lines[0] ?? "") as Readonly<Record<string, unknown>>;
    assert.deepEqual([base, field], [text, text]);
  });

  test(`${name} in a field is one line on a terminal too, with what hides spelled out`, () => {
    const lines = linesOf(
      (write) => createTerminalLog(write, visible),
      (log) => log.child({ base: text }).error("some.event", { field: text }),
    );
    assert.deepEqual(lines, [
      `countersign: ${visible(`error some.event base=${text} field=${text}`)}\n`,
    ]);
    assert.doesNotMatch((lines[0] ?? "").slice(0, -1), /\p{Cc}|\p{Bidi_Control}/u);
  });
}
