/**
 * `npm test [-- PATH…]`: every `*.test.ts` and `*.test.tsx` of the repository, or those whose path contains
 * a PATH.
 *
 * Unit tests share one process, which is fast and exposes mutable module state. Whatever opens sockets,
 * processes or databases has a process of its own for each file. The console's run in vitest, which alone can
 * read its sources. Two processes for each processor run at a time, as each waits now and then for
 * what it has started. The last line is `N passed, N failed`. A run fails if a test failed, a process crashed,
 * hung or left no count, or if a file ran no test.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Finished, interruption, mapConcurrently, runNode, seconds } from "./child.ts";
import type { TestCounts } from "./test-counts.ts";

/** These end what hangs. None may be short on a machine that is slow, or has other things to do. */
const testMs = 180_000;
const fileMs = 600_000;
/** Of hundreds of files in one process. */
const filesMs = 900_000;
/** Each may have a browser and a database. */
const concurrencyMax = 4;
/** Unpacks the browser, builds the console and makes the database's template, which of many at once each would do. */
const pioneer = "server/test/browser-decide.test.ts";
/** To make the SQL parser's code better takes a second and half a gigabyte, which a file's own process does not earn back. */
const shortLived = ["--liftoff-only"];
const outside = /(^|[\\/])(node_modules|dist|\.[^\\/]+)$/;
const consoleFolder = /^console\//;
const unitFolders = /^(server\/src|cli\/src|sdk|tlog)\//;

interface Run {
  readonly name: string;
  readonly files: readonly string[];
  readonly runner: "node" | "vitest";
  /** What Node is told besides. */
  readonly flags: readonly string[];
}

type Outcome = Omit<TestCounts, "files"> & { readonly problems: readonly string[] };

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

async function main(selection: readonly string[]): Promise<number> {
  const all = findTestFiles(process.cwd());
  const unmatched = selection.filter((part) => !all.some((file) => matches(file, part)));
  const chosen = all.filter(
    (file) => selection.length === 0 || selection.some((part) => matches(file, part)),
  );
  if (unmatched.length > 0) {
    console.log(`No test file matches ${unmatched.join(", ")}`);
    return report([{ passed: 0, failed: unmatched.length, skipped: 0, problems: unmatched }]);
  }

  const countsFolder = mkdtempSync(path.join(os.tmpdir(), "test-counts-"));
  const signal = interruption();
  let runNumber = 0;
  const execute = async (run: Run): Promise<Outcome> => {
    if (signal.aborted) return { passed: 0, failed: 0, skipped: 0, problems: [] };
    const countsFile = path.join(countsFolder, `${(runNumber += 1)}.json`);
    const finished = await runNode(argumentsOf(run, countsFile), {
      timeoutMs: limitOf(run),
      signal,
    });
    const outcome = judge(run, finished, readCounts(run, countsFile));
    print(run, finished, outcome, selection.length > 0);
    return outcome;
  };
  try {
    const isolated = isolatedRuns(chosen);
    const runs = [
      ...isolated.filter(({ name }) => name === pioneer),
      ...unitRuns(chosen),
      ...consoleRuns(chosen),
      ...isolated.filter(({ name }) => name !== pioneer),
    ];
    const outcomes = await mapConcurrently(runs, concurrency(), execute);
    if (!signal.aborted) return report(outcomes);
    console.log(`Interrupted by ${String(signal.reason)}`);
    return report([...outcomes, { passed: 0, failed: 1, skipped: 0, problems: [] }]);
  } finally {
    rmSync(countsFolder, { recursive: true, force: true });
  }
}

function concurrency(): number {
  return Math.min(2 * os.availableParallelism(), concurrencyMax);
}

function limitOf({ files }: Run): number {
  return files.length > 1 ? filesMs : fileMs;
}

function findTestFiles(root: string): readonly string[] {
  return globSync("**/*.test.{ts,tsx}", { cwd: root, exclude: (entry) => outside.test(entry) })
    .map((file) => file.replaceAll(path.sep, "/"))
    .toSorted();
}

