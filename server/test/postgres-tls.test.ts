/** TLS towards clients: every way in which they ask for it, and every way in which somebody between could misuse it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import {
  type ConnectionOptions,
  connect as connectTls,
  createServer as createTlsServer,
  type TLSSocket,
} from "node:tls";
import { Client, type ClientConfig } from "pg";
import { openStage } from "#/enforcement/conformance/stage.ts";
import { strangersMax } from "#/proxies/postgres/listener/listener.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeCancelRequest,
  encodeStartupMessage,
  gssRequestPacket,
  sslRequestPacket,
} from "#/proxies/postgres/wire/codec-startup.ts";
import {
  encodeQuery,
  encodeSaslInitialResponse,
  encodeSaslResponse,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { nonceBytes, type ScramMechanism } from "#/proxies/postgres/wire/scram/scram.ts";
import {
  type ClientBinding,
  clientFinal,
  clientFirst,
} from "#/proxies/postgres/wire/scram/scram-client.ts";
import { makeSelfSigned } from "#/tls/self-signed.ts";
import { quickstartRules } from "./support/agent-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import {
  agentToken,
  openMemoryStore,
  type PostgresGateway,
  startPostgresGateway,
} from "./support/postgres-gateway.ts";
import { testCertificate, testIdentity } from "./support/test-identity.ts";
import { connectWire, inShort, isReady, readMessages } from "./support/wire-client.ts";

let postgres: TestPostgres;
let folder: string;
let rootFile: string;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
  folder = await mkdtemp(join(tmpdir(), "countersign-test-tls-"));
  rootFile = join(folder, "root.crt");
  await writeFile(rootFile, testCertificate);
});
after(async () => {
  await rm(folder, { recursive: true });
  await postgres.stop();
});

async function openGateway(
  context: TestContext,
  changes: Parameters<typeof startPostgresGateway>[2] = {},
): Promise<PostgresGateway> {
  const stage = openStage(openMemoryStore());
  stage.rule(quickstartRules);
  const gateway = await startPostgresGateway(postgres, stage, changes);
  context.after(async () => {
    await gateway.close();
    await stage.close();
  });
  return gateway;
}

function open(context: TestContext, { login }: PostgresGateway): Socket {
  const socket = connect({ host: login.host, port: login.port, noDelay: true });
  socket.on("error", () => socket.destroy());
  context.after(() => socket.destroy());
  return socket;
}

/** TLS over a socket, as libpq begins it, or from the first byte. */
async function secure(
  socket: Socket,
  how: "asked" | "direct" = "asked",
  options: ConnectionOptions = { ALPNProtocols: ["postgresql"] },
): Promise<TLSSocket> {
  if (how === "asked") {
    socket.write(sslRequestPacket);
    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.equal(answer.toString(), "S");
  }
  const secured = connectTls({ socket, ca: testCertificate, servername: "localhost", ...options });
  await once(secured, "secureConnect");
  secured.on("error", () => secured.destroy());
  return secured;
}

async function secureLogin(context: TestContext, gateway: PostgresGateway) {
  return { ...gateway.login, over: await secure(open(context, gateway)) };
}

/** All that is heard up to the end of the connection. */
async function heard(socket: Socket): Promise<readonly BackendMessage[]> {
  return readMessages(socket).until(() => false);
}

const startup = encodeStartupMessage([
  ["user", "importer"],
  ["database", "shop"],
]);

async function query(config: ClientConfig): Promise<unknown> {
  const client = new Client(config);
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ readonly answer: number }>("select 42 as answer");
    return rows[0]?.answer;
  } finally {
    await client.end();
  }
}

