/** Slow, silent, stubborn and many clients: each costs a bounded amount, and the others are served meanwhile. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { after, before, type TestContext, test } from "node:test";
import { queryObjects } from "node:v8";
import { sessionOpenMs, signInMs, strangersMax } from "#/proxies/postgres/listener/listener.ts";
import { Session } from "#/proxies/postgres/session/session.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeStartupMessage,
  gssRequestPacket,
  sslRequestPacket,
} from "#/proxies/postgres/wire/codec-startup.ts";
import {
  authenticationOkFrame,
  encodeReadyForQuery,
} from "#/proxies/postgres/wire/encode-backend.ts";
import { encodeQuery, syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { openQuickstartGateway } from "./support/agent-scene.ts";
import { bind, parse } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { type GatewayChanges, type PostgresGateway } from "./support/postgres-gateway.ts";
import {
  connectWire,
  inShort,
  isReady,
  readMessages,
  type WireClient,
} from "./support/wire-client.ts";

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

async function assertServes(gateway: PostgresGateway): Promise<void> {
  const client = await gateway.connect();
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
  client.destroy();
}

const startup = encodeStartupMessage([
  ["user", "importer"],
  ["database", "shop"],
]);

function stranger(context: TestContext, { login }: PostgresGateway): Socket {
  const socket = connect({ host: login.host, port: login.port, noDelay: true });
  socket.on("error", () => socket.destroy());
  context.after(() => socket.destroy());
  return socket;
}

/** What is heard up to the end of the connection. */
async function heard(socket: Socket): Promise<readonly BackendMessage[]> {
  return readMessages(socket).until(() => false);
}

test("a client above the limit signs in and hears 53300, and a place that is free again is given away", async (context) => {
  const gateway = await openGateway(context, { connectionsMax: 1 });
  const client = await gateway.connect();
  await assert.rejects(gateway.connect(), {
    message: "The gateway has too many clients already.",
    details: { sqlstate: "53300" },
  });
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
  client.destroy();
  await gateway.sessionsEnded(1);
  // The server's side of it closes a moment later.
  while (!(await canConnect(gateway)));
});

test("one too many who never closes its side does not keep a place", async (context) => {
  const gateway = await openGateway(context, { connectionsMax: 1 });
  const stubborn = await connectWire({ ...gateway.login, allowHalfOpen: true });
  stubborn.socket.end();
  await once(stubborn.socket, "end");
  await gateway.sessionsEnded(1);
  while (!(await canConnect(gateway)));
  stubborn.destroy();
});

function canConnect(gateway: PostgresGateway): Promise<boolean> {
  return gateway.connect().then(
    () => true,
    () => false,
  );
}

test("at the limit a client can still cancel its statement", async (context) => {
  const gateway = await openGateway(context, { connectionsMax: 1 });
  const client = await gateway.connect();
  client.send(encodeQuery("create table made (id int)"));
  await gateway.stage.until(() => gateway.stage.reviews.size === 1);
  await client.cancel();
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 57014", "ready idle"]);
});

test("strangers who say nothing take no place from agents: the oldest of them makes room", async (context) => {
  const gateway = await openGateway(context, { connectionsMax: 2 });
  const client = await gateway.connect();
  const first = stranger(context, gateway);
  await once(first, "connect");
  // It has been accepted once it is answered.
  first.write(gssRequestPacket);
  await once(first, "data");
  const ending = heard(first);
  const others = Array.from({ length: strangersMax }, () => stranger(context, gateway));
  await Promise.all(others.map((socket) => once(socket, "connect")));
  assert.deepEqual(inShort(await ending), ["error 53300"]);
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
  await assertServes(gateway);
});

test("a client that sends byte by byte is served, and others meanwhile", async (context) => {
  const gateway = await openGateway(context);
  const socket = stranger(context, gateway);
  const { next } = readMessages(socket);
  for (const byte of startup) {
    socket.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  await assertServes(gateway);
  assert.equal((await next())?.kind, "authentication_sasl");
  const client = await gateway.connect();
  for (const byte of encodeQuery("select 'slow'")) {
    client.send(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  assert.ok(inShort(await client.until(isReady)).includes("row slow"));
});

for (const [step, bytes] of [
  ["the start-up packet", startup.subarray(0, 20)],
  ["the sign-in", Buffer.concat([startup, Buffer.from("p\0\0")])],
  ["the TLS handshake", sslRequestPacket],
  ["the TLS handshake that it began with", Buffer.from("1603010200010001fc0303", "hex")],
] as const) {
  test(`a client that stops within ${step} is let go after ${signInMs / 1000} seconds`, async (context) => {
    const gateway = await openGateway(context);
    const socket = stranger(context, gateway);
    socket.resume();
    await once(socket, "connect");
    socket.write(bytes);
    // Whoever comes later is accepted later.
    await assertServes(gateway);
    gateway.stage.clock.advance(signInMs - 1);
    await assertServes(gateway);
    assert.equal(socket.readyState, "open");
    const closed = once(socket, "close");
    gateway.stage.clock.advance(1);
    await closed;
  });
}

test("an upstream that lets the gateway in and says no more is given up, and the client told", async (context) => {
  const silent = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () =>
      socket.write(Buffer.concat([authenticationOkFrame, encodeReadyForQuery("idle")])),
    );
  });
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  context.after(() => silent.close());
  const address = silent.address();
  assert(typeof address === "object" && address !== null);
  const gateway = await openGateway(context, {}, { port: address.port });
  const refused = assert.rejects(gateway.connect(), { details: { sqlstate: "08001" } });
  await gateway.stage.until(() => gateway.tap.parsed.length > 0);
  gateway.stage.clock.advance(sessionOpenMs);
  await refused;
});

