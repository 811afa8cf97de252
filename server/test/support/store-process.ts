/** A process of its own that works on a store, and can be killed: `store-child.ts`. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";

export type StoreProcess = ChildProcess & { readonly stdout: NonNullable<ChildProcess["stdout"]> };

const child = new URL("./store-child.ts", import.meta.url).pathname;

/** `around`: a command that runs it. */
export function startStoreProcess(
  t: TestContext,
  args: readonly string[],
  around: readonly string[] = [],
): StoreProcess {
  const [command = "", ...rest] = [...around, process.execPath, child, ...args];
  const started = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => started.kill("SIGKILL"));
  return started;
}

export async function linesOf(started: StoreProcess): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: started.stdout })) lines.push(line);
  return lines;
}
