import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
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
  utimes,
  writeFile,
} from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, type QueryResult } from "pg";
import { createLog, silentLog } from "#/platform/log.ts";
import { type Cluster, initCluster, startCluster } from "#/quickstart/cluster.ts";
import { type Bundle, findBundle, findPrograms } from "#/quickstart/postgres-programs.ts";
import {
  findPostmaster,
  isPostmasterOf,
  type Postmaster,
  stopPostmaster,
} from "#/quickstart/postmaster.ts";
import { openPrivateFolder } from "#/quickstart/private-folder.ts";
import { identityOf, runProgram } from "#/quickstart/run-program.ts";
import {
  type SampleDatabase,
  type SampleDatabaseOptions,
  startSampleDatabase,
} from "#/quickstart/sample-database.ts";
import { findServerAccount, lookUp } from "#/quickstart/server-account.ts";
import { startTestPostgres } from "./support/postgres.ts";

const code = "quickstart.database_failed";
const invalidPassword = "28P01";
const insufficientPrivilege = "42501";
/** Ends a test that waits for what does not come. */
const timeout = 180_000;
const isRoot = process.getuid?.() === 0;
/** An account without any privilege, which every Linux has. */
const nobody = 65_534;
const bundle = await findBundle();
const account = await findServerAccount(silentLog);
/** Of every row as the server prints it: changes only together with the data. */
const sampleHash = "34c139374bc23465a5ba545ef5aaf49ba60e32fcecfd8f9e4bef90df1cc3040f";
const serverFolder = fileURLToPath(new URL("..", import.meta.url));
const skip = await whyNobodyCantRun();

