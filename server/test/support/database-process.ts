/** Another process that starts a database, and what can be asked of a database by whoever has a sign-in. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, type QueryResult } from "pg";
import { silentLog } from "#/platform/log.ts";
import { findBundle } from "#/quickstart/postgres-programs.ts";
import type { SampleDatabase } from "#/quickstart/sample-database.ts";
import { findServerAccount } from "#/quickstart/server-account.ts";

/** What the database says of itself where it does not start. */
export const code = "quickstart.database_failed";
export const bundle = await findBundle();
export const account = await findServerAccount(silentLog);
export const serverFolder = fileURLToPath(new URL("../..", import.meta.url));

export interface Started {
  readonly database: SampleDatabase;
  readonly folder: string;
  readonly events: readonly string[];
}

type SignIn = Pick<SampleDatabase, "host" | "port" | "database" | "user" | "password">;

export async function query(
  { host, port, database, user, password }: SignIn,
  text: string,
): Promise<QueryResult> {
  const client = new Client({ host, port, user, password, database });
  try {
    await client.connect();
    return await client.query(text);
  } finally {
    await client.end();
  }
}

export function signInOf(url: string): SignIn {
  const { hostname: host, port, username: user, password, pathname } = new URL(url);
  return { host, port: Number(port), user, password, database: pathname.slice(1) };
}

interface Child {
  readonly process: ChildProcess;
  /** What it printed once it had started, or why it could not. */
  readonly outcome: { readonly error?: string; readonly url?: string };
}

export const startSample = `
  import { startSampleDatabase } from "#/quickstart/sample-database.ts";
  import { silentLog } from "#/platform/log.ts";
  const start = async () => {
    const database = await startSampleDatabase({ dir: process.argv[1], log: silentLog });
    return { ...database, url: database.adminUrl };
  };`;

export const startForTest = `
  import { startTestPostgres } from "./test/support/postgres.ts";
  const start = async () => {
    const database = await startTestPostgres();
    return { ...database, url: database.superuserUrl };
  };`;

const untilTold = (end: string) => `
  try {
    const { url, stop } = await start();
    process.once("SIGTERM", () => ${end});
    console.log(JSON.stringify({ url }));
    setInterval(() => {}, 1000);
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
  }`;

/** Another process that starts a database and keeps it until SIGTERM. */
export async function startChild(
  t: TestContext,
  script: string,
  dir: string,
  uid?: number,
  end = "stop().then(() => process.exit())",
): Promise<Child> {
  const args = ["--input-type=module", "--eval", `${script}${untilTold(end)}`, dir];
  const child = spawn(process.execPath, args, {
    ...(uid === undefined ? {} : { uid, gid: uid }),
    cwd: serverFolder,
    env: { HOME: dir },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => kill(child));
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { process: child, outcome: JSON.parse(line) };
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
