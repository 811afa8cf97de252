/** What strangers, broken clients and broken upstreams send: a clear error each time, and the listener goes on. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { after, before, type TestContext, test } from "node:test";
import { Secret } from "#/core/secret.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeStartupMessage,
  gssRequestPacket,
  sslRequestPacket,
} from "#/proxies/postgres/wire/codec-startup.ts";
import { decodeBackend } from "#/proxies/postgres/wire/decode-backend.ts";
import {
  encodeAuthenticationSasl,
  encodeErrorResponse,
} from "#/proxies/postgres/wire/encode-backend.ts";
import { encodeQuery, terminateFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { FrameSplitter } from "#/proxies/postgres/wire/frame-splitter.ts";
import { openQuickstartGateway, openScene } from "./support/agent-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import {
  agentToken,
  type GatewayChanges,
  messageBytesMax,
  type PostgresGateway,
} from "./support/postgres-gateway.ts";
import { connectWire, inShort, isReady, readMessages } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

function openGateway(
  context: TestContext,
  changes: GatewayChanges = {},
  upstream: Partial<TestPostgres> = {},
): Promise<PostgresGateway> {
  return openQuickstartGateway(context, { ...postgres, ...upstream }, changes);
}

/** What a stranger hears who sends these bytes, in short, and the error's own words. */
async function send({ login }: PostgresGateway, ...bytes: readonly Uint8Array[]) {
  const socket = connect(login);
  const received: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  socket.on("error", () => socket.destroy());
  socket.write(Buffer.concat(bytes));
  await once(socket, "close");
  const all = Buffer.concat(received);
  // Each request for encryption is answered with an N of its own.
  const refusals = /^N*/.exec(all.toString("latin1"))?.[0].length ?? 0;
  const splitter = new FrameSplitter({ direction: "backend" });
  splitter.push(all.subarray(refusals));
  const messages: BackendMessage[] = [];
  for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
    if (item.kind === "frame") messages.push(decodeBackend(item));
  }
  const error = messages.find(({ kind }) => kind === "error_response");
  return {
    short: inShort(messages),
    message: error?.kind === "error_response" ? error.fields.message : "",
  };
}

async function assertServes(gateway: PostgresGateway): Promise<void> {
  const client = await gateway.connect();
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
  client.destroy();
}

const startup = (parameters: Readonly<Record<string, string>>) =>
  encodeStartupMessage(Object.entries({ user: "importer", database: "shop", ...parameters }));

const strangers: readonly (readonly [string, readonly Uint8Array[], string])[] = [
  ["a length that no packet has", [Buffer.from([0, 0, 0, 3])], "error 08P01"],
  ["a packet over the limit", [Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0])], "error 08P01"],
  [
    "a request for an HTTP page",
    [Buffer.from("GET / HTTP/1.1\r\nHost: gateway\r\n\r\n")],
    "error 08P01",
  ],
  ["the protocol of long ago", [Buffer.from([0, 0, 0, 8, 0, 2, 0, 0])], "error 0A000"],
  [
    "a start-up packet without its end",
    [Buffer.from([0, 0, 0, 9, 0, 3, 0, 0, 0x61])],
    "error 08P01",
  ],
  [
    "nothing but requests for encryption",
    [sslRequestPacket, gssRequestPacket, sslRequestPacket],
    "error 08P01",
  ],
  ["a replication connection", [startup({ replication: "database" })], "error 0A000"],
  ["an option that is no setting", [startup({ options: "-e" })], "error 0A000"],
  [
    "a setting among the options that is not carried",
    [startup({ options: "-c session_replication_role=replica" })],
    "error 0A000",
  ],
  ["another encoding", [startup({ client_encoding: "LATIN1" })], "error 0A000"],
  [
    "a setting that is not carried",
    [startup({ session_replication_role: "replica" })],
    "error 0A000",
  ],
  [
    "a search path that hides what is built in",
    [startup({ search_path: "other, pg_catalog" })],
    "error 0A000",
  ],
  ["a query where a proof is due", [startup({}), encodeQuery("select 1")], "error 08P01"],
  [
    "an unknown mechanism",
    [startup({}), Buffer.from([0x70, 0, 0, 0, 10, 0x50, 0x4c, 0x41, 0x49, 0x4e, 0])],
    "error 08P01",
  ],
];
for (const [what, bytes, error] of strangers) {
  test(`${what} is refused with a clear error, and the listener goes on`, async (context) => {
    const gateway = await openGateway(context);
    const { short, message } = await send(gateway, ...bytes);
    assert.equal(short.at(-1), error);
    assert.notEqual(message, "");
    await assertServes(gateway);
  });
}

