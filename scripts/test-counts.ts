/**
 * A node:test reporter that writes the runner's own summary as one line of JSON, and writes it only
 * when the run has come to its end: a run that crashed or was cut short has no count.
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

export default async function* countTests(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  const files = new Set<string>();
  for await (const { type, data } of events) {
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
