import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import { type TestContext, test } from "node:test";
import type { Status } from "@countersign/sdk/wire/status";
import { linkLifeMs } from "../../server/src/identity/sign-in.ts";
import { sessionMaxMs } from "../../server/test/support/api.ts";
import { announce, errorOf, openBesideGateway, openShell } from "./command.test-support.ts";

test("without a gateway every command that needs one exits with 3, and says how to start one", async (context) => {
  const shell = openShell(context);
  for (const args of [
    ["status"],
    ["inbox"],
    ["show", "rev_1"],
    ["approve", "rev_1"],
    ["deny", "rev_1", "-m", "no"],
    ["request-changes", "rev_1", "-m", "no"],
    ["agent", "create", "importer"],
    ["person", "link", "dana"],
    ["log", "list"],
    ["log", "verify"],
    ["log", "proof", "rev_1"],
  ]) {
    const human = await shell.run(...args);
    assert.deepEqual([human.code, human.out], [3, ""], args.join(" "));
    assert.match(human.err, /countersign start.*\[cli\.not_running\]\n$/);
    const json = await shell.run(...args, "--json");
    assert.deepEqual([json.code, json.err, errorOf(json).code], [3, "", "cli.not_running"]);
  }
});

test("a gateway that has gone without taking its leave is told from one that does not answer", async (context) => {
  const shell = openShell(context);
  const dir = path.join(shell.dir, ".countersign");
  fs.mkdirSync(dir);
  fs.writeFileSync(path.join(dir, "operator.token"), "cso_x\n");
  const url = `http://127.0.0.1:${await closedPort(context)}`;
  announce(dir, { url, pid: 2 ** 22 + 1 });
  const gone = await shell.run("status");
  assert.equal(gone.code, 3);
  assert.match(gone.err, /is not running any more \(process 4194305 has ended\)/);
  announce(dir, { url });
  const silent = await shell.run("status", "--json");
  assert.equal(silent.code, 3);
  assert.deepEqual(errorOf(silent), {
    code: "client.unreachable",
    message: `The gateway at ${url} does not answer (ECONNREFUSED).`,
  });
  announce(dir, { url, version: "9.9.9" });
  const newer = await shell.run("status", "--json");
  assert.deepEqual([newer.code, errorOf(newer).code], [1, "cli.version_mismatch"]);
  announce(dir, { url, version: "9.9.9", pid: 2 ** 22 + 1 });
  assert.equal((await shell.run("status")).code, 3);
  fs.writeFileSync(path.join(dir, "gateway.json"), "{");
  const damaged = await shell.run("status", "--json");
  assert.deepEqual([damaged.code, errorOf(damaged).code], [1, "cli.unreadable_file"]);
});

test("on the gateway's machine a command finds it by the data folder, the working one or the named", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { code, out } = await shell.run("status", "--json");
  assert.equal(code, 0);
  assert.equal((JSON.parse(out) as Status).dataDir, api.dir);
  assert.match((await shell.run("status")).out, /^Countersign 0\.1\.0 is running\.\n/);
  assert.match(
    (await shell.run("status")).out,
    /shop .*\n +reachable, PostgreSQL 18\.1, heard .* ago\n/,
  );
  delete shell.environment["COUNTERSIGN_DATA"];
  assert.equal((await shell.run("status")).code, 3);
  fs.symlinkSync(api.dir, path.join(shell.dir, ".countersign"));
  assert.equal((await shell.run("status")).code, 0);
});

test("a sign-in is kept for its user alone, used for its gateway alone, and forgotten when told", async (context) => {
  const { api, shell } = await openBesideGateway(context, {});
  delete shell.environment["COUNTERSIGN_DATA"];
  const link = async () => `${api.url}/sign-in#${await api.linkFor("sam")}`;
  const signedIn = await shell.run("sign-in", await link());
  assert.deepEqual([signedIn.code, signedIn.err], [0, ""]);
  assert.match(signedIn.out, new RegExp(`^Signed in to ${api.url} as sam until `));
  const file = path.join(shell.dir, ".config/countersign/sessions.json");
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.doesNotMatch(signedIn.out, /css_/);

  const { id } = await api.hold();
  assert.equal((await shell.run("approve", id)).code, 0);
  assert.equal((await api.deps.store.review(id))?.verdicts[0]?.person.name, "sam");
  const elsewhere = await shell.run("inbox", "--url", "http://127.0.0.1:1", "--json");
  assert.deepEqual([elsewhere.code, errorOf(elsewhere).code], [3, "client.unreachable"]);
  assert.equal((await shell.run("inbox", "--url", `${api.url}/`)).code, 0);

  assert.equal((await shell.run("sign-out")).code, 0);
  assert.doesNotMatch(fs.readFileSync(file, "utf8"), /css_/);
  assert.equal((await shell.run("inbox")).code, 3);
  assert.equal((await shell.run("sign-out")).code, 1);
});

