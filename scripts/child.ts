/**
 * Runs one Node program to its end, for `check` and `test`.
 *
 * Guarantees: it ends within `timeoutMs`, and nothing that it started outlives it, because each program
 * leads a process group of its own that is killed when the program ends, times out or is aborted.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly output: string;
  readonly durationMs: number;
  readonly timedOut: boolean;
}

export interface ChildOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How long an aborted child may take to clean up before it is killed. */
export const stopMs = 3_000;
const outputCharsMax = 4_000_000;

export async function runNode(args: readonly string[], options: ChildOptions): Promise<Finished> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: childEnvironment(),
  });
  let output = "";
  const collect = (text: string): void => {
    if (output.length < outputCharsMax) output += text;
  };
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);

  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    killGroup(child.pid, "SIGKILL");
  }, options.timeoutMs);
  let patience: NodeJS.Timeout | undefined;
  const stop = (): void => {
    killGroup(child.pid, "SIGTERM");
    patience = setTimeout(() => killGroup(child.pid, "SIGKILL"), stopMs);
  };
  options.signal.addEventListener("abort", stop, { once: true });
  if (options.signal.aborted) stop();

  const closed = once(child, "close");
  await once(child, "exit");
  clearTimeout(deadline);
  clearTimeout(patience);
  options.signal.removeEventListener("abort", stop);
  // Before waiting for the pipes to close: a process left behind would hold them open.
  killGroup(child.pid, "SIGKILL");
  await closed;
  return {
    code: child.exitCode,
    output,
    durationMs: performance.now() - startedAt,
    timedOut,
  };
}

/** Aborts when the person at the terminal, or whoever started us, asks to end. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, () => controller.abort(name));
  }
  return controller.signal;
}

/** Runs `task` over all items, `concurrency` at a time; results keep the items' order. */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  task: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await task(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}

export function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

/** Apart from what `npm start` keeps: other flags of Node would have each take the other's for stale. */
const compiled = path.join(import.meta.dirname, "../node_modules/.cache/countersign-tests");

/**
 * The pinned Node comes first; what it makes of the sources is kept, for the hundreds of processes that load the same;
 * a test runner around us must not take our children for its own; and what is written into a pipe has no colours,
 * whatever is forced outside.
 */
function childEnvironment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _outerRunner, FORCE_COLOR: _colours, ...environment } = process.env;
  return {
    NODE_COMPILE_CACHE: compiled,
    ...environment,
    PATH: [path.dirname(process.execPath), environment["PATH"]].join(path.delimiter),
  };
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}
