/**
 * Recognises and ends the main process of a PostgreSQL server by its data folder. A process is
 * never judged by its name or by a number in a file alone: before it is signalled, the operating
 * system must say that it is a postgres of that very folder, under the account that owns it.
 */
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { databaseFailed } from "./database-failed.ts";
import { isErrno, ownUid, readIfPresent } from "./private-folder.ts";
import { type Account, runProgram } from "./run-program.ts";

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly isReady: boolean;
}

/** A data folder, and the account that its server runs under where that is not this process's. */
export interface DataFolder {
  readonly path: string;
  readonly account: Account | undefined;
}

/** The longest a server may take for a fast shutdown, then for an immediate one, then to be killed. */
const shutdownSteps = [
  { signal: "SIGINT", waitMs: 10_000 },
  { signal: "SIGQUIT", waitMs: 5_000 },
  { signal: "SIGKILL", waitMs: 5_000 },
] as const;

const pollMs = 5;

/** What the server wrote about itself, which a killed one leaves behind. */
export async function readPidFile(folder: DataFolder): Promise<Postmaster | undefined> {
  // Lines: pid, data folder, start time, port, socket folder, address, shared memory, state.
  const lines = (await readIfPresent(join(folder.path, "postmaster.pid")))?.split("\n") ?? [];
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!Number.isSafeInteger(pid) || pid <= 1 || !Number.isSafeInteger(port)) return undefined;
  return { pid, port, isReady: lines[7]?.trim() === "ready" };
}

/** The server that runs on this data folder, whoever started it. */
export async function findPostmaster(folder: DataFolder): Promise<Postmaster | undefined> {
  const found = await readPidFile(folder);
  return found !== undefined && (await isPostmasterOf(found.pid, folder)) ? found : undefined;
}

/**
 * Removes what a killed server left. Its number may belong to another process by now, at which
 * PostgreSQL would refuse to start. Only for a caller that holds the folder alone and found no
 * server; what still runs of one, PostgreSQL finds by the shared memory that it is attached to.
 */
export async function removeStalePidFile(folder: DataFolder): Promise<void> {
  await rm(join(folder.path, "postmaster.pid"), { force: true });
}

/** Ends the server and waits until it is gone. */
export async function stopPostmaster(pid: number, folder: DataFolder): Promise<void> {
  for (const { signal, waitMs } of shutdownSteps) {
    if (!(await isPostmasterOf(pid, folder))) return;
    send(signal, pid);
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      if (!(await isPostmasterOf(pid, folder))) return;
      await delay(pollMs);
    }
  }
  throw databaseFailed(`The database server on ${folder.path} (process ${pid}) does not end.`);
}

/** A process that has ended but was not yet collected by its parent is none any more. */
export async function isPostmasterOf(pid: number, folder: DataFolder): Promise<boolean> {
  const found = await findProcess(pid);
  if (found === undefined || found.uid !== (folder.account?.uid ?? ownUid())) return false;
  const { command, separator } = found;
  return command.includes(["postgres", "-D", folder.path, ""].join(separator));
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    // It may have ended since it was recognised.
    if (!isErrno(cause, "ESRCH")) throw cause;
  }
}

/** A process's owner, and its arguments, each ended by `separator`. */
interface RunningProcess {
  readonly uid: number;
  readonly command: string;
  readonly separator: string;
}

async function findProcess(pid: number): Promise<RunningProcess | undefined> {
  if (process.platform !== "linux") return listProcess(pid);
  const folder = `/proc/${pid}`;
  const [command, status] = await Promise.all([
    readFile(join(folder, "cmdline"), "utf8").catch(() => ""),
    stat(folder).catch(() => undefined),
  ]);
  return status && { uid: status.uid, command, separator: "\0" };
}

async function listProcess(pid: number): Promise<RunningProcess | undefined> {
  const format = ["-ww", "-o", "uid=,command=", "-p", `${pid}`];
  const line = await runProgram("ps", format).catch(() => "");
  const [, uid, command] = /^\s*(\d+)\s+(.*)$/m.exec(line) ?? [];
  return command === undefined ? undefined : { uid: Number(uid), command, separator: " " };
}