test("a person's sign-in comes before the credential of the data folder, which can't decide", async (context) => {
  const { api, shell } = await openBesideGateway(context, {});
  const { id } = await api.hold();
  const refused = await shell.run("approve", id, "--json");
  assert.deepEqual([refused.code, errorOf(refused).code], [1, "identity.forbidden"]);
  assert.match(errorOf(refused).message, /countersign person link NAME/);
  const made = await shell.run("person", "link", "dana", "--json");
  const { url } = JSON.parse(made.out) as { url: string };
  assert.equal((await shell.run("sign-in", url)).code, 0);
  assert.equal((await shell.run("approve", id)).code, 0);
});

test("the only sign-in's gateway that does not answer is told with what else can be done", async (context) => {
  const shell = openShell(context);
  const url = `http://127.0.0.1:${await closedPort(context)}`;
  const session = {
    token: "csp_x",
    person: "sam",
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
  };
  const folder = path.join(shell.dir, ".config/countersign");
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(folder, "sessions.json"), JSON.stringify({ [url]: session }), {
    mode: 0o600,
  });
  const silent = await shell.run("inbox", "--json");
  assert.equal(silent.code, 3);
  assert.equal(
    errorOf(silent).message,
    `The gateway at ${url} does not answer (ECONNREFUSED). You are signed in to it: name another with --url, or forget this one with \`countersign sign-out\`.`,
  );
});

test("without a sign-in, a gateway that answers asks for one; what does not answer is unreachable", async (context) => {
  const { api } = await openBesideGateway(context);
  const shell = openShell(context);
  const there = await shell.run("inbox", "--url", api.url, "--json");
  assert.deepEqual([there.code, errorOf(there).code], [1, "cli.no_credential"]);
  assert.match(errorOf(there).message, /countersign sign-in URL/);
  const url = `http://127.0.0.1:${await closedPort(context)}`;
  const silent = await shell.run("inbox", "--url", url, "--json");
  assert.equal(silent.code, 3);
  assert.deepEqual(errorOf(silent), {
    code: "client.unreachable",
    message: `The gateway at ${url} does not answer (ECONNREFUSED).`,
  });
  const page = await serve(context, (_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("hello");
  });
  const other = await shell.run("inbox", "--url", page, "--json");
  assert.deepEqual([other.code, errorOf(other).code], [3, "client.malformed_answer"]);
});

test("the status names each address once, and whom the command line acts as", async (context) => {
  const demo = await openBesideGateway(context);
  const { out } = await demo.shell.run("status");
  assert.equal(out.split(demo.api.url.replace("http://", "")).length, 2, out);
  assert.match(out, /^ {2}you +act as dana, group dba$/m);
  const { shell, api } = await openBesideGateway(context, {});
  assert.match((await shell.run("status")).out, /^ {2}you +administer .* decide nothing$/m);
  const environment = { COUNTERSIGN_URL: api.url, COUNTERSIGN_TOKEN: await api.signIn("sam") };
  Object.assign(shell.environment, environment);
  assert.match((await shell.run("status")).out, /act as sam, groups dba, security$/m);
  shell.environment["COUNTERSIGN_TOKEN"] = await api.agentToken("importer");
  assert.match((await shell.run("status")).out, /act as agent importer, and decide nothing$/m);
});

test("wrong use leads to the help of the command that was meant", async (context) => {
  const shell = openShell(context, { command: "npx --no-install countersign" });
  for (const [args, help] of [
    [["nonsense"], ""],
    [["show"], " show"],
    [["deny", "rev_1"], " deny"],
    [["approve", "rev_1", "--digest", "x"], " approve"],
    [["log", "list", "--limit", "0"], " log list"],
  ] as const) {
    const { code, err } = await shell.run(...args);
    assert.equal(code, 2);
    const hint = `\n(npx --no-install countersign${help} --help says what it takes)\n`;
    assert.ok(err.endsWith(hint), err);
    assert.equal(err.split("--help").length, 2, err);
  }
});

