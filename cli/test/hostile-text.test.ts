/**
 * Every text of the corpus through the real thing: a statement of an agent that waits, a person who answers
 * with it, and what each surface then says. Those for programs say it exactly; those for people show nothing
 * that hides, and the text can be had back from what they show.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import {
  type HostileText,
  hostileTexts,
  hugeTexts,
} from "@countersign/sdk/hostile-texts.test-support";
import { visible } from "@countersign/sdk/visible";
import type { LogEntry } from "@countersign/sdk/wire/log";
import type { ReviewDetail, ReviewSummary } from "@countersign/sdk/wire/review";
import { Client, DatabaseError } from "pg";
import { readAgentReason } from "../../server/src/core/agent-reason.ts";
import {
  type Folder,
  makeFolder,
  startTestGateway,
  type TestGateway,
} from "../../server/test/support/gateway.ts";
import { nodeEnvironment } from "../../server/test/support/node-environment.ts";
import { startTestPostgres, type TestPostgres } from "../../server/test/support/postgres.ts";
import { openShell, type Ran } from "./command.test-support.ts";

const bin = path.resolve(import.meta.dirname, "../bin/countersign.mjs");

/** What a policy's author may write: no control character and no bidirectional sign. */
const reason = `<img src=x onerror=alert(1)> **it** is [safe](javascript:x) dro\u200bp p\u0430ypal 'שלום'`;
const policies = `
  @id("writes-wait") @review("1 of dba") @assurance("session") @reason("${reason}")
  permit (principal, action, resource) unless { action == Countersign::Action::"sql.read" };
  @id("reads-run") @reason("They run.")
  permit (principal, action == Countersign::Action::"sql.read", resource);`;

let postgres: TestPostgres;
let folder: Folder;
let gateway: TestGateway;
let ada: string;
before(async () => {
  postgres = await startTestPostgres();
  folder = await makeFolder(postgres, { policies, preview: "none" });
  gateway = await startTestGateway(folder, postgres);
  ada = await gateway.signIn("ada");
});
after(async () => {
  await gateway.stop();
  await folder.remove();
  await postgres.stop();
});

const hides =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]|(?! )\p{Zs}|\p{M}{4}/u;

function assertSafe(shown: string): void {
  assert.doesNotMatch(shown.replaceAll("\n", ""), hides);
}

/** From what is shown back to the text. */
function unmarked(shown: string): string {
  return shown.replaceAll(/<U\+([0-9A-F]{4,6})>/g, (_, point: string) =>
    String.fromCodePoint(Number.parseInt(point, 16)),
  );
}

/** The text that was quoted, from the lines with our marks before them; the first block is the command. */
function quoted(out: string): readonly string[] {
  const blocks: string[][] = [[]];
  for (const line of out.split("\n")) {
    const [, mark, rest = ""] = /^ {2}([|>~]) ?(.*)$/.exec(line) ?? [];
    const block = blocks.at(-1) ?? [];
    if (mark === undefined && block.length > 0) blocks.push([]);
    if (mark === "|") block.push(rest);
    if (mark === ">") block.push(`${block.pop() ?? ""}${rest}`);
    const skipped = Number.parseInt(rest.slice(1), 10);
    if (mark === "~" && rest.includes("blank lines"))
      block.push(...Array<string>(skipped).fill(""));
    else if (mark === "~") block.push(`${block.pop() ?? ""}${" ".repeat(skipped)}`);
  }
  return blocks.filter((block) => block.length > 0).map((block) => unmarked(block.join("\n")));
}

interface HeldStatement {
  readonly id: string;
  readonly notice: string;
  /** How it ended for the agent. */
  readonly ended: Promise<Error>;
  readonly close: () => Promise<void>;
}

async function hold(sql: string, values: readonly string[], why = ""): Promise<HeldStatement> {
  const { client } = await gateway.connect();
  await client.query("select set_config('countersign.reason', $1, false)", [why]);
  const { promise: notice, resolve } = Promise.withResolvers<{
    message?: string;
    detail?: string;
  }>();
  client.once("notice", resolve);
  const ended = client.query(sql, [...values]).then(
    () => assert.fail("it ran"),
    (error: Error) => error,
  );
  const { message = "", detail = "" } = await notice;
  const { review } = JSON.parse(detail) as { readonly review: string };
  return { id: review, notice: message, ended, close: () => client.end() };
}