describe("the sample database", () => {
  let dir: string;
  let cluster: Cluster;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "countersign-sample-test-"));
    const { database, folder } = await start();
    const programs = await findPrograms(bundle, account);
    cluster = { account, programs, path: join(folder, "data-18"), logFile: "/dev/null" };
    await database.stop();
  });

  after(async () => {
    const left = await findPostmaster(cluster);
    if (left !== undefined) await stopPostmaster(left.pid, cluster);
    await rm(dirname(cluster.path), { recursive: true, force: true });
    await rm(dir, { recursive: true, force: true });
  });

  test("holds the same rows on every machine", async (t) => {
    const { database } = await start(t);
    const hash = createHash("sha256");
    for (const table of ["customers", "products", "orders", "payments"]) {
      const { rows } = await query(database, `select t::text as row from ${table} t order by id`);
      for (const { row } of rows) hash.update(`${String(row)}\n`);
    }
    assert.equal(hash.digest("hex"), sampleHash);
  });

  test("lets a customer be deleted, and keeps what was changed across a restart", async (t) => {
    const first = await start(t);
    const deleted = await query(first.database, "delete from customers where id = 7");
    await first.database.stop();
    const second = await start(t);
    const found = await query(second.database, "select from customers where id = 7");
    const orders = await query(second.database, "select from orders where customer_id is null");
    assert.deepEqual([deleted.command, deleted.rowCount], ["DELETE", 1]);
    assert.equal(found.rowCount, 0);
    assert.equal(orders.rowCount, 2, "the orders of the deleted customer are kept");
  });

  test("gives the gateway a role that is nobody special, yet could drop its tables", async (t) => {
    const { database } = await start(t);
    const role = await query(
      database,
      `select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as special,
         (select count(*)::int from pg_auth_members where member = r.oid) as memberships
       from pg_roles r where rolname = current_user`,
    );
    assert.deepEqual(role.rows, [{ special: false, memberships: 0 }]);
    await query(database, "begin; create table notes (text text); drop table payments; rollback");
    const elsewhere = query({ ...database, database: "postgres" }, "select");
    await assert.rejects(elsewhere, { code: insufficientPrivilege });
  });

  test("lets nobody in without the password, and listens to this machine alone", async (t) => {
    const { database } = await start(t);
    const wrong = query({ ...database, password: "wrong" }, "select");
    await assert.rejects(wrong, { code: invalidPassword });
    const { rows } = await query(
      signInOf(database.adminUrl),
      `select current_setting('listen_addresses') as addresses,
         current_setting('unix_socket_directories') as sockets`,
    );
    const secrets = await stat(join(cluster.path, "..", "credentials.json"));
    assert.deepEqual(rows, [{ addresses: "127.0.0.1", sockets: "" }]);
    assert.equal(secrets.mode & 0o777, 0o600);
  });

  test("writes no statement and no value to its log", async (t) => {
    const { database } = await start(t);
    const failing = query(database, "select 'a secret'::integer");
    await assert.rejects(failing, /a secret/);
    const text = await readFile(join(cluster.path, "..", "server.log"), "utf8");
    assert.match(text, /ready to accept connections/);
    assert.doesNotMatch(text, /secret/);
  });

  test("serves one process at a time", async (t) => {
    const { database } = await start(t);
    await assert.rejects(start(t), { code, message: /Another process uses/ });
    const child = await startChild(t, startSample, dir);
    await query(database, "select");
    assert.match(child.outcome.error ?? "", /Another process uses/);
  });

  test("of two processes that start at once, one gets it and the other is told", async (t) => {
    const children = await Promise.all([
      startChild(t, startSample, dir),
      startChild(t, startSample, dir),
    ]);
    const started = children.filter(({ outcome }) => outcome.error === undefined);
    assert.equal(started.length, 1);
  });

  test("takes over the server that a killed process left, so that there are never two", async (t) => {
    const left = await leaveServer(t);
    const { database, events } = await start(t);
    const current = await findPostmaster(cluster);
    await query(database, "select from orders");
    await database.stop();
    assert.deepEqual(current, left);
    assert.ok(events.includes("sample_database.adopted"));
    assert.equal(await isPostmasterOf(left.pid, cluster), false);
    assert.equal(await findPostmaster(cluster), undefined);
  });

  test("ends a left-over server on another port than the wanted one", async (t) => {
    const left = await leaveServer(t);
    const port = await portOfNobody();
    const { database } = await start(t, { port });
    assert.equal(database.port, port);
    assert.equal(await isPostmasterOf(left.pid, cluster), false);
  });

  test("starts where a killed server was, and spares the process that has its number", async (t) => {
    const left = await leaveServer(t);
    // PostgreSQL itself refuses to start while that number belongs to a process of its account.
    const bystander = spawn("sleep", ["600"], { ...identityOf(account), stdio: "ignore" });
    t.after(() => kill(bystander));
    const pidFile = join(cluster.path, "postmaster.pid");
    const text = await readFile(pidFile, "utf8");
    process.kill(left.pid, "SIGKILL");
    await stopPostmaster(left.pid, cluster);
    await writeFile(pidFile, text.replace(`${left.pid}`, `${bystander.pid}`));
    const { database } = await start(t);
    const { rowCount } = await query(database, "select from orders");
    assert.equal(rowCount, 10_000);
    assert.ok(bystander.exitCode === null && bystander.signalCode === null);
  });

  const onLinux = process.platform === "linux" ? false : "needs to see the server's processes";
  test("waits for the rest of a killed server to end", { skip: onLinux, timeout }, async (t) => {
    const left = await leaveServer(t);
    const children = await readFile(`/proc/${left.pid}/task/${left.pid}/children`, "utf8");
    const rest = Number(children.split(" ", 1));
    process.kill(rest, "SIGSTOP");
    process.kill(left.pid, "SIGKILL");
    await stopPostmaster(left.pid, cluster);
    const starting = start(t);
    const logFile = join(cluster.path, "..", "server.log");
    while (!(await readFile(logFile, "utf8")).includes("shared memory block"));
    process.kill(rest, "SIGCONT");
    const { database } = await starting;
    await query(database, "select from orders");
  });

  test("is made anew without its passwords, after its left-over server has ended", async (t) => {
    const left = await leaveServer(t);
    await rm(join(cluster.path, "..", "credentials.json"));
    const { database, events } = await start(t);
    const { rowCount } = await query(database, "select from customers where id = 7");
    assert.ok(events.includes("sample_database.created"));
    assert.equal(await isPostmasterOf(left.pid, cluster), false);
    assert.equal(rowCount, 1);
  });

  test("is made anew when the folder that it belongs to was removed", async (t) => {
    const left = await leaveServer(t);
    await stopPostmaster(left.pid, cluster);
    await rm(dir, { recursive: true });
    const { events } = await start(t);
    assert.ok(events.includes("sample_database.created"));
  });

  test("is loaded again when the loading was cut off", async (t) => {
    const first = await start(t);
    const admin = { ...signInOf(first.database.adminUrl), database: "postgres" };
    await query(admin, "alter database shop rename to shop_new");
    await first.database.stop();
    const second = await start(t);
    const { rowCount } = await query(second.database, "select from payments");
    assert.ok(second.events.includes("sample_database.loaded"));
    assert.equal(rowCount, 8_771);
  });

  test("listens where it did before a restart, and elsewhere if that is taken since", async (t) => {
    const wanted = await portOfNobody();
    await (await start(t, { port: wanted })).database.stop();
    const again = (await start(t)).database;
    assert.equal(again.port, wanted);
    await again.stop();
    const server = createServer().listen(wanted, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const { database } = await start(t);
    assert.notEqual(database.port, wanted);
    assert.equal((await query(database, "select 1")).rowCount, 1);
  });

  test("says so when the wanted port is taken", async (t) => {
    const server = createServer().listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await assert.rejects(start(t, { port }), { code, message: /another process uses it/ });
  });

  test("leaves no server when its start is called off", async (t) => {
    const caller = new AbortController();
    const reason = new Error("called off");
    const log = createLog(
      (line) => line.includes("sample_database.started") && caller.abort(reason),
      () => 0,
    );
    await assert.rejects(startSampleDatabase({ dir, log, signal: caller.signal }), reason);
    assert.equal(await findPostmaster(cluster), undefined);
    await start(t);
  });

  test("says so when its data is damaged, and what to do", async (t) => {
    const control = join(cluster.path, "global", "pg_control");
    const bytes = await readFile(control);
    t.after(() => writeFile(control, bytes));
    await writeFile(control, bytes.subarray(0, 100));
    await assert.rejects(start(t), { code, message: /If the data is damaged, remove/ });
  });

  async function start(
    t?: TestContext,
    options: Omit<SampleDatabaseOptions, "log" | "dir"> = {},
  ): Promise<Started> {
    const lines: { readonly event: string; readonly folder?: string }[] = [];
    const log = createLog((line) => lines.push(JSON.parse(line)), Date.now);
    const database = await startSampleDatabase({ dir, log, ...options });
    t?.after(() => database.stop());
    const folder = lines.findLast((line) => line.folder !== undefined)?.folder;
    assert.ok(folder);
    return { database, folder, events: lines.map(({ event }) => event) };
  }

  /** A server whose gateway was killed. */
  async function leaveServer(t: TestContext): Promise<Postmaster> {
    const child = await startChild(t, startSample, dir);
    await kill(child.process);
    const left = await findPostmaster(cluster);
    assert.ok(left, child.outcome.error);
    return left;
  }
});

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

