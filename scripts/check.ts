/**
 * `npm run check`: format, types, lint, dead code, architecture. One line for each; the output only of
 * those that fail. It changes no file.
 */
import path from "node:path";
import { interruption, mapConcurrently, runNode, seconds } from "./child.ts";

const stepMs = 300_000;
const concurrency = 2;

const steps = [
  { name: "types", args: ["node_modules/typescript/bin/tsc", "-p", "."] },
  { name: "console types", args: ["node_modules/typescript/bin/tsc", "-p", "console"] },
  { name: "lint", args: ["node_modules/oxlint/bin/oxlint", "--type-aware", "--format=unix", "."] },
  { name: "dead code", args: ["node_modules/knip/bin/knip.js", "--no-progress"] },
  {
    name: "architecture",
    args: [
      path.join(import.meta.dirname, "test.ts"),
      ...["architecture", "docs", "limits"].map((name) => `server/test/${name}.test.ts`),
    ],
  },
  { name: "format", args: ["node_modules/@biomejs/biome/bin/biome", "check", "."] },
] as const;

if (import.meta.main) process.exitCode = await main();

async function main(): Promise<number> {
  const signal = interruption();
  const passed = await mapConcurrently(steps, concurrency, async ({ name, args }) => {
    const finished = await runNode(args, { timeoutMs: stepMs, signal });
    const ok = finished.code === 0;
    if (!ok) console.log(finished.output.trimEnd());
    console.log(`${ok ? "✔" : "✖"} ${name.padEnd(13)} ${seconds(finished.durationMs)}`);
    if (finished.timedOut) console.log(`  did not end within ${seconds(stepMs)}`);
    return ok;
  });
  return passed.every(Boolean) ? 0 : 1;
}
