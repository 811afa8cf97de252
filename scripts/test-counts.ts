/**
 * A node:test reporter that writes the runner's own summary as one line of JSON, and writes it only
 * when the run has come to its end: a run that crashed or was cut short has no count.
 *
 * A run comes to its end when nothing is open any more. It has some seconds for that when no test runs; what a file
 * leaves open, such as a server of one that failed to load, ends it then without a count.
 */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Absolute paths of the files that ran at least one test. */
  readonly files: readonly string[];
}

interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly file?: string;
    readonly counts?: Readonly<
      Record<"passed" | "failed" | "cancelled" | "skipped" | "todo", number>
    >;
  };
}

export const closingMs = 120_000;

export default async function* countTests(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  const files = new Set<string>();
  let running = 0;
  let closing: NodeJS.Timeout | undefined;
  for await (const { type, data } of events) {
    if (type === "test:enqueue") running += 1;
    if (type === "test:complete") running -= 1;
    clearTimeout(closing);
    if (running === 0) closing = setTimeout(leave, closingMs).unref();
    if (type === "test:start" && data.file !== undefined) files.add(data.file);
    if (type !== "test:summary" || data.counts === undefined) continue;
    const { passed, failed, cancelled, skipped, todo } = data.counts;
    const counts: TestCounts = {
      passed,
      failed: failed + cancelled,
      skipped: skipped + todo,
      files: [...files],
    };
    yield `${JSON.stringify(counts)}\n`;
  }
}

function leave(): void {
  const open = process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap");
  process.stderr.write(`Left open when the tests were over: ${open.join(", ")}\n`, () =>
    process.exit(1),
  );
}
