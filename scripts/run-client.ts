/** Programs that are not ours: made ready in temporary space, and run. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export type Command = readonly string[];

const installMs = 600_000;

/** Why it can't be had, or null. */
export async function makeReady(
  needs: readonly Command[],
  install: readonly Command[],
): Promise<string | null> {
  for (const command of needs) {
    if ((await runClient(command, {}, installMs)).code !== 0) return `there is no ${command[0]}`;
  }
  for (const command of install) {
    const { code, output } = await runClient(command, {}, installMs);
    if (code !== 0) return `${command[0]} failed: ${output.trim().split("\n").at(-1)}`;
  }
  return null;
}

export interface Ended {
  readonly code: number | null;
  /** What the program is there to print. */
  readonly answers: string;
  /** That, and whatever it warns of. */
  readonly output: string;
}

export async function runClient(
  command: Command,
  environment: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<Ended> {
  const [program = "", ...parameters] = command;
  const child = spawn(program, parameters, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let answers = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    answers += text;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  // A program that is not there says so by an event of its own, which comes before the end.
  child.on("error", () => {});
  const [code] = (await once(child, "close")) as [number | null];
  return { code, answers, output };
}