test("a link that was used, has expired or is none is refused clearly", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const link = `${api.url}/sign-in#${await api.linkFor("sam")}`;
  assert.equal((await shell.run("sign-in", link)).code, 0);
  const used = await shell.run("sign-in", link, "--json");
  assert.deepEqual([used.code, errorOf(used).code], [1, "identity.link_used"]);
  const late = `${api.url}/sign-in#${await api.linkFor("sam")}`;
  api.clock.advance(linkLifeMs);
  const expired = await shell.run("sign-in", late, "--json");
  assert.deepEqual([expired.code, errorOf(expired).code], [1, "identity.link_expired"]);
  for (const text of [
    api.url,
    `${api.url}/sign-in`,
    "csl_x",
    `${api.url}/other#csl_x`,
    "ftp://h/sign-in#x",
  ]) {
    const wrong = await shell.run("sign-in", text, "--json");
    assert.deepEqual([wrong.code, errorOf(wrong).code], [2, "cli.usage"], text);
  }
});

test("a sign-in that has ended is not used any more", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  delete shell.environment["COUNTERSIGN_DATA"];
  await shell.run("sign-in", `${api.url}/sign-in#${await api.linkFor("sam")}`);
  api.clock.advance(sessionMaxMs);
  assert.equal((await shell.run("inbox")).code, 3);
});

test("sign-out ends the session at the gateway too; one that can't be told is forgotten here", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  await shell.run("sign-in", `${api.url}/sign-in#${await api.linkFor("sam")}`);
  const file = path.join(shell.dir, ".config/countersign/sessions.json");
  const kept = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, { token: string }>;
  const token = kept[api.url]?.token ?? "";
  assert.equal((await api.request("GET", "/status", { token })).status, 200);
  assert.equal((await shell.run("sign-out")).code, 0);
  assert.equal((await api.request("GET", "/status", { token })).status, 401);

  const url = `http://127.0.0.1:${await closedPort(context)}`;
  fs.writeFileSync(file, JSON.stringify({ [url]: kept[api.url] }));
  const alone = await shell.run("sign-out");
  assert.equal(alone.code, 0);
  assert.match(alone.err, /could not be told/);
  assert.doesNotMatch(fs.readFileSync(file, "utf8"), /css_/);
});

test("of several gateways one has to be said", async (context) => {
  const one = await openBesideGateway(context);
  const other = await openBesideGateway(context);
  const shell = openShell(context, { now: one.api.clock.now });
  for (const { api } of [one, other]) {
    await shell.run("sign-in", `${api.url}/sign-in#${await api.linkFor("sam")}`);
  }
  const unsaid = await shell.run("inbox", "--json");
  assert.deepEqual([unsaid.code, errorOf(unsaid).code], [2, "cli.several_gateways"]);
  shell.environment["COUNTERSIGN_URL"] = other.api.url;
  assert.equal((await shell.run("inbox")).code, 0);
});

test("a token from the environment goes to the gateway that is named with it, and nowhere else", async (context) => {
  const { api, shell } = await openBesideGateway(context, {});
  shell.environment["COUNTERSIGN_TOKEN"] = await api.signIn("sam");
  const unnamed = await shell.run("inbox", "--json");
  assert.deepEqual([unnamed.code, errorOf(unnamed).code], [2, "cli.usage"]);
  shell.environment["COUNTERSIGN_URL"] = api.url;
  const { id } = await api.hold();
  assert.equal((await shell.run("approve", id)).code, 0);
  shell.environment["COUNTERSIGN_TOKEN"] = "css_wrong";
  const wrong = await shell.run("inbox", "--json");
  assert.deepEqual([wrong.code, errorOf(wrong).code], [1, "api.unauthenticated"]);
});

test("sign-ins that others can read, or that are damaged, are not used", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  await shell.run("sign-in", `${api.url}/sign-in#${await api.linkFor("sam")}`);
  const file = path.join(shell.dir, ".config/countersign/sessions.json");
  fs.chmodSync(file, 0o640);
  const unsafe = await shell.run("inbox", "--json");
  assert.deepEqual([unsafe.code, errorOf(unsafe).code], [1, "cli.unsafe_file"]);
  fs.chmodSync(file, 0o600);
  fs.writeFileSync(file, "[]x");
  const damaged = await shell.run("inbox", "--json");
  assert.deepEqual([damaged.code, errorOf(damaged).code], [1, "cli.unreadable_file"]);
});