const verified = { ca: testCertificate, servername: "localhost" };
const nodePostgres: readonly (readonly [string, ClientConfig])[] = [
  ["no TLS", { ssl: false }],
  ["TLS that is not verified", { ssl: { rejectUnauthorized: false } }],
  ["TLS that is verified", { ssl: verified }],
  ["channel binding", { ssl: verified, enableChannelBinding: true }],
  ["TLS from the first byte", { ssl: verified, sslnegotiation: "direct" }],
];
for (const [what, config] of nodePostgres) {
  test(`node-postgres connects with ${what}`, async (context) => {
    const gateway = await openGateway(context, { requiresTls: config.ssl !== false });
    const { host, port, user, password, database } = gateway.login;
    assert.equal(await query({ host, port, user, password, database, ...config }), 42);
  });
}

test("node-postgres understands what connection strings say of TLS", async (context) => {
  const gateway = await openGateway(context, { requiresTls: true });
  const { port, user } = gateway.login;
  const url = `postgres://${user}:${encodeURIComponent(agentToken)}@localhost:${port}/shop`;
  for (const options of [
    "sslmode=no-verify",
    "sslmode=require&uselibpqcompat=true",
    `sslmode=verify-full&sslrootcert=${rootFile}`,
    `sslmode=verify-full&sslrootcert=${rootFile}&sslnegotiation=direct`,
  ]) {
    assert.equal(await query({ connectionString: `${url}?${options}` }), 42, options);
  }
  await assert.rejects(query({ connectionString: url }), {
    code: "28000",
    message: /sslmode=require/,
  });
});

const libpq: readonly (readonly [string, string, RegExp])[] = [
  ["prefer", "sslmode=prefer", /^SSL/],
  ["require", "sslmode=require", /^SSL/],
  ["verify-full", "sslmode=verify-full host=localhost sslrootcert=ROOT", /^SSL/],
  ["channel binding", "sslmode=require channel_binding=require", /^SSL/],
  ["no TLS", "sslmode=disable", /TLS only/],
  [
    "a certificate of another",
    "sslmode=verify-full host=localhost sslrootcert=OTHER",
    /verify failed/,
  ],
];
for (const [what, options, expected] of libpq) {
  test(`libpq with ${what} gets what it asks for, where there is a psql`, async (context) => {
    const gateway = await openGateway(context, { requiresTls: true });
    const { host, port, user, password } = gateway.login;
    const other = join(folder, "other.crt");
    await writeFile(other, selfSigned().certificate);
    const text = options.replace("ROOT", rootFile).replace("OTHER", other);
    const target = `host=${host} port=${port} user=${user} dbname=shop ${text}`;
    const said = await psql([target, "-XAtc", "\\conninfo"], password);
    if (said === null) return context.skip("there is no psql");
    assert.match(said.match(/SSL conn[^\n]*|.*TLS only.*|.*verify failed.*/)?.[0] ?? said, /./);
    assert.match(said, new RegExp(expected.source.replace("^SSL", "SSL connection")));
  });
}

/** libpq of PostgreSQL 18: TLS from the first byte, protocol 3.2, and cancelling through TLS. */
const psycopg = `
import sys, threading, psycopg
connection = psycopg.connect(sys.argv[1])
assert connection.pgconn.ssl_in_use
threading.Timer(0.2, connection.cancel_safe).start()
try:
    connection.execute("select pg_sleep(600)")
except psycopg.errors.QueryCanceled:
    print("cancelled through TLS")
`;

test("libpq of PostgreSQL 18 uses all that it knows, where there is a psycopg with it", async (context) => {
  const there = await run("python3", ["-c", "import psycopg; print(psycopg.pq.version())"], "");
  if (!(Number(there) >= 180_000)) return context.skip("there is none");
  const gateway = await openGateway(context, { requiresTls: true });
  const { port, user, password } = gateway.login;
  const newest =
    "sslnegotiation=direct channel_binding=require min_protocol_version=3.2 max_protocol_version=3.2";
  const target = `host=localhost port=${port} user=${user} dbname=shop sslmode=verify-full sslrootcert=${rootFile}`;
  const said = await run("python3", ["-c", psycopg, `${target} ${newest}`], password);
  assert.equal(said, "cancelled through TLS\n");
});

