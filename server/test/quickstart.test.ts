/** The main job as a newcomer meets it: the quickstart, the command line, any PostgreSQL client. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import type { LogVerification } from "@countersign/sdk/wire/log";
import type { ReviewDetail, ReviewSummary } from "@countersign/sdk/wire/review";
import type { Status } from "@countersign/sdk/wire/status";
import type { VerdictAnswer } from "@countersign/sdk/wire/verdict";
import { Client, type DatabaseError } from "pg";
import { mainFile } from "./support/gateway.ts";
import { nodeEnvironment } from "./support/node-environment.ts";

const root = join(import.meta.dirname, "../..");
const command = join(root, "cli/bin/countersign.mjs");
const demoAgent = join(root, "examples/demo-agent.ts");
const demoDesk = join(root, "examples/demo-desk.ts");

let folder: string;
let dataDir: string;
let gateway: ChildProcess;
let output = "";
let status: Status;
let client: Client;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-test-quickstart-"));
  dataDir = join(folder, "data");
  await start();
});
after(async () => {
  await client.end();
  await stop();
  await rm(folder, { recursive: true, force: true });
});

function environment() {
  return {
    ...nodeEnvironment,
    PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`,
    HOME: folder,
    COUNTERSIGN_DATA: dataDir,
    COUNTERSIGN_CONSOLE_PORT: "0",
    COUNTERSIGN_POSTGRES_PORT: "0",
  };
}

async function start(): Promise<void> {
  output = "";
  gateway = spawn(process.execPath, [mainFile], { cwd: folder, env: environment() });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  for (const stream of [gateway.stdout, gateway.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("is running")) resolve();
    });
  }
  gateway.once("exit", () => reject(new Error(output)));
  await promise;
  status = (await countersign("status", "--json")).json as Status;
  client = new Client({ connectionString: agentUrl() });
  client.on("error", () => {});
  await client.connect();
}

async function stop(): Promise<void> {
  const exited = once(gateway, "exit");
  gateway.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
}

function agentUrl(): string {
  const url = status.connections[0]?.agents[0]?.url;
  assert(typeof url === "string");
  return url;
}

interface Ran {
  readonly code: number | null;
  readonly text: string;
  readonly json: unknown;
}

async function countersign(...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder, env: environment() });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, text, json: args.includes("--json") ? JSON.parse(text) : null };
}

/** The review of a statement that waits, and the statement's answer. */
async function propose(sql: string): Promise<{ id: string; answer: Promise<unknown> }> {
  const notice = once(client, "notice") as Promise<[{ readonly detail?: string }]>;
  const answer = client.query(sql).catch((error: unknown) => error);
  const [{ detail }] = await notice;
  const { code, review } = JSON.parse(detail ?? "{}") as { code: string; review: string };
  assert.equal(code, "pending_review");
  return { id: review, answer };
}

test("the quickstart says what is running and what to try next", () => {
  assert.equal(status.ready, true);
  assert.equal(status.dataDir, dataDir);
  assert.match(output, /npm run demo:agent/);
  assert.match(output, /npm run demo:desk/);
  assert.match(
    output,
    /claude mcp add --transport http desk http:\S+\/mcp\/desk --header "Authorization: Bearer csa_/,
  );
  assert.match(output, /npx --no-install countersign inbox/);
  assert(output.includes(agentUrl()));
  assert(output.includes(`Open ${status.console.signIn}`));
});

