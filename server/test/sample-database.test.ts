import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { createLog } from "#/platform/log.ts";
import type { Cluster } from "#/quickstart/cluster.ts";
import { findPrograms } from "#/quickstart/postgres-programs.ts";
import {
  findPostmaster,
  isPostmasterOf,
  type Postmaster,
  stopPostmaster,
} from "#/quickstart/postmaster.ts";
import { identityOf } from "#/quickstart/run-program.ts";
import { type SampleDatabaseOptions, startSampleDatabase } from "#/quickstart/sample-database.ts";
import {
  account,
  bundle,
  code,
  kill,
  query,
  type Started,
  signInOf,
  startChild,
  startSample,
} from "./support/database-process.ts";

const invalidPassword = "28P01";
const insufficientPrivilege = "42501";
/** Ends a test that waits for what does not come. */
const timeout = 180_000;
/** Of every row as the server prints it: changes only together with the data. */
const sampleHash = "34c139374bc23465a5ba545ef5aaf49ba60e32fcecfd8f9e4bef90df1cc3040f";

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