/** What it says on both ways; null where there is none. */
function psql(args: readonly string[], password: string): Promise<string | null> {
  return run("psql", args, password);
}

function run(program: string, args: readonly string[], password: string): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...process.env, PGPASSWORD: password } });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    child.on("error", () => resolve(null));
    child.on("close", () => resolve(said));
  });
}

function selfSigned() {
  return makeSelfSigned({ names: ["localhost"], now: Date.now(), serial: randomBytes(16) });
}

test("GSSAPI is refused before TLS is agreed on, as libpq asks for one after the other", async (context) => {
  const gateway = await openGateway(context);
  const socket = open(context, gateway);
  socket.write(gssRequestPacket);
  const [answer] = (await once(socket, "data")) as [Buffer];
  assert.equal(answer.toString(), "N");
  const client = await connectWire({ ...gateway.login, over: await secure(socket) });
  assert.ok(inShort(await client.query("select 'through'")).includes("row through"));
});

test("a session through TLS carries large answers to a client that reads slowly, whole and in order", async (context) => {
  const gateway = await openGateway(context);
  const client = await connectWire(await secureLogin(context, gateway));
  client.send(encodeQuery("select repeat('x', 1000) || i from generate_series(1, 20000) as i"));
  let rows = 0;
  for (let message = await client.next(); message !== null; message = await client.next()) {
    if (message.kind === "ready_for_query") break;
    if (message.kind !== "data_row") continue;
    rows += 1;
    assert.equal(message.values[0]?.toString().slice(1000), String(rows));
    if (rows % 1000 === 0) {
      client.socket.pause();
      await new Promise(setImmediate);
      client.socket.resume();
    }
  }
  assert.equal(rows, 20_000);
});

test("a client that does not read through TLS stops the upstream instead of filling the gateway", async (context) => {
  const gateway = await openGateway(context);
  const client = await connectWire(await secureLogin(context, gateway));
  client.socket.pause();
  client.send(encodeQuery("select repeat('x', 1000000) from generate_series(1, 300) as i"));
  const other = await gateway.connect();
  // Until it stands still but for what this asks itself; the system's own buffers may take some ten megabytes each.
  for (let last = -Infinity; gateway.tap.passed - last > 1_000_000; ) {
    last = gateway.tap.passed;
    for (let times = 0; times < 100; times += 1) await other.query("select 1");
  }
  assert.ok(gateway.tap.passed < 150_000_000, `${gateway.tap.passed} bytes of 300 MB`);
  client.destroy();
});

for (const how of ["through TLS", "in the clear, as older versions of libpq do"] as const) {
  test(`a session through TLS is cancelled ${how}, also where TLS is required`, async (context) => {
    const gateway = await openGateway(context, { requiresTls: true });
    const client = await connectWire(await secureLogin(context, gateway));
    client.send(encodeQuery("create table made (id int)"));
    await gateway.stage.until(() => gateway.stage.reviews.size === 1);
    if (how === "through TLS") {
      const key = client.greeting.find((message) => message.kind === "backend_key_data");
      assert.ok(key?.kind === "backend_key_data");
      const asking = await secure(open(context, gateway));
      asking.end(encodeCancelRequest(key));
    } else {
      await client.cancel();
    }
    assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 57014", "ready idle"]);
  });
}

for (const [what, behind] of [
  ["SSLRequest", sslRequestPacket],
  ["GSSENCRequest", gssRequestPacket],
] as const) {
  test(`what comes in the clear behind an ${what} is refused, not taken for the client's own words`, async (context) => {
    const gateway = await openGateway(context);
    const socket = open(context, gateway);
    socket.write(Buffer.concat([behind, startup]));
    const [error] = await heard(socket);
    assert.ok(error?.kind === "error_response");
    assert.equal(error.fields.code, "08P01");
    assert.match(error.fields.message ?? "", /unencrypted behind/);
  });
}

