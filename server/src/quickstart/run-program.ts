import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { databaseFailed } from "./database-failed.ts";
import { errnoOf } from "./private-folder.ts";

/** An account of the operating system under which a program runs instead of root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * What every program here sees of the environment: nothing of the gateway's, which may hold secrets,
 * no PGDATA or PGPORT that would change what PostgreSQL does, and no locale of the host's.
 */
export const programEnvironment: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
};

export interface RunOptions {
  readonly account?: Account | undefined;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
}

const outputBytesMax = 1024 * 1024;
const runMs = 60_000;

/** Runs a program to its end and gives its output; any other end than success is an error. */
export async function runProgram(
  file: string,
  args: readonly string[],
  { account, cwd = "/", signal }: RunOptions = {},
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(file, args, {
      ...identityOf(account),
      cwd,
      env: programEnvironment,
      encoding: "utf8",
      timeout: runMs,
      killSignal: "SIGKILL",
      maxBuffer: outputBytesMax,
      ...(signal === undefined ? {} : { signal }),
    });
    return stdout;
  } catch (cause) {
    signal?.throwIfAborted();
    throw databaseFailed(`${file} failed: ${lastLine(writtenBy(cause)) ?? causeOf(cause)}`, cause);
  }
}

/** The identity that a child process takes on; none means that of this process. */
export function identityOf(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

/** The last line that says something: command line programs put the reason there. */
export function lastLine(text: string): string | undefined {
  return text
    .split("\n")
    .map((line) => line.trim())
    .findLast((line) => line !== "");
}

/** Says why a program could not be run at all, where the system's code alone would puzzle. */
export function causeOf(error: unknown): string {
  const code = errnoOf(error);
  switch (code) {
    case "ENOENT":
      return "it is missing, or it was built for another kind of system";
    case "EACCES":
      return "it may not be executed from there (is the file system mounted noexec?)";
    case "EPERM":
      return "this process may not run programs under another account";
    default:
      return `it ended unexpectedly (${code})`;
  }
}

/** What a program that failed had written to standard error. */
function writtenBy(error: unknown): string {
  return error instanceof Error && "stderr" in error ? String(error.stderr) : "";
}