test("a client that leaves before it has come is let go without a word", async (context) => {
  const gateway = await openGateway(context);
  const { short } = await send(gateway, terminateFrame);
  assert.deepEqual(short, []);
  const client = await gateway.connect();
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
});

test("an unknown agent and a wrong token hear the same", async (context) => {
  const gateway = await openGateway(context);
  const heard: string[] = [];
  for (const login of [
    { ...gateway.login, password: "wrong" },
    { ...gateway.login, user: "nobody" },
    { ...gateway.login, user: "nobody", password: "wrong", database: "unknown" },
  ]) {
    await assert.rejects(
      connectWire(login),
      (error: Error & { details?: { sqlstate: string } }) => {
        assert.equal(error.details?.sqlstate, "28P01");
        assert.ok(!error.message.includes("wrong") || error.message.includes("wrong token"));
        heard.push(error.message.replace(login.user, "NAME"));
        return true;
      },
    );
  }
  assert.equal(new Set(heard).size, 1, heard.join(" | "));
  assert.equal(gateway.tap.sessions, 0, "nobody has got as far as the upstream");
  await assertServes(gateway);
});

test("an unknown connection is named only to those who have signed in", async (context) => {
  const gateway = await openGateway(context);
  await assert.rejects(gateway.connect({ database: "unknown" }), {
    message: `There is no connection "unknown". The database of a connection string names the gateway's connection.`,
    details: { sqlstate: "3D000" },
  });
  await assertServes(gateway);
});

test("a client that asks for GSSAPI is told no, and may go on without", async (context) => {
  const gateway = await openGateway(context);
  const socket = connect(gateway.login);
  socket.write(gssRequestPacket);
  const [answer] = (await once(socket, "data")) as [Buffer];
  assert.equal(answer.toString(), "N");
  const { next } = readMessages(socket);
  socket.write(startup({}));
  assert.equal((await next())?.kind, "authentication_sasl");
  socket.destroy();
  await assertServes(gateway);
});

const unfit: readonly (readonly [string, Buffer, string])[] = [
  ["of an unknown type", Buffer.from([0x7a, 0, 0, 0, 4]), "08P01"],
  ["of an impossible length", Buffer.from([0x51, 0, 0, 0, 1]), "08P01"],
  ["over the limit", Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]), "54000"],
  ["that is not UTF-8", Buffer.from([0x51, 0, 0, 0, 6, 0xff, 0]), "08P01"],
  ["with more than it should hold", Buffer.from([0x53, 0, 0, 0, 5, 0]), "08P01"],
];
for (const [what, bytes, code] of unfit) {
  test(`a message ${what} ends the session with a clear error, and the listener goes on`, async (context) => {
    const gateway = await openGateway(context);
    const client = await gateway.connect();
    client.send(bytes);
    const messages = await client.until(() => false);
    assert.deepEqual(inShort(messages), [`error ${code}`]);
    await gateway.sessionsEnded(1);
    await gateway.stage.until(() => gateway.tap.sessions === 0);
    await assertServes(gateway);
  });
}

test("a message just within the limit is carried, though too long to be read", async (context) => {
  const { client, held, stage } = await openScene(context, postgres);
  client.send(encodeQuery(`select '${"x".repeat(messageBytesMax - 100)}'`));
  const review = await held("select 'xxx");
  assert.deepEqual(review.action.verbs, ["sql.opaque"]);
  await stage.give(review, "ada");
  const messages = await client.until(isReady);
  assert.deepEqual(inShort(messages).slice(-2), ["tag SELECT 1", "ready idle"]);
});

test("a malformed message while a statement waits cancels the wait", async (context) => {
  const { client, held, review } = await openScene(context, postgres);
  client.send(encodeQuery("delete from items"));
  await held("delete from items");
  client.send(Buffer.from([0x7a, 0, 0, 0, 4]));
  assert.equal(inShort(await client.until(() => false)).at(-1), "error 08P01");
  await review("delete from items", ({ state }) => state === "cancelled");
});

test("an upstream that is down is a clear error without its address, and the listener goes on", async (context) => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert(typeof address === "object" && address !== null);
  server.close();
  await once(server, "close");
  const gateway = await openGateway(context, {}, { port: address.port });
  for (let times = 0; times < 2; times += 1) {
    await assert.rejects(gateway.connect(), (error: Error & { details?: { sqlstate: string } }) => {
      assert.equal(error.details?.sqlstate, "08001");
      assert.match(error.message, /could not be reached/);
      assert.ok(!error.message.includes(String(address.port)));
      return true;
    });
  }
});