test("a client that sends and never reads is not read from any more, and others are served", async (context) => {
  const gateway = await openGateway(context);
  const deaf = await gateway.connect();
  deaf.socket.pause();
  // Their answers come to some 50 MB, far more than the sockets between here and there hold.
  const total = 120_000;
  const batch = Buffer.concat(Array.from({ length: 1000 }, () => encodeQuery("drop table t")));
  for (let sent = 0; sent < total; sent += 1000) deaf.socket.write(batch);
  const other = await gateway.connect();
  const denied = () => gateway.stage.records.filter(({ type }) => type === "action.denied").length;
  for (let seen = -1; seen < denied(); ) {
    seen = denied();
    for (let round = 0; round < 50; round += 1) await other.query("select 1");
  }
  assert.ok(denied() < total / 2, `${denied()} of ${total} were decided`);
  deaf.destroy();
  await gateway.sessionsEnded(1);
});

test("five thousand connections, opened and dropped in every way, leave nothing behind", async (context) => {
  const gateway = await openGateway(context);
  await assertServes(gateway);
  await gateway.sessionsEnded(1);
  const open = sockets();
  for (let opened = 0; opened < 5000; opened += 250) {
    await Promise.all(Array.from({ length: 250 }, (_, index) => drop(gateway, index)));
  }
  await assertServes(gateway);
  await gateway.sessionsEnded(2);
  while (sockets() > open) await new Promise(setImmediate);
});

/** What a session has come to when its client drops it. */
const states: readonly ((client: WireClient) => Promise<unknown>)[] = [
  () => Promise.resolve(),
  (client) => client.query("begin; select 1"),
  (client) => client.batch(parse("select 1", "kept"), syncFrame),
  async (client) => client.send(parse("select 1"), bind()),
  async (client) => {
    client.send(encodeQuery("select repeat('x', 1000) from generate_series(1, 6000)"));
    await client.until(({ kind }) => kind === "row_description");
  },
  async (client) => {
    client.send(encodeQuery("create table made (id int)"), encodeQuery("select 1"));
    await client.until(({ kind }) => kind === "notice_response");
  },
];

test("sessions that are dropped in every state leave nothing behind: no socket, no session of the database's, no memory, no review that waits", async (context) => {
  const gateway = await openGateway(context);
  const { stage } = gateway;
  await assertServes(gateway);
  await gateway.sessionsEnded(1);
  const [open, inMemory] = [sockets(), sessionsInMemory()];
  const rounds = 8;
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(
      states.map(async (reach, way) => {
        const client = await gateway.connect();
        await reach(client);
        if ((round + way) % 2 === 0) client.destroy();
        else client.socket.resetAndDestroy();
      }),
    );
  }
  await gateway.sessionsEnded(1 + rounds * states.length);
  await stage.until(() => [...stage.reviews.values()].every(({ state }) => state === "cancelled"));
  assert.equal(stage.reviews.size, rounds);
  while (sockets() > open || gateway.tap.sessions > 0) await new Promise(setImmediate);
  while (sessionsInMemory() > inMemory) await new Promise(setImmediate);
});

function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;
}

/** Those that garbage collection can't take, which this runs. */
function sessionsInMemory(): number {
  return queryObjects(Session, { format: "count" });
}

async function drop({ login }: PostgresGateway, way: number): Promise<void> {
  const socket = connect({ host: login.host, port: login.port });
  socket.on("error", () => socket.destroy());
  await once(socket, "connect");
  if (way % 2 === 0) socket.write(startup.subarray(0, way % startup.length));
  const closed = once(socket, "close");
  if (way % 3 === 0) socket.resetAndDestroy();
  else if (way % 3 === 1) socket.destroy();
  else socket.resume().end();
  await closed;
}