test("what comes in the clear after the consent to TLS ends the connection unanswered", async (context) => {
  const gateway = await openGateway(context);
  const socket = open(context, gateway);
  socket.write(sslRequestPacket);
  await once(socket, "data");
  socket.write(startup);
  const rest: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => rest.push(chunk));
  await once(socket, "close");
  const said = Buffer.concat(rest);
  assert.ok(said.length === 0 || said[0] === 0x15, "nothing but an alert");
});

test("encryption inside encryption is refused", async (context) => {
  for (const request of [sslRequestPacket, gssRequestPacket]) {
    const gateway = await openGateway(context);
    const secured = await secure(open(context, gateway));
    secured.write(request);
    assert.deepEqual(inShort(await heard(secured)), ["error 08P01"]);
  }
});

test("TLS from the first byte has to name the protocol, and no TLS may name another", async (context) => {
  const gateway = await openGateway(context);
  const unnamed = await secure(open(context, gateway), "direct", {});
  assert.deepEqual(inShort(await heard(unnamed)), ["error 08P01"]);
  for (const how of ["asked", "direct"] as const) {
    const foreign = secure(open(context, gateway), how, { ALPNProtocols: ["http/1.1"] });
    await assert.rejects(foreign, { code: "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL" });
  }
  const asked = await secure(open(context, gateway), "asked", {});
  asked.write(startup);
  assert.equal((await readMessages(asked).next())?.kind, "authentication_sasl");
});

test("strangers in the middle of a handshake make room like all others, and agents are served", async (context) => {
  const gateway = await openGateway(context);
  const first = open(context, gateway);
  first.write(sslRequestPacket);
  await once(first, "data");
  first.resume();
  const gone = once(first, "close");
  const others = Array.from({ length: strangersMax }, () => open(context, gateway));
  for (const other of others) other.write(Buffer.from("1603010200010001fc0303", "hex"));
  await gone;
  assert.equal(await query({ ...pick(gateway), ssl: verified }), 42);
});

test("where TLS is required, the clear text gets no further than to hear so", async (context) => {
  const gateway = await openGateway(context, { requiresTls: true });
  const socket = open(context, gateway);
  socket.write(startup);
  assert.deepEqual(inShort(await heard(socket)), ["error 28000"]);
});

/** A sign-in with the agent's own token; the SQLSTATE of the refusal, or `ok`. */
async function signIn(
  socket: Socket,
  how: { readonly mechanism: ScramMechanism; readonly binding: ClientBinding },
): Promise<{ readonly offered: readonly string[]; readonly outcome: string }> {
  const reader = readMessages(socket);
  socket.write(startup);
  const offer = await reader.next();
  assert.ok(offer?.kind === "authentication_sasl");
  const start = clientFirst(randomBytes(nonceBytes), how.binding);
  socket.write(encodeSaslInitialResponse(how.mechanism, start.message));
  for (;;) {
    const message = await reader.next();
    if (message?.kind === "authentication_sasl_continue") {
      const credential = { user: "importer", password: agentToken };
      const exchange = await clientFinal(start, message.data, credential);
      socket.write(encodeSaslResponse(exchange.message));
    } else if (message?.kind === "authentication_ok") {
      return { offered: offer.mechanisms, outcome: "ok" };
    } else if (message?.kind === "error_response") {
      return { offered: offer.mechanisms, outcome: message.fields.code ?? "" };
    } else if (message === null) return { offered: offer.mechanisms, outcome: "closed" };
  }
}

const plus = "SCRAM-SHA-256-PLUS";
const plain = "SCRAM-SHA-256";
const bound = (data: Buffer | null) => ({ kind: "bound", data: data ?? Buffer.alloc(0) }) as const;