describe("a PostgreSQL for a test", () => {
  test("is one of its own for each, with the shop's data or without", async (t) => {
    const all = await Promise.all([startTestPostgres(), startTestPostgres({ shop: false })]);
    t.after(() => Promise.all(all.map(({ stop }) => stop())));
    const [shop, empty] = all;
    const customers = await query(shop, "select from customers");
    await query(empty, "create table customers (id integer)");
    const { rows } = await query(signInOf(empty.superuserUrl), "show is_superuser");
    assert.equal(customers.rowCount, 10_000);
    assert.notEqual(shop.port, empty.port);
    assert.deepEqual(rows, [{ is_superuser: "on" }]);
    await shop.stop();
    await assert.rejects(query(shop, "select"), { code: "ECONNREFUSED" });
  });

  test("leaves nothing behind, even where a run was killed", async (t) => {
    const child = await startChild(t, startForTest, "");
    await kill(child.process);
    assert.ok(child.outcome.url, child.outcome.error);
    const { rows } = await query(signInOf(child.outcome.url), "show data_directory");
    const cluster = { account, path: String(rows[0].data_directory) };
    const run = dirname(cluster.path);
    const left = await findPostmaster(cluster);
    assert.ok(left);
    const longAgo = new Date(0);
    await utimes(run, longAgo, longAgo);
    const postgres = await startTestPostgres();
    const isLeft = await isPostmasterOf(left.pid, cluster);
    await postgres.stop();
    assert.equal(isLeft, false);
    await assert.rejects(access(run));
  });
});

interface Started {
  readonly database: SampleDatabase;
  readonly folder: string;
  readonly events: readonly string[];
}

type SignIn = Pick<SampleDatabase, "host" | "port" | "database" | "user" | "password">;

async function query(
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

function signInOf(url: string): SignIn {
  const { hostname: host, port, username: user, password, pathname } = new URL(url);
  return { host, port: Number(port), user, password, database: pathname.slice(1) };
}

interface Child {
  readonly process: ChildProcess;
  /** What it printed once it had started, or why it could not. */
  readonly outcome: { readonly error?: string; readonly url?: string };
}

const startSample = `
  import { startSampleDatabase } from "#/quickstart/sample-database.ts";
  import { silentLog } from "#/platform/log.ts";
  const start = async () => {
    const database = await startSampleDatabase({ dir: process.argv[1], log: silentLog });
    return { ...database, url: database.adminUrl };
  };`;

const startForTest = `
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
async function startChild(
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

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

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

/** Free, and none that the system gives to whoever asks for any: nobody takes it between two starts. */
async function portOfNobody(): Promise<number> {
  for (let port = 20_000 + randomInt(10_000); ; port += 1) {
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
