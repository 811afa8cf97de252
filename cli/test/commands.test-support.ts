/**
 * Many commands in one process, for tests that run hundreds: each line of standard input is `{ environment, args }`, in
 * JSON, and is answered by a line `{ code, out, err }`.
 */
import { createInterface } from "node:readline";
import { openShell } from "./command.test-support.ts";

interface Asked {
  readonly environment: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

const closers: (() => void)[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const { environment, args } = JSON.parse(line) as Asked;
  const shell = openShell({ after: (close) => closers.push(close) });
  Object.assign(shell.environment, environment);
  process.stdout.write(`${JSON.stringify(await shell.run(...args))}\n`);
}
for (const close of closers) close();
