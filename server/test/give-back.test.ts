import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const program = `
  import { getHeapSpaceStatistics } from "node:v8";
  import { giveBack } from ${JSON.stringify(import.meta.resolve("#/platform/give-back.ts"))};
  const young = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").space_size;
  let kept = [];
  for (let at = 0; at < 3e6; at += 1) kept[at % 1e5] = { at };
  kept = [];
  const before = young();
  giveBack();
  console.log(JSON.stringify({ before, after: young() }));
`;

test("under the flags of npm start, what starting took of the heap is given back", () => {
  const { before, after } = run(startFlags());
  assert.ok(before >= 4 * 1024 * 1024 && after <= 2 * 1024 * 1024, `${before} became ${after}`);
});

test("without them nothing is given back, and nothing fails", () => {
  const { before, after } = run([]);
  assert.equal(after, before);
});

function startFlags(): readonly string[] {
  const file = new URL("../../package.json", import.meta.url);
  const { scripts } = JSON.parse(readFileSync(file, "utf8")) as { scripts: { start: string } };
  return scripts.start.split(" ").filter((word) => word.startsWith("--"));
}

function run(flags: readonly string[]): { readonly before: number; readonly after: number } {
  const args = [...flags, "--input-type=module", "--eval", program];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as {
    readonly before: number;
    readonly after: number;
  };
}