test("reads return at once; a write waits in its session until a person approves it", async () => {
  assert.equal((await client.query("select count(*)::int from customers")).rows[0]?.count, 10_000);
  const { id, answer } = await propose("delete from customers where id = 7");
  const inbox = (await countersign("inbox", "--json")).json as readonly ReviewSummary[];
  assert.equal(inbox.length, 1);
  assert.equal(inbox[0]?.id, id);
  assert.equal(inbox[0]?.command, "delete from customers where id = 7");
  assert.deepEqual(inbox[0]?.quorum, [{ group: "dba", needed: 1, given: [] }]);
  const approved = await countersign("approve", id, "--json");
  assert.equal(approved.code, 0);
  assert.equal((approved.json as VerdictAnswer).state, "approved");
  const result = (await answer) as { readonly command: string; readonly rowCount: number };
  assert.equal(`${result.command} ${result.rowCount}`, "DELETE 1");
  const again = await countersign("approve", id, "--json");
  assert.equal(again.code, 1);
  assert.match(JSON.stringify(again.json), /"code":"review\./);
});

test("its console is there, and the link signs a browser in, who decides; then there is a new link", async () => {
  const { url, signIn } = status.console;
  await until(() => output.includes("The console is ready"));
  const page = await fetch(`${url}/sign-in`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<script type="module"/);

  const [, code] = signIn?.split("#") ?? [];
  const headers = { "content-type": "application/json", origin: url };
  const body = JSON.stringify({ code });
  const opened = await fetch(`${url}/api/v1/session`, { method: "POST", headers, body });
  assert.equal(opened.status, 201);
  const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";

  const { id, answer } = await propose("delete from customers where id = 6");
  const review = await fetch(`${url}/api/v1/reviews/${id}`, { headers: { cookie } });
  const { digest } = (await review.json()) as ReviewDetail;
  const given = await fetch(`${url}/api/v1/reviews/${id}/verdicts`, {
    method: "POST",
    headers: { ...headers, cookie },
    body: JSON.stringify({ verdict: "approve", digest }),
  });
  assert.equal(given.status, 200);
  assert.equal(((await answer) as { readonly rowCount: number }).rowCount, 1);

  const later = (await countersign("status", "--json")).json as Status;
  assert.match(later.console.signIn ?? "", /\/sign-in#csl_/);
  assert.notEqual(later.console.signIn, signIn);
  const again = (await countersign("status", "--json")).json as Status;
  assert.equal(again.console.signIn, later.console.signIn);
});

/** Looks again whenever the gateway has printed something. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    const heard = new AbortController();
    const streams = [gateway.stdout ?? gateway, gateway.stderr ?? gateway];
    await Promise.race(streams.map((stream) => once(stream, "data", { signal: heard.signal })));
    heard.abort();
  }
}

test("a denied write is an error with the reviewer's reason, and the session goes on", async () => {
  const { id, answer } = await propose("delete from customers where id = 8");
  assert.equal((await countersign("deny", id, "-m", "She is a customer of ours.")).code, 0);
  const error = (await answer) as DatabaseError;
  assert.equal(error.code, "42501");
  assert.match(error.message, /She is a customer of ours\./);
  const detail = JSON.parse(error.detail ?? "{}") as Record<string, unknown>;
  assert.deepEqual(Object.keys(detail).toSorted(), ["code", "retry", "review", "url"]);
  assert.equal(detail["code"], "denied_by_reviewer");
  assert.equal((await client.query("select from customers where id = 8")).rowCount, 1);
});

test("a request for changes tells the agent what to change", async () => {
  const { id, answer } = await propose("update customers set country = 'DE'");
  await countersign("request-changes", id, "-m", "Name the customers.");
  const error = (await answer) as DatabaseError;
  assert.equal(error.code, "42501");
  assert.match(error.message, /Name the customers\./);
  assert.match(error.detail ?? "", /"changes_requested".*"after_change"/);
});

test("drop table is refused by policy, finally, and opens no review", async () => {
  await assert.rejects(client.query("drop table customers"), (error: DatabaseError) => {
    assert.equal(error.code, "42501");
    assert.match(error.detail ?? "", /"denied_by_policy","review":null,"url":null,"retry":"never"/);
    return true;
  });
  assert.deepEqual((await countersign("inbox", "--json")).json, []);
});

test("the scripted agent reads, proposes, waits and reacts to each kind of verdict", async () => {
  const agent = spawn(process.execPath, [demoAgent], {
    env: { ...environment(), DATABASE_URL: agentUrl() },
  });
  const verdicts = [["request-changes", "-m", "Only without orders."], ["approve"]];
  let text = "";
  const decided: Promise<Ran>[] = [];
  agent.stdout.setEncoding("utf8").on("data", (more: string) => {
    text += more;
    const ids = [...new Set(text.match(/rev_[a-z0-9]{26}/g))];
    const [kind, ...rest] = verdicts[decided.length] ?? [];
    const id = ids[decided.length];
    if (kind !== undefined && id !== undefined) decided.push(countersign(kind, id, ...rest));
  });
  const [code] = await once(agent, "close");
  assert.equal(code, 0, text);
  assert.match(text, /There are \d+ customers/);
  assert.match(text, /changes_requested/);
  assert.match(text, /I change it as asked/);
  assert.match(text, /It was approved and has run: DELETE/);
  assert.match(text, /denied_by_policy/);
});

test("the sample desk starts with an agent's first session, refunds a little at once, and more and mail once a person approves", async () => {
  assert.doesNotMatch(output, /mcp\.server_started/, "nobody has asked for it yet");
  const desk = status.connections.find(({ name }) => name === "desk")?.agents[0];
  const agent = spawn(process.execPath, [demoDesk], {
    env: { ...environment(), DESK_URL: desk?.url ?? "", DESK_TOKEN: desk?.token ?? "" },
  });
  let text = "";
  const decided = new Map<string, Promise<readonly [ReviewDetail, Ran]>>();
  const decide = async (id: string) => {
    const review = (await countersign("show", id, "--json")).json as ReviewDetail;
    return [review, await countersign("approve", id)] as const;
  };
  for (const stream of [agent.stdout, agent.stderr]) {
    stream.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      for (const id of text.match(/rev_[a-z0-9]{26}/g) ?? []) {
        if (!decided.has(id)) decided.set(id, decide(id));
      }
    });
  }
  const [code] = await once(agent, "close");
  assert.equal(code, 0, text);
  assert.match(text, /Refunded 40 EUR/);
  assert.match(text, /Refunded 250 EUR/);
  assert.match(text, /nothing was sent to bob/);
  assert.doesNotMatch(text, /DE89/, "account numbers come back masked");
  const reviews = (await Promise.all(decided.values())).map(([review]) => review);
  assert.deepEqual(
    reviews.map(({ reasons }) => reasons.map(({ policy }) => policy)),
    [["large-refunds-wait"], ["tools-that-send-wait"]],
  );
  assert.deepEqual(
    reviews.map(({ reads }) => [reads?.from[0]?.connection, reads?.from[0]?.data]),
    [
      ["desk", "untrusted"],
      ["desk", "untrusted"],
    ],
  );
  await until(() => output.includes("mcp.server_ended"));
});

test("a stop that is told once more while it goes on is one, and leaves no database behind", async () => {
  const { id, answer } = await propose("delete from customers where id = 8");
  const { upstream } = (await countersign("show", id, "--json")).json as ReviewDetail;
  const [host, port] = (upstream?.endpoint ?? "").split(":");
  const exited = once(gateway, "exit");
  // As soon as the first has reached it.
  client.once("end", () => gateway.kill("SIGTERM"));
  gateway.kill("SIGTERM");
  await answer;
  assert.deepEqual(await exited, [0, null]);
  const socket = connect({ host, port: Number(port) });
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNREFUSED");
  await start();
});

test("the log proves what happened, and a changed byte of one record is named", async () => {
  const { id, answer } = await propose("delete from customers where id = 9");
  await countersign("approve", id);
  await answer;
  const review = (await countersign("show", id, "--json")).json as ReviewDetail;
  const proof = join(folder, "proof.tlog-proof");
  assert.equal((await countersign("log", "proof", review.actionId, "--out", proof)).code, 0);
  assert.equal((await countersign("verify", proof, "--key", status.log.key)).code, 0);
  const online = await countersign("log", "verify", "--json");
  assert.equal((online.json as LogVerification).ok, true);

  await client.end();
  await stop();
  const copy = join(folder, "copy");
  for (const name of ["store.db", "store.db-wal"]) {
    await cp(join(dataDir, name), join(copy, name), { recursive: true }).catch(() => {});
  }
  const verify = () =>
    countersign("log", "verify", "--json", "--data", copy, "--key", status.log.key);
  const whole = await verify();
  assert.equal(whole.code, 0, whole.text);
  assert.equal((whole.json as LogVerification).ok, true);

  const record = 5;
  flipByteOfLeaf(join(copy, "store.db"), record);
  const broken = await verify();
  assert.equal(broken.code, 1);
  const { ok, problems } = broken.json as LogVerification;
  assert.equal(ok, false);
  assert(problems.some(({ index }) => index === record));
  await start();
});

function flipByteOfLeaf(file: string, index: number): void {
  const db = new DatabaseSync(file);
  const row = db.prepare("select leaf from records where idx = ?").get(index);
  const leaf = Buffer.from(row?.["leaf"] as string);
  // The hours of its time, whatever time it is.
  const at = leaf.toString("latin1").search(/T\d\d:/) + 1;
  assert(at > 0);
  leaf[at] = (leaf[at] ?? 0) ^ 1;
  db.prepare("update records set leaf = ? where idx = ?").run(leaf.toString("utf8"), index);
  db.close();
}
