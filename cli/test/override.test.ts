/** `override` from the command line to the database: a gateway in a process of its own, over a real PostgreSQL. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, type TestContext, test } from "node:test";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { OverrideAnswer } from "@countersign/sdk/wire/verdict";
import {
  type Folder,
  makeFolder,
  startTestGateway,
  type TestGateway,
} from "../../server/test/support/gateway.ts";
import { startTestPostgres, type TestPostgres } from "../../server/test/support/postgres.ts";
import type { Context } from "../src/context.ts";
import { errorOf, openShell, type Shell } from "./command.test-support.ts";

const policies = `
  @id("reads-run") @reason("Reads run.")
  permit (principal, action == Countersign::Action::"sql.read", resource);
  @id("writes-wait") @review("1 of dba") @reason("Writes wait for a database administrator.")
  permit (principal, action == Countersign::Action::"sql.write", resource);
  @id("no-updates") @reason("Agents update nothing.")
  forbid (principal is Countersign::Agent, action, resource)
  when { context has kinds && context.kinds.contains("update") };`;

let postgres: TestPostgres;
let folder: Folder;
let gateway: TestGateway;
before(async () => {
  postgres = await startTestPostgres();
  folder = await makeFolder(postgres, { policies });
  gateway = await startTestGateway(folder, postgres);
});
after(async () => {
  await gateway.stop();
  await folder.remove();
  await postgres.stop();
});

async function shellOf(
  context: TestContext,
  person: string,
  changes: Partial<Context> = {},
): Promise<Shell> {
  const shell = openShell(context, changes);
  shell.environment["COUNTERSIGN_URL"] = gateway.apiUrl;
  shell.environment["COUNTERSIGN_TOKEN"] = await gateway.signIn(person);
  return shell;
}

async function holding(context: TestContext, sql: string, values: readonly unknown[] = []) {
  const { client, held } = await gateway.connect();
  context.after(() => client.end().catch(() => {}));
  const notices: { readonly code?: string | undefined; readonly message?: string | undefined }[] =
    [];
  const waiting = held();
  const done = client.query(sql, [...values]);
  done.catch(() => {});
  const id = await waiting;
  client.on("notice", (notice) => notices.push(notice));
  return { id, done, client, notices };
}

async function detailOf(shell: Shell, id: string): Promise<ReviewDetail> {
  return JSON.parse((await shell.run("show", id, "--json")).out) as ReviewDetail;
}

async function countOf(where: string): Promise<number> {
  const { Client } = await import("pg");
  const direct = new Client({ connectionString: postgres.url });
  await direct.connect();
  const { rowCount } = await direct.query(`select from customers where ${where}`);
  await direct.end();
  return rowCount ?? 0;
}

test("an edit shows its difference, waits for somebody else, and its result and notice reach the agent", async (context) => {
  const [ada, bob] = [await shellOf(context, "ada"), await shellOf(context, "bob")];
  const { id, done, notices } = await holding(context, "delete from customers");
  const command = "delete from customers\nwhere id in (select 7)";
  const edited = await ada.run("override", id, "--command", command, "-m", "Only the seventh.");
  assert.deepEqual([edited.code, edited.err], [0, ""]);
  assert.match(
    edited.out,
    new RegExp(
      `^${id}  would be edited\n\n  \\| delete from customers\n\\+ \\| where id in \\(select 7\\)\n`,
    ),
  );
  assert.match(
    edited.out,
    /Edited\. It is not proven to do less .*others have to approve it: 1 of dba\.\n$/,
  );
  const refused = await ada.run("approve", id);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /ada edited this action, so others have to decide on it/);
  const shown = await bob.run("show", id);
  assert.match(
    shown.out,
    /edited from what bot sent\n {2}\| delete from customers\n\+ \| where id in/,
  );
  assert.match(shown.out, /edit {6}ada edited it \d+s ago: Only the seventh\./);
  assert.equal((await bob.run("approve", id)).code, 0);
  assert.equal((await done).rowCount, 1);
  assert.equal(await countOf("id = 7"), 0);
  const notice = notices.find(({ code }) => code === "01000");
  assert.match(notice?.message ?? "", /edited by ada .*where id in \(select 7\)$/s);
});

test("an edit that narrows comes through a pipe, and is its editor's approval", async (context) => {
  const read = async () => "delete from customers where id > $1 and id = 9\n";
  const ada = await shellOf(context, "ada", { input: { read, ask: null } });
  const { id, done } = await holding(context, "delete from customers where id > $1", [0]);
  const edited = await ada.run("override", id, "--command", "-", "-m", "one", "--json");
  const answer = JSON.parse(edited.out) as OverrideAnswer;
  assert.deepEqual(
    [edited.code, answer.id, answer.state, answer.counted],
    [0, id, "approved", true],
  );
  assert.equal((await done).rowCount, 1);
  const { command, digest, revision, overrides } = await detailOf(ada, id);
  assert.equal(
    command,
    "delete from customers where id > $1 and id = 9",
    "without the pipe's line end",
  );
  assert.deepEqual([digest, revision], [answer.digest, 2]);
  assert.deepEqual(
    overrides.map(({ person, narrows }) => [person, narrows]),
    [["ada", true]],
  );
});

test("parameters are edited as texts, and the command stays", async (context) => {
  const [ada, bob] = [await shellOf(context, "ada"), await shellOf(context, "bob")];
  const { id, done } = await holding(context, "delete from customers where id = $1", [17]);
  const edited = await ada.run("override", id, "--parameters", '["18"]', "-m", "the other");
  assert.match(
    edited.out,
    /\| delete from customers where id = \$1\n- \| \$1 = 17\n\+ \| \$1 = 18\n/,
  );
  await bob.run("approve", id);
  assert.equal((await done).rowCount, 1);
  assert.deepEqual([await countOf("id = 17"), await countOf("id = 18")], [1, 0]);
});

test("what policy forbids the agent is refused with its reason, and nothing has changed", async (context) => {
  const ada = await shellOf(context, "ada");
  const { id, done } = await holding(context, "delete from customers where id = 10");
  const forbidden = "update customers set name = 'x' where id = 10";
  const refused = await ada.run("override", id, "--command", forbidden, "-m", "why", "--json");
  assert.equal(refused.code, 1);
  assert.equal(errorOf(refused).code, "review.override_denied");
  assert.match(errorOf(refused).message, /Agents update nothing/);
  for (const args of [
    ["--command", "delete from customers where id = 1"],
    ["-m", "why"],
    ["--command", " ", "-m", "why"],
    ["--parameters", "[1]", "-m", "why"],
    ["--parameters", "{", "-m", "why"],
    ["--command", "x".repeat(70_000), "-m", "why"],
    ["--command", "delete from customers", "-m", "why", "--digest", "zz"],
  ]) {
    const wrong = await ada.run("override", id, ...args, "--json");
    assert.deepEqual([wrong.code, errorOf(wrong).code], [2, "cli.usage"], args.join(" "));
  }
  const stale = await ada.run(
    "override",
    id,
    "--command",
    "select 1",
    "-m",
    "why",
    "--digest",
    "0".repeat(12),
    "--json",
  );
  assert.equal(errorOf(stale).code, "cli.digest_mismatch");
  // Not its version: what it would touch may be measured meanwhile.
  assert.equal((await detailOf(ada, id)).revision, 1);
  await ada.run("deny", id, "-m", "over");
  await assert.rejects(done);
});

test("on a terminal nothing is sent before it was answered with yes", async (context) => {
  const questions: string[] = [];
  let answer = "";
  const ask = async (question: string) => {
    questions.push(question);
    return answer;
  };
  const ada = await shellOf(context, "ada", { input: { read: async () => "", ask } });
  const { id, done } = await holding(context, "delete from customers where id < 13");
  const edit = [
    "override",
    id,
    "--command",
    "delete from customers where id < 13 and id = 12",
    "-m",
    "one",
  ];
  for (const no of ["", "n", "no", "yeah"]) {
    answer = no;
    const { code, err } = await ada.run(...edit);
    assert.deepEqual([code, err], [1, "countersign: Nothing was changed. [cli.not_confirmed]\n"]);
  }
  assert.equal((await detailOf(ada, id)).revision, 1);
  answer = "y";
  const { code, out } = await ada.run(...edit);
  assert.equal(code, 0);
  assert.match(out, /your edit is your approval/);
  assert.match(questions[0] ?? "", /\[y\/N\]/);
  assert.equal((await done).rowCount, 1);
  assert.equal(await countOf("id = 12"), 0);
  assert.ok((await countOf("id < 13")) > 0);
});

test("after kill -9 an edit waits on, and runs once for the same command, and the log is whole", async (context) => {
  const ada = await shellOf(context, "ada");
  const { id, done } = await holding(context, "delete from customers where id >= 15");
  const command = "delete from customers where id in (select 15)";
  const edited = await ada.run("override", id, "--command", command, "-m", "one", "--json");
  const answer = JSON.parse(edited.out) as OverrideAnswer;
  assert.deepEqual([answer.state, answer.counted], ["pending", false]);
  const rowsBefore = await countOf("id >= 15");
  await gateway.kill();
  await assert.rejects(done);
  gateway = await startTestGateway(folder, postgres);

  const bob = await shellOf(context, "bob");
  const left = await detailOf(bob, id);
  assert.deepEqual(
    [left.state, left.attached, left.digest, left.command],
    ["pending", false, answer.digest, command],
  );
  assert.equal(left.asked?.command, "delete from customers where id >= 15");
  const detached = await bob.run("override", id, "--command", "select 1", "-m", "why", "--json");
  assert.equal(errorOf(detached).code, "review.detached");
  const shown = (await bob.run("show", id)).out;
  assert.match(shown, /none waits; the same statement, sent again, picks it up/);
  assert.match(shown, /countersign approve /);
  assert.doesNotMatch(shown, /countersign override /);
  const back = await holding(context, "delete from customers where id >= 15");
  assert.equal(back.id, id);
  assert.equal((await bob.run("approve", id)).code, 0);
  assert.equal((await back.done).rowCount, 1);
  assert.equal(await countOf("id >= 15"), rowsBefore - 1);

  const again = back.client.query("delete from customers where id >= 15");
  again.catch(() => {});
  await once(back.client, "notice");
  const [other] = await gateway.inbox(await gateway.signIn("bob"));
  assert.notEqual(other?.id, id, "the edit and its approval are used up");
  assert.equal(other?.command, "delete from customers where id >= 15");
  await bob.run("deny", other?.id ?? "", "-m", "over");
  await assert.rejects(again);
  const verified = await bob.run(
    "log",
    "verify",
    "--data",
    `${folder.path}/.countersign`,
    "--json",
  );
  assert.equal((JSON.parse(verified.out) as { ok: boolean }).ok, true, verified.out);
});