const upstreams: readonly (readonly [string, (request: number) => Buffer | null, string])[] = [
  ["hangs up", () => null, "08001"],
  ["speaks another protocol", () => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), "08P01"],
  [
    "refuses the gateway",
    () => encodeErrorResponse({ severity: "FATAL", code: "28P01", message: "secret-host says no" }),
    "08004",
  ],
  ["asks for a password in clear", () => Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]), "08004"],
  [
    "lets the gateway in without proof of itself",
    () =>
      Buffer.concat([
        encodeAuthenticationSasl(["SCRAM-SHA-256"]),
        Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]),
      ]),
    "08004",
  ],
];
for (const [what, answer, code] of upstreams) {
  test(`an upstream that ${what} is a clear error that gives nothing away`, async (context) => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", () => {
        const bytes = answer(1);
        if (bytes === null) socket.destroy();
        else socket.write(bytes);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    context.after(() => server.close());
    const address = server.address();
    assert(typeof address === "object" && address !== null);
    const gateway = await openGateway(context, {}, { port: address.port });
    await assert.rejects(gateway.connect(), (error: Error & { details?: { sqlstate: string } }) => {
      assert.equal(error.details?.sqlstate, code, error.message);
      assert.ok(!error.message.includes("secret-host"), error.message);
      return true;
    });
  });
}

test("a wrong upstream password is the operator's problem, and neither it nor the role is told", async (context) => {
  const gateway = await openGateway(context, {}, { password: "a wrong upstream password" });
  await assert.rejects(gateway.connect(), (error: Error & { details?: { sqlstate: string } }) => {
    assert.equal(error.details?.sqlstate, "08004");
    assert.ok(!error.message.includes("wrong upstream") && !error.message.includes(postgres.user));
    return true;
  });
  assert.ok(!JSON.stringify(gateway.log).includes("a wrong upstream password"));
});

test("an upstream role that no policy could contain is refused, unless the operator insists", async (context) => {
  const { username, password } = new URL(postgres.superuserUrl);
  const role = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  const strict = await openGateway(context, {}, role);
  await assert.rejects(strict.connect(), { details: { sqlstate: "08004" } });
  await assert.rejects(strict.connect(), /superuser/);
  await strict.sessionsEnded(2);
  await strict.stage.until(() => strict.tap.sessions === 0);
  await assertServes(await openGateway(context, { unsafe: true }, role));
});

test("an upstream that goes away while the session is prepared is one clear error", async (context) => {
  const gateway = await openGateway(context);
  for (const question of ["pg_roles", "pg_proc", "search_path"]) {
    gateway.tap.cutAt("parse", (sql) => sql.includes(question));
    const { short } = await signInAndHear(gateway);
    assert.deepEqual(short, ["error 08001"], question);
    gateway.tap.cutNowhere();
  }
  await gateway.sessionsEnded(3);
  await assertServes(gateway);
});

/** Everything after the sign-in, up to the end of the connection. */
async function signInAndHear({ login }: PostgresGateway) {
  const messages: string[] = [];
  let isIn = false;
  await connectWire({
    ...login,
    onMessage(message) {
      if (isIn) messages.push(...inShort([message]));
      if (message.kind === "authentication_ok") isIn = true;
    },
  }).catch(() => {});
  return { short: messages };
}

test("nothing that a client receives holds the upstream's credential or the agent's token", async (context) => {
  const gateway = await openGateway(context);
  const received: Buffer[] = [];
  const client = await gateway.connect();
  client.socket.on("data", (chunk: Buffer) => received.push(chunk));
  for (const sql of ["select 1", "show all", "select * from nowhere", "drop table nowhere"]) {
    await client.query(sql);
  }
  const all = Buffer.concat(received).toString("latin1") + inShort(client.greeting).join();
  for (const secret of [postgres.password, agentToken]) assert.ok(!all.includes(secret));
  assert.ok(!JSON.stringify(gateway.log).includes(postgres.password));
  assert.equal(String(new Secret(postgres.password)), "[secret]");
});

test("a stranger who sends nothing more is not waited for when the gateway stops", async (context) => {
  const gateway = await openGateway(context);
  const socket = connect(gateway.login);
  socket.on("error", () => socket.destroy());
  await once(socket, "connect");
  socket.write(Buffer.from([0, 0]));
  const closed = new Promise((resolve) => {
    socket.on("close", resolve);
  });
  await gateway.stop();
  await closed;
});
