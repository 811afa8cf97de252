import assert from "node:assert/strict";
import { once } from "node:events";
import {
  access,
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { initCluster, startCluster } from "#/quickstart/cluster.ts";
import { type Bundle, findPrograms } from "#/quickstart/postgres-programs.ts";
import { isPostmasterOf, stopPostmaster } from "#/quickstart/postmaster.ts";
import { openPrivateFolder } from "#/quickstart/private-folder.ts";
import { runProgram } from "#/quickstart/run-program.ts";
import { lookUp } from "#/quickstart/server-account.ts";

import {
  account,
  bundle,
  code,
  query,
  serverFolder,
  signInOf,
  startChild,
  startSample,
} from "./support/database-process.ts";

const isRoot = process.getuid?.() === 0;
/** An account without any privilege, which every Linux has. */
const nobody = 65_534;
const skip = await whyNobodyCantRun();

describe("the bundled PostgreSQL", () => {
  let dir: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "countersign-bundled-test-"));
    await chmod(dir, 0o755);
  });

  after(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  test("runs for an ordinary user", { skip }, async (t) => {
    const home = join(dir, "home");
    await openPrivateFolder(home, 0o700);
    if (isRoot) await chown(home, nobody, nobody);
    const child = await startChild(
      t,
      startSample,
      join(home, "sample"),
      isRoot ? nobody : undefined,
    );
    const owner = await stat(join(home, "sample", "data-18")).catch(() => undefined);
    child.process.kill("SIGTERM");
    await once(child.process, "exit");
    assert.equal(child.outcome.error, undefined);
    assert.equal(owner?.uid, isRoot ? nobody : process.getuid?.());
    await assert.rejects(access(join(home, "sample", "data-18", "postmaster.pid")));
  });

  test("ends with the process that has started it, also where that does not stop it", async (t) => {
    const home = join(dir, "left");
    const child = await startChild(t, startSample, home, undefined, "process.exit(1)");
    const { port, ...signIn } = signInOf(child.outcome.url ?? "");
    assert.equal((await query({ port, ...signIn }, "select 1")).rowCount, 1);
    child.process.kill("SIGTERM");
    assert.deepEqual(await once(child.process, "exit"), [1, null]);
    for (;;) {
      const answer = await query({ port, ...signIn }, "select 1").catch((error: unknown) => error);
      if (answer instanceof Error && "code" in answer && answer.code === "ECONNREFUSED") break;
    }
  });

  test("tells an ordinary user when the folder can't be made", { skip }, async (t) => {
    const sealed = join(dir, "sealed");
    await mkdir(sealed, { mode: 0o555 });
    const child = await startChild(
      t,
      startSample,
      join(sealed, "mine"),
      isRoot ? nobody : undefined,
    );
    assert.match(child.outcome.error ?? "", /\/mine can't be created \(EACCES\)/);
  });

  test("runs where the package's install script did not", async (t) => {
    const bare = await copyPackage("bare");
    for (const link of await readLinks()) await rm(join(bare.folder, link));
    await chmod(join(bare.folder, "native", "bin", "initdb"), 0o644);
    const { initdb, postgres } = await findPrograms(bare, undefined);
    t.after(() => rm(join(initdb, "..", "..", ".."), { recursive: true }));
    const answers = [await runProgram(initdb, ["-V"]), await runProgram(postgres, ["-V"])];
    assert.deepEqual(answers, ["initdb (PostgreSQL) 18.4\n", "postgres (PostgreSQL) 18.4\n"]);
  });

  test("is copied again when the system has cleaned away a part of the copy", async (t) => {
    const bare = await copyPackage("cleaned");
    for (const link of await readLinks()) await rm(join(bare.folder, link));
    const { initdb } = await findPrograms(bare, undefined);
    t.after(() => rm(join(initdb, "..", "..", ".."), { recursive: true }));
    const file = join(initdb, "..", "..", "share", "postgresql", "postgres.bki");
    await rm(file);
    await findPrograms(bare, undefined);
    await access(file);
  });

  test("says so when its programs can't be run", async () => {
    const programs = { initdb: join(dir, "initdb"), postgres: join(dir, "postgres") };
    const cluster = { account, programs, path: join(dir, "data"), logFile: join(dir, "log") };
    const message = /it is missing, or it was built for another kind of system/;
    await assert.rejects(initCluster(cluster, "secret"), { code, message });
    await assert.rejects(startCluster(cluster, { isDetached: false }), { code, message });
    await writeFile(programs.postgres, "", { mode: 0o644 });
    const denied = startCluster(cluster, { isDetached: false });
    await assert.rejects(denied, { code, message: /may not be executed from there/ });
  });

  const rootAlone = isRoot ? false : "only root can run it under another account";
  test("runs as `nobody` where no account can be made", { skip: rootAlone }, async () => {
    const other = await lookUp("nobody");
    assert.equal(await lookUp("no-such-account"), undefined);
    const folder = join(dir, "nobody");
    await openPrivateFolder(folder, 0o711);
    const cluster = {
      account: other,
      programs: await findPrograms(bundle, other),
      path: join(folder, "data"),
      logFile: join(folder, "log"),
    };
    await initCluster(cluster, "secret");
    const { pid } = await startCluster(cluster, { isDetached: false });
    const isServing = await isPostmasterOf(pid, cluster);
    await stopPostmaster(pid, cluster);
    assert.ok(isServing);
    assert.equal(await isPostmasterOf(pid, cluster), false);
  });

  async function copyPackage(name: string): Promise<Bundle> {
    const folder = join(dir, name);
    await cp(bundle.folder, folder, { recursive: true, verbatimSymlinks: true });
    return { folder, version: bundle.version };
  }
});

/** Root gives up its rights for some tests; then the checkout must be readable for all. */
async function whyNobodyCantRun(): Promise<string | false> {
  if (!isRoot) return false;
  const script = 'import "#/quickstart/sample-database.ts"';
  const args = ["--input-type=module", "--eval", script];
  const other = { name: "nobody", uid: nobody, gid: nobody };
  const run = runProgram(process.execPath, args, { account: other, cwd: serverFolder });
  return run.then(
    () => false,
    () => "another account can't enter this checkout",
  );
}

async function readLinks(): Promise<readonly string[]> {
  const text = await readFile(join(bundle.folder, "native", "pg-symlinks.json"), "utf8");
  return (JSON.parse(text) as readonly { readonly target: string }[]).map(({ target }) => target);
}