function matches(file: string, part: string): boolean {
  const relative = path.relative(process.cwd(), path.resolve(part)).replaceAll(path.sep, "/");
  return file === relative || file.startsWith(`${relative}/`) || file.includes(part);
}

function unitRuns(files: readonly string[]): readonly Run[] {
  const unit = files.filter((file) => unitFolders.test(file));
  if (unit.length === 0) return [];
  return [{ name: `unit tests (${unit.length} files)`, files: unit, runner: "node", flags: [] }];
}

function consoleRuns(files: readonly string[]): readonly Run[] {
  const ours = files.filter((file) => consoleFolder.test(file));
  if (ours.length === 0) return [];
  return [
    { name: `console tests (${ours.length} files)`, files: ours, runner: "vitest", flags: [] },
  ];
}

function isolatedRuns(files: readonly string[]): readonly Run[] {
  return files
    .filter((file) => !unitFolders.test(file) && !consoleFolder.test(file))
    .map((file) => ({ name: file, files: [file], runner: "node", flags: shortLived }));
}

function argumentsOf(run: Run, countsFile: string): readonly string[] {
  if (run.runner === "vitest") {
    return [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--root=console",
      `--testTimeout=${testMs}`,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${countsFile}`,
      ...run.files.map((file) => file.replace(consoleFolder, "")),
    ];
  }
  return [
    ...run.flags,
    `--test-timeout=${testMs}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${path.join(import.meta.dirname, "test-counts.ts")}`,
    `--test-reporter-destination=${countsFile}`,
    path.join(import.meta.dirname, "test-files.ts"),
    ...run.files,
  ];
}

function readCounts({ runner }: Run, countsFile: string): TestCounts | null {
  try {
    const counts: unknown = JSON.parse(readFileSync(countsFile, "utf8"));
    return runner === "node" ? (counts as TestCounts) : vitestCounts(counts as VitestReport);
  } catch {
    return null;
  }
}

/** What vitest's JSON reporter writes when a run has come to its end. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

function vitestCounts(report: VitestReport): TestCounts {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    files: report.testResults
      .filter(({ assertionResults }) => assertionResults.length > 0)
      .map(({ name }) => path.resolve(name)),
  };
}

/** Whatever is wrong with a run is at least one failure in the sum, also if no test says so. */
function judge(run: Run, finished: Finished, counts: TestCounts | null): Outcome {
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  const problems: string[] = [];
  if (finished.timedOut) problems.push(`did not end within ${seconds(limitOf(run))}`);
  else if (counts === null) problems.push("ended without a count of its tests");
  else if (failed === 0) {
    problems.push(...filesWithout(run, counts).map((file) => `${file} ran no test`));
    if (finished.code !== 0) problems.push(`exited with ${finished.code ?? "a signal"}`);
  }
  return { passed, skipped, failed: failed + problems.length, problems };
}

/** A shared suite's tests count for the suite's file; alone in its process, a file answers for all that ran. */
function filesWithout({ files }: Run, counts: TestCounts): readonly string[] {
  const ran = new Set(counts.files);
  if (files.length === 1) return counts.passed + counts.skipped > 0 ? [] : files;
  return files.filter((file) => !ran.has(path.resolve(file)));
}

function print(run: Run, finished: Finished, outcome: Outcome, verbose: boolean): void {
  const skipped = outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : "";
  const failed = outcome.failed > 0 ? `, ${outcome.failed} failed` : "";
  const counts = `${outcome.passed} passed${failed}${skipped}`;
  if (verbose || outcome.failed > 0) console.log(finished.output.trimEnd());
  console.log(
    `${outcome.failed > 0 ? "✖" : "✔"} ${run.name}: ${counts} (${seconds(finished.durationMs)})`,
  );
  for (const problem of outcome.problems) console.log(`  ${problem}`);
}

/** Prints the last line and gives the exit code. */
function report(outcomes: readonly Outcome[]): number {
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}
