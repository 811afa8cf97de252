/** The `countersign` command in a process beside the test, each time in a home of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CommandLine {
  run(environment: Readonly<Record<string, string>>, args: readonly string[]): Promise<Printed>;
  close(): Promise<void>;
}

const program = join(import.meta.dirname, "../../../cli/test/commands.test-support.ts");

export function openCommandLine(): CommandLine {
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(environment, args) {
      child.stdin.write(`${JSON.stringify({ environment, args })}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error("the command line has ended");
      return JSON.parse(value) as Printed;
    },
    async close() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}