test("through TLS the sign-in can be bound to the certificate, and only to this one", async (context) => {
  const gateway = await openGateway(context);
  const through = async (mechanism: ScramMechanism, binding: ClientBinding) =>
    signIn(await secure(open(context, gateway)), { mechanism, binding });
  const right = await through(plus, bound(testIdentity.binding));
  assert.deepEqual(right, { offered: [plus, plain], outcome: "ok" });
  assert.equal((await through(plain, { kind: "none" })).outcome, "ok");
  assert.equal((await through(plus, bound(randomBytes(32)))).outcome, "28000");
  assert.equal((await through(plus, { kind: "none" })).outcome, "08P01");
  assert.equal((await through(plain, bound(testIdentity.binding))).outcome, "08P01");
  // The client thinks that PLUS was not offered: somebody took it out of the offer.
  assert.equal((await through(plain, { kind: "not_offered" })).outcome, "28000");
});

test("without TLS nothing can be bound, and a client that would bind may sign in", async (context) => {
  const gateway = await openGateway(context);
  const over = (mechanism: ScramMechanism, binding: ClientBinding) =>
    signIn(open(context, gateway), { mechanism, binding });
  assert.deepEqual(await over(plain, { kind: "not_offered" }), { offered: [plain], outcome: "ok" });
  assert.equal((await over(plus, bound(testIdentity.binding))).outcome, "08P01");
});

test("somebody between who has a certificate of their own can't pass a bound sign-in on", async (context) => {
  const gateway = await openGateway(context);
  const { certificate, key } = selfSigned();
  const relay = createTlsServer(
    { cert: certificate, key, ALPNProtocols: ["postgresql"] },
    (client) => {
      client.pause();
      secure(open(context, gateway)).then(
        (onwards) => client.pipe(onwards).pipe(client),
        () => client.destroy(),
      );
      client.on("error", () => client.destroy());
    },
  );
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  context.after(() => relay.close());
  const address = relay.address();
  assert(typeof address === "object" && address !== null);
  const { host, user, password, database } = gateway.login;
  const login = { host, port: address.port, user, password, database };
  // It does not verify the certificate, which is why they get this far.
  const careless = { ...login, ssl: { rejectUnauthorized: false }, sslnegotiation: "direct" };
  assert.equal(await query(careless as ClientConfig), 42);
  const binding = { ...careless, enableChannelBinding: true } as ClientConfig;
  await assert.rejects(query(binding), { code: "28000", message: /another TLS connection/ });
});

test("a broken record ends a session, and its place is free again", async (context) => {
  const gateway = await openGateway(context, { connectionsMax: 1 });
  const tcp = open(context, gateway);
  // A relay that can put bytes of its own into the stream.
  const relay = createServer((client) => {
    client.on("error", () => client.destroy());
    client.pipe(tcp).pipe(client);
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  context.after(() => relay.close());
  const address = relay.address();
  assert(typeof address === "object" && address !== null);
  const socket = connect({ host: "127.0.0.1", port: address.port });
  context.after(() => socket.destroy());
  const client = await connectWire({ ...gateway.login, over: await secure(socket) });
  await client.query("select 1");
  // Nobody hears of it, so nobody hangs up.
  tcp.unpipe();
  tcp.resume();
  tcp.write(Buffer.from("17030300050102030405", "hex"));
  await gateway.sessionsEnded(1);
  const again = await connectWire(await secureLogin(context, gateway));
  assert.ok(inShort(await again.query("select 'again'")).includes("row again"));
});

test("records of garbage in place of a handshake never keep a stranger or stop the listener", async (context) => {
  const gateway = await openGateway(context);
  for (let seed = 0; seed < 200; seed += 1) {
    const socket = open(context, gateway);
    if (seed % 2 === 0) {
      socket.write(sslRequestPacket);
      await once(socket, "data");
    }
    const record = randomBytes(5 + (seed % 60));
    record.set([0x16, 3, seed % 5, 0, seed % 64]);
    socket.resume();
    socket.end(record);
    await once(socket, "close");
  }
  assert.equal(await query({ ...pick(gateway), ssl: verified }), 42);
  assert.ok(!JSON.stringify(gateway.log).includes("internal.unexpected"));
});

function pick({ login: { host, port, user, password, database } }: PostgresGateway) {
  return { host, port, user, password, database };
}