async function answer<Body>(route: string): Promise<Body> {
  const response = await fetch(`${gateway.apiUrl}/api/v1${route}`, {
    headers: { authorization: `Bearer ${ada}` },
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  return (await response.json()) as Body;
}

for (const hostile of hostileTexts) {
  test(`${hostile.name}: every surface is exact or safe`, async (context) => {
    const { text } = hostile;
    // What PostgreSQL can't carry is no command; a person can still say it.
    const sql = `delete from customers where id::text = '${sqlOf(hostile).replaceAll("'", "''")}' and id::text = $1`;
    const held = await hold(sql, [sqlOf(hostile)], sqlOf(hostile));
    const shell = openShell(context);
    shell.environment["COUNTERSIGN_URL"] = gateway.apiUrl;
    shell.environment["COUNTERSIGN_TOKEN"] = ada;
    const run = async (...args: readonly string[]): Promise<Ran> => {
      const ran = await shell.run(...args);
      assert.equal(ran.code, 0, ran.err);
      assertSafe(ran.out);
      return ran;
    };

    assertSafe(held.notice);
    const review = await answer<ReviewDetail>(`/reviews/${held.id}`);
    assert.equal(review.command, sql);
    assert.equal(review.parameters[0]?.text, sqlOf(hostile));
    assert.equal(review.reasons[0]?.text, reason);
    const why = readAgentReason(sqlOf(hostile));
    assert.equal(review.agentReason, why);

    const shown = await run("show", held.id);
    assert.equal(quoted(shown.out)[0], sql);
    assert.equal(quoted(shown.out)[1], `$1 = ${sqlOf(hostile)}`);
    if (why !== null) assert.equal(quoted(shown.out)[2], why);
    const { out } = await run("show", held.id, "--json");
    assert.match(out, /^[\x20-\x7e\n]*$/);
    assert.deepEqual(JSON.parse(out), await answer(`/reviews/${held.id}`));
    assert.match((await run("inbox")).out, /delete from customers/);
    const inbox = JSON.parse((await run("inbox", "--json")).out) as readonly ReviewSummary[];
    assert.equal(inbox.find(({ id }) => id === held.id)?.command, sql);

    await run("deny", held.id, "-m", text);
    const said = text.toWellFormed().trim();
    const error = await held.ended;
    assert.ok(error instanceof DatabaseError);
    assert.match(error.message, /^ada denied this action\. Do not retry it\. Reason: /);
    assert.doesNotMatch(error.message, /(?![\t\n])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
    assert.equal(
      error.message.length,
      "ada denied this action. Do not retry it. Reason: ".length + said.length,
    );
    assert.equal(JSON.parse(error.detail ?? "{}").code, "denied_by_reviewer");
    const denied = await answer<ReviewDetail>(`/reviews/${held.id}`);
    assert.equal(denied.verdicts[0]?.comment, said);
    const words = (await run("show", held.id)).out.replaceAll(/\n {12}/g, "");
    assert.ok(words.replaceAll(" ", "").includes(visible(said).replaceAll(" ", "")));
    await run("log", "list", "--limit", "20");
    await held.close();
  });
}

/** The same text where PostgreSQL can carry it, else the nearest. */
function sqlOf({ text, isSql }: HostileText): string {
  return isSql ? text : text.toWellFormed().replaceAll("\0", "\ufffd");
}

for (const { name, make } of hugeTexts) {
  test(`${name}: of it the beginning is shown unasked, the whole with --all, and JSON is exact`, async (context) => {
    const text = make();
    const isStatement = text.startsWith("delete");
    const sql = isStatement ? text : "delete from customers where id::text = $1";
    const held = await hold(sql, isStatement ? [] : [text]);
    const shell = openShell(context);
    shell.environment["COUNTERSIGN_URL"] = gateway.apiUrl;
    shell.environment["COUNTERSIGN_TOKEN"] = ada;

    const review = await answer<ReviewDetail>(`/reviews/${held.id}`);
    assert.ok(review.command === sql);
    assert.ok(isStatement || review.parameters[0]?.text === text);
    const { out } = await shell.run("show", held.id);
    assertSafe(out);
    assert.ok(out.length < 1_000_000, String(out.length));
    assert.match(out, /Note: .*only the first/i);
    assert.equal(out.includes(review.digest.slice(0, 12)), false);
    assert.equal((await shell.run("approve", held.id)).code, 2);
    const whole = await shell.run("show", held.id, "--all");
    assertSafe(whole.out);
    const [command, value] = quoted(whole.out);
    assert.ok(command === sql);
    assert.ok(isStatement || value === `$1 = ${text}`);
    assert.ok(whole.out.includes(review.digest.slice(0, 12)));
    assertSafe((await shell.run("inbox")).out);
    assert.equal((await shell.run("deny", held.id, "-m", "too much")).code, 0);
    await held.ended;
    await held.close();
  });
}

test("a reader that stops reading, or was never there, changes nothing of what a command does", async () => {
  const held = await hold(`delete from customers where name = '${"x".repeat(1024 * 1024)}'`, []);
  const env = {
    ...nodeEnvironment,
    COUNTERSIGN_URL: gateway.apiUrl,
    COUNTERSIGN_TOKEN: ada,
  };
  const commandLine = `"${process.execPath}" "${bin}"`;
  for (const [arguments_, printed] of [
    [`show ${held.id} --all | head -c 30`, held.id.length],
    [`show ${held.id} --all | wc -c`, 1],
    [`show ${held.id} --all >&-`, 0],
    [`deny ${held.id} -m "no" >&- 2>&-`, 0],
  ] as const) {
    const script = `set -o pipefail; ${commandLine} ${arguments_}`;
    const { stdout, stderr } = await promisify(execFile)("bash", ["--norc", "-c", script], { env });
    assert.ok(stdout.length >= printed, stdout);
    assert.equal(stderr, "");
  }
  assert.match((await held.ended).message, /denied this action/);
  await held.close();
});

test("a comment at the limit reaches the agent whole; one of 100 KB is refused, and told the limit", async () => {
  const held = await hold("delete from customers where id = 5", []);
  const tooLong = await gateway.decide(held.id, ada, "deny", "é".repeat(50_000));
  assert.equal(tooLong.status, 422);
  const { code, detail } = tooLong.body as { readonly code: string; readonly detail: string };
  assert.deepEqual(
    [code, detail],
    ["review.comment_too_long", "A comment takes at most 4096 bytes."],
  );
  const comment = "\u20ac".repeat(1365);
  assert.equal((await gateway.decide(held.id, ada, "deny", comment)).status, 200);
  const error = await held.ended;
  assert.ok(error.message.endsWith(`Reason: ${comment}`));
  await held.close();
});

test("a stranger's names are safe in what it is told, and are in no record and no log line", async () => {
  const port = gateway.status.listeners["postgres"]?.port;
  for (const { text, isSql } of hostileTexts) {
    if (!isSql) continue;
    for (const names of [
      { user: text, database: "shop", application_name: text },
      { user: "bot", database: text },
    ]) {
      const client = new Client({ host: "127.0.0.1", port, password: "x", ...names });
      client.on("error", () => {});
      const error = await client.connect().then(
        () => assert.fail("let in"),
        (refused: Error) => refused,
      );
      assert.doesNotMatch(error.message, /(?![\t\n])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
    }
  }
});

test("after all this the log holds no text of anybody's, and each of its own lines is one of ASCII", async () => {
  let leaves = "";
  for (let from: string | null = "0"; from !== null; ) {
    const page: { items: readonly LogEntry[]; next: string | null } = await answer(
      `/log/records?from=${from}&limit=500`,
    );
    for (const { bytes } of page.items) leaves += Buffer.from(bytes, "base64").toString("utf8");
    from = page.next;
  }
  assert.ok(leaves.length > 10_000);
  assert.match(leaves, /^[\x20-\x7e]*$/);
  const lines = gateway.output().split("\n");
  assert.ok(lines.length > hostileTexts.length);
  for (const line of lines) assert.match(line, /^[\x20-\x7e]*$/);
  for (const { text } of hostileTexts) {
    for (const kept of [leaves, gateway.output()]) {
      assert.equal(kept.includes(JSON.stringify(text).slice(1, -1)), false);
    }
  }
  assert.equal(leaves.includes("customers"), false);
});