test("what answers and is no gateway counts as unreachable, and gets no credential by a redirect", async (context) => {
  const asked: (string | undefined)[] = [];
  const url = await serve(context, (request, response) => {
    asked.push(request.headers.authorization);
    if (request.url?.endsWith("/status") === true) {
      response.writeHead(302, { location: "/api/v1/elsewhere" }).end();
    } else {
      response.writeHead(200, { "content-type": "text/html" }).end("<p>\u001b[2J hello");
    }
  });
  const shell = openShell(context);
  Object.assign(shell.environment, { COUNTERSIGN_URL: url, COUNTERSIGN_TOKEN: "css_x" });
  const redirected = await shell.run("status", "--json");
  assert.deepEqual([redirected.code, errorOf(redirected).code], [3, "client.unreachable"]);
  assert.deepEqual(asked, ["Bearer css_x"], "the redirect was not followed");
  const page = await shell.run("inbox", "--json");
  assert.deepEqual([page.code, errorOf(page).code], [3, "client.malformed_answer"]);
});

test("a verdict whose answer was lost is sent again, once, with the same key", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id } = await api.hold();
  const keys: unknown[] = [];
  const pass = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const isVerdict = request.method === "POST";
    const body = Buffer.concat(await request.toArray()).toString();
    const key = request.headers["idempotency-key"];
    if (isVerdict) keys.push(key);
    const answer = await api.request(
      request.method ?? "",
      (request.url ?? "").replace("/api/v1", ""),
      {
        token: api.operator,
        ...(isVerdict ? { body, headers: { "idempotency-key": String(key) } } : {}),
      },
    );
    if (isVerdict && keys.length === 1) request.socket.destroy();
    else response.writeHead(answer.status).end(answer.text);
  };
  const url = await serve(context, (request, response) => {
    pass(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  Object.assign(shell.environment, { COUNTERSIGN_URL: url, COUNTERSIGN_TOKEN: "cso_x" });
  const { code } = await shell.run("approve", id, "--json");
  assert.equal(code, 0);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.equal((await api.deps.store.review(id))?.verdicts.length, 1);
});

test("wrong use exits with 2, and under --json says so on standard output alone", async (context) => {
  const shell = openShell(context);
  for (const args of [
    ["nonsense"],
    ["show"],
    ["approve"],
    ["inbox", "--state", "open"],
    ["inbox", "--unknown"],
    ["log", "list", "--limit", "0"],
    ["log", "list", "--from", "-1"],
    ["log", "nonsense"],
    ["verify", "file"],
    ["status", "--url", "not a url"],
  ]) {
    const human = await shell.run(...args);
    assert.deepEqual([human.code, human.out], [2, ""], args.join(" "));
    assert.notEqual(human.err, "");
    const json = await shell.run(...args, "--json");
    assert.deepEqual(
      [json.code, json.err, errorOf(json).code],
      [2, "", "cli.usage"],
      args.join(" "),
    );
  }
  assert.equal((await shell.run()).code, 2);
  const help = await shell.run("--help");
  assert.deepEqual([help.code, help.err], [0, ""]);
  assert.match(help.out, /request-changes/);
  assert.equal((await shell.run("--version")).out, "0.1.0\n");
});

test("an agent's new token is printed once, with its connection strings", async (context) => {
  const { shell, api } = await openBesideGateway(context);
  const { code, out } = await shell.run("agent", "create", "importer");
  assert.equal(code, 0);
  const [token] = /csa_[\w-]{43}/.exec(out) ?? [];
  assert.ok(out.includes(`postgres://importer:${token}@127.0.0.1:7432/shop`));
  assert.equal((await api.request("GET", "/status", { token: token ?? "" })).status, 200);
  const unknown = await shell.run("agent", "create", "nobody", "--json");
  assert.deepEqual([unknown.code, errorOf(unknown).code], [1, "identity.unknown_agent"]);
});

async function serve(context: TestContext, listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener);
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Nobody listens there, nor can anybody meanwhile: it is a client's own. */
async function closedPort(context: TestContext): Promise<number> {
  const server = http.createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
  context.after(() => {
    client.destroy();
    server.close();
  });
  await once(client, "connect");
  return client.localPort ?? assert.fail("it is connected");
}
