import type { Log } from "#/platform/log.ts";
import { databaseFailed } from "./database-failed.ts";
import { ownUid } from "./private-folder.ts";
import { type Account, runProgram } from "./run-program.ts";

/**
 * PostgreSQL refuses to run as root. Then it runs as `postgres`, which is created if it is missing,
 * or as `nobody` where no account can be created. An ordinary user runs it as themselves: undefined.
 */
export async function findServerAccount(log: Log): Promise<Account | undefined> {
  if (ownUid() !== 0) return undefined;
  const account = (await lookUp("postgres")) ?? (await create(log)) ?? (await lookUp("nobody"));
  if (account === undefined) {
    throw databaseFailed(
      "PostgreSQL can't run as root, and this system has no account `postgres` or `nobody`.",
    );
  }
  return account;
}

/** As root, an account by its name; undefined if there is none without privileges. */
export async function lookUp(name: string): Promise<Account | undefined> {
  const [uid, gid] = await Promise.all([readId("-u", name), readId("-g", name)]);
  return uid === undefined || gid === undefined ? undefined : { name, uid, gid };
}

async function readId(flag: string, name: string): Promise<number | undefined> {
  const text = await runProgram("id", [flag, name]).catch(() => "");
  const id = Number.parseInt(text, 10);
  return id > 0 ? id : undefined;
}

/** The home is where Debian's own package expects it, should that be installed later. */
async function create(log: Log): Promise<Account | undefined> {
  const options = ["--system", "--user-group", "--no-create-home", "--shell", "/bin/false"];
  const home = ["--home-dir", "/var/lib/postgresql"];
  // Another process may be creating it at the same time: what counts is whether it is there.
  await runProgram("useradd", [...options, ...home, "postgres"]).catch(() => undefined);
  const account = await lookUp("postgres");
  if (account !== undefined) log.info("system_account.created", { name: account.name });
  return account;
}
