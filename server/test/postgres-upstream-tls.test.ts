/** The way to the database: TLS, sign-in and protocol versions, at a real server and at some that are none. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, type TestContext, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { Secret } from "#/core/secret.ts";
import { openStage } from "#/enforcement/conformance/stage.ts";
import { openUpstream, type UpstreamAddress } from "#/proxies/postgres/upstream/upstream.ts";
import {
  encodeNegotiateProtocolVersion,
  parseStartup,
  sslRequestPacket,
} from "#/proxies/postgres/wire/codec-startup.ts";
import {
  authenticationOkFrame,
  encodeBackendKeyData,
  encodeErrorResponse,
  encodeReadyForQuery,
} from "#/proxies/postgres/wire/encode-backend.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import {
  openTcp,
  readyWire,
  type UpstreamTlsSettings,
  upstreamTls,
} from "#/proxies/postgres/wire/upstream-wire.ts";
import { quickstartRules } from "./support/agent-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { letIn, turnTlsOn } from "./support/postgres-access.ts";
import {
  asSuperuser,
  openMemoryStore,
  type PostgresGateway,
  startPostgresGateway,
} from "./support/postgres-gateway.ts";
import { makeAuthority } from "./support/test-authority.ts";
import { inShort, isReady } from "./support/wire-client.ts";

const authority = makeAuthority("authority of the test");
const stranger = makeAuthority("authority of nobody");
const server = authority.issue(["db.test", "127.0.0.1"]);

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
  await turnTlsOn(postgres, server, authority.certificate);
  await letIn(postgres, `hostssl all ${postgres.user} 127.0.0.1/32 scram-sha-256`);
});
after(() => postgres.stop());

type VerifyFull = Extract<UpstreamTlsSettings, { mode: "verify-full" }>;
const trusting = (changes: Partial<VerifyFull> = {}): UpstreamTlsSettings => ({
  mode: "verify-full",
  ca: authority.certificate,
  certificate: null,
  key: null,
  serverName: null,
  ...changes,
});

async function openGateway(
  context: TestContext,
  changes: Parameters<typeof startPostgresGateway>[2] = {},
  upstream: Partial<TestPostgres> = {},
): Promise<PostgresGateway> {
  const stage = openStage(openMemoryStore());
  stage.rule(quickstartRules);
  const gateway = await startPostgresGateway({ ...postgres, ...upstream }, stage, {
    upstreamTls: trusting(),
    ...changes,
  });
  context.after(async () => {
    await gateway.close();
    await stage.close();
  });
  return gateway;
}

async function answers(gateway: PostgresGateway): Promise<void> {
  const client = await gateway.connect();
  assert.ok(inShort(await client.query("select 'through'")).includes("row through"));
  client.destroy();
}

/** Also the gateway's log has the code and, of what the server said, its own words. */
async function refuses(gateway: PostgresGateway, code: string, sentence: RegExp): Promise<void> {
  await assert.rejects(gateway.connect(), sentence);
  const refusal = gateway.log.find(({ event }) => event === "session.refused");
  assert.equal(refusal?.["code"], code);
}

test("a server whose certificate is trusted and for its name is spoken to through TLS", async (context) => {
  const gateway = await openGateway(context);
  const client = await gateway.connect();
  const encrypted = await asSuperuser(postgres, async (superuser) => {
    const { rows } = await superuser.query<{ version: string }>(
      "select version from pg_stat_ssl join pg_stat_activity using (pid) where usename = $1 and ssl",
      [postgres.user],
    );
    return rows.map(({ version }) => version);
  });
  assert.deepEqual(encrypted, ["TLSv1.3"]);
  client.destroy();
});

test("a client that does not read stops the database through TLS, instead of filling the gateway", async (context) => {
  const gateway = await openGateway(context);
  const client = await gateway.connect();
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
  other.destroy();
});

test("a certificate that nobody trusted has signed is refused", async (context) => {
  for (const ca of [stranger.certificate, null]) {
    const gateway = await openGateway(context, { upstreamTls: trusting({ ca }) });
    await refuses(gateway, "upstream.certificate_untrusted", /upstream\.tls\.ca/);
  }
});

test("a certificate for another name is refused, and the name can be said", async (context) => {
  const wrong = await openGateway(context, { upstreamTls: trusting({ serverName: "other.test" }) });
  await refuses(wrong, "upstream.certificate_mismatch", /tls\.serverName/);
  await answers(await openGateway(context, { upstreamTls: trusting({ serverName: "db.test" }) }));
});

test("a certificate that has expired is refused, with the word for it", async (context) => {
  const { certificate, key } = authority.issue(["127.0.0.1"], { expired: true });
  const port = await relay(context, { certificate, key });
  const gateway = await openGateway(context, {}, { port });
  await refuses(gateway, "upstream.certificate_untrusted", /CERT_HAS_EXPIRED/);
});

test("a server that takes TLS alone says so to a gateway that comes without", async (context) => {
  const gateway = await openGateway(context, { upstreamTls: { mode: "disable" } });
  await refuses(gateway, "upstream.refused", /refused the gateway's session/);
});

test("somebody between with another certificate, even a trusted one, can't pass the sign-in on", async (context) => {
  const port = await relay(context, authority.issue(["127.0.0.1"]));
  const gateway = await openGateway(context, {}, { port });
  await refuses(gateway, "upstream.refused", /refused the gateway's session/);
  const refusal = gateway.log.find(({ event }) => event === "session.refused");
  assert.match(String(refusal?.["cause"]), /channel binding/);
});

test("what runs is cancelled through TLS too, with the server's own key", async (context) => {
  const openings: Buffer[] = [];
  const port = await wiretap(context, (first) => openings.push(first));
  const gateway = await openGateway(context, {}, { port });
  const client = await gateway.connect();
  client.send(encodeQuery("select pg_sleep(600)"));
  await running(/pg_sleep/);
  await client.cancel();
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 57014", "ready idle"]);
  assert.ok(openings.length >= 2);
  for (const first of openings) assert.ok(first.equals(sslRequestPacket));
});

test("the gateway's own certificate signs in where the server takes it, without a password", async (context) => {
  await letIn(postgres, `hostssl all ${postgres.user} 127.0.0.1/32 cert`);
  const { certificate, key: pem } = authority.issue([postgres.user]);
  const key = new Secret(pem);
  const own = trusting({ certificate, key });
  await answers(await openGateway(context, { upstreamTls: own, upstreamPassword: null }));
  const another = authority.issue(["somebody"]);
  const others = trusting({ certificate: another.certificate, key: new Secret(another.key) });
  await refuses(await openGateway(context, { upstreamTls: others }), "upstream.refused", /refused/);
  await refuses(await openGateway(context), "upstream.refused", /refused/);
  const foreign = stranger.issue([postgres.user]);
  const unknown = trusting({ certificate: foreign.certificate, key: new Secret(foreign.key) });
  await refuses(
    await openGateway(context, { upstreamTls: unknown }),
    "upstream.tls_failed",
    /handshake/,
  );
});

test("a password as such is sent through TLS alone", async (context) => {
  await letIn(postgres, `host all ${postgres.user} 127.0.0.1/32 password`);
  await answers(await openGateway(context));
  const clear = await openGateway(context, { upstreamTls: { mode: "disable" } });
  await refuses(clear, "upstream.refused", /through TLS only/);
  const none = await openGateway(context, { upstreamPassword: null });
  await refuses(none, "upstream.refused", /has none/);
});

test("an MD5 password is never sent, and the refusal says what to change", async (context) => {
  const { password, user } = postgres;
  const alter = (encryption: string) =>
    asSuperuser(postgres, async (superuser) => {
      await superuser.query(`set password_encryption = '${encryption}'`);
      await superuser.query(`alter role ${user} password '${password}'`);
    });
  await letIn(postgres, `host all ${user} 127.0.0.1/32 md5`);
  await alter("md5");
  try {
    await refuses(await openGateway(context), "upstream.refused", /scram-sha-256/);
  } finally {
    await alter("scram-sha-256");
  }
});

test("certificates that can't be used stop the start", () => {
  const { certificate } = authority.issue(["x"]);
  const key = new Secret(authority.issue(["y"]).key);
  for (const wrong of [
    trusting({ ca: "no certificate" }),
    trusting({ certificate, key }),
    trusting({ certificate: "no certificate", key }),
  ]) {
    assert.throws(() => upstreamTls(wrong, "127.0.0.1"), { code: "tls.invalid_certificate" });
  }
});

const strange: readonly (readonly [string, readonly (string | Buffer)[], string])[] = [
  ["has no TLS", ["N"], "upstream.tls_unavailable"],
  [
    "says more than it may before the handshake",
    ["S", authenticationOkFrame],
    "postgres.upstream_protocol",
  ],
  ["answers as nobody does", ["HTTP/1.1 400 Bad Request"], "postgres.upstream_protocol"],
  ["hangs up", [], "upstream.unreachable"],
];
for (const [what, said, code] of strange) {
  test(`a server that ${what} is an error of its own, and gets no password`, async (context) => {
    const received: Buffer[] = [];
    const port = await listen(context, (socket) => {
      socket.on("data", (chunk: Buffer) => received.push(chunk));
      socket.once("data", () => {
        if (said.length === 0) socket.end();
        else socket.write(Buffer.concat(said.map((each) => Buffer.from(each))));
      });
    });
    await assert.rejects(openUpstream(addressAt(port, trusting()), []), { code });
    assert.ok(Buffer.concat(received).equals(sslRequestPacket), "nothing but the request");
  });
}

test("a server that consents to TLS and then speaks none is one clear error", async (context) => {
  const port = await listen(context, (socket) => {
    socket.once("data", () => {
      socket.write("S");
      socket.once("data", () => socket.write("no handshake at all"));
    });
  });
  await assert.rejects(openUpstream(addressAt(port, trusting()), []), {
    code: "upstream.tls_failed",
  });
});

test("PostgreSQL 18 is asked for protocol 3.2 and gives the longer key", async (context) => {
  await letIn(postgres, `host all ${postgres.user} 127.0.0.1/32 scram-sha-256`);
  const openings: Buffer[] = [];
  const port = await wiretap(context, (first) => openings.push(first));
  const plain = { upstreamTls: { mode: "disable" } } as const;
  const gateway = await openGateway(context, plain, { port });
  const client = await gateway.connect();
  client.send(encodeQuery("select pg_sleep(601)"));
  await running(/pg_sleep/);
  await client.cancel();
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 57014", "ready idle"]);
  const packets = openings.map((bytes) => parseStartup(bytes)?.packet);
  const startup = packets.find((packet) => packet?.kind === "startup");
  const cancel = packets.find((packet) => packet?.kind === "cancel");
  assert.ok(startup?.kind === "startup" && cancel?.kind === "cancel");
  assert.equal(startup.minor, 2);
  assert.equal(cancel.secret.length, 32);
});

for (const [minor, bytes] of [
  [0, 4],
  [2, 32],
] as const) {
  test(`a client of protocol 3.${minor} gets a key of ${bytes} bytes and can cancel with it`, async (context) => {
    const gateway = await openGateway(context, { upstreamTls: { mode: "disable" } });
    const client = await gateway.connect({ minor });
    const key = client.greeting.find(({ kind }) => kind === "backend_key_data");
    assert.ok(key?.kind === "backend_key_data");
    assert.equal(key.secret.length, bytes);
    client.send(encodeQuery("create table made (id int)"));
    await held(gateway);
    await client.cancel();
    assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 57014", "ready idle"]);
  });
}

test("options of the protocol that are not known are negotiated away", async (context) => {
  const gateway = await openGateway(context, { upstreamTls: { mode: "disable" } });
  const negotiated: unknown[] = [];
  const client = await gateway.connect({
    minor: 2,
    settings: { "_pq_.command_tag_format": "fancy", "_pq_.other": "1" },
    onMessage(message) {
      if (message.kind === "negotiate_protocol_version") negotiated.push(message);
    },
  });
  assert.deepEqual(negotiated, [
    {
      kind: "negotiate_protocol_version",
      minor: 2,
      unknownOptions: ["_pq_.command_tag_format", "_pq_.other"],
    },
  ]);
  assert.ok(inShort(await client.query("select 'on'")).includes("row on"));
});

const greeted = Buffer.concat([
  authenticationOkFrame,
  encodeBackendKeyData(7, Buffer.alloc(4, 1)),
  encodeReadyForQuery("idle"),
]);
const refusal = (code: string) =>
  encodeErrorResponse({ severity: "FATAL", code, message: "no such version" });
const older: readonly (readonly [string, Buffer | null, readonly number[]])[] = [
  [
    "turns 3.2 down as prescribed",
    Buffer.concat([encodeNegotiateProtocolVersion(0, []), greeted]),
    [2, 2],
  ],
  ["refuses 3.2 as a feature that it does not have", refusal("0A000"), [2, 0, 0]],
  ["refuses 3.2 as a violation of the protocol", refusal("08P01"), [2, 0, 0]],
  ["hangs up on 3.2", null, [2, 0, 0]],
];
for (const [what, answer, asked] of older) {
  test(`a server that ${what} is spoken to in 3.0, and not asked again in vain`, async (context) => {
    const minors: number[] = [];
    const port = await listen(context, (socket) => {
      socket.once("data", (chunk: Buffer) => {
        const packet = parseStartup(chunk)?.packet;
        if (packet?.kind !== "startup") return;
        minors.push(packet.requestedMinor);
        if (packet.requestedMinor === 0) socket.write(greeted);
        else if (answer === null) socket.end();
        else socket.write(answer);
      });
    });
    const address = addressAt(port, { mode: "disable" });
    for (let times = 0; times < 2; times += 1) {
      const upstream = await openUpstream(address, []);
      assert.equal(upstream.status, "idle");
      upstream.socket.destroy();
    }
    assert.deepEqual(minors, asked);
  });
}

test("a server that negotiates what was not asked for is not spoken to", async (context) => {
  for (const [minor, options] of [
    [2, ["_pq_.unasked"]],
    [9, []],
  ] as const) {
    const port = await listen(context, (socket) => {
      socket.once("data", () =>
        socket.write(Buffer.concat([encodeNegotiateProtocolVersion(minor as 2, options), greeted])),
      );
    });
    const opening = openUpstream(addressAt(port, { mode: "disable" }), []);
    await assert.rejects(opening, { code: "postgres.upstream_protocol" });
  }
});

test("a server that refuses for another reason is asked once", async (context) => {
  let sessions = 0;
  const port = await listen(context, (socket) => {
    sessions += 1;
    socket.once("data", () => socket.end(refusal("53300")));
  });
  const opening = openUpstream(addressAt(port, { mode: "disable" }), []);
  await assert.rejects(opening, { code: "upstream.refused" });
  assert.equal(sessions, 1);
});

function addressAt(port: number, tls: UpstreamTlsSettings): UpstreamAddress {
  return {
    host: "127.0.0.1",
    port,
    database: "shop",
    user: "shop",
    password: new Secret("a password"),
    keyCache: new Map(),
    tls: upstreamTls(tls, "127.0.0.1"),
    known: { minor: 2 },
    health: null,
  };
}

async function held(gateway: PostgresGateway) {
  await gateway.stage.until(() => gateway.stage.reviews.size === 1);
  return [...gateway.stage.reviews.values()];
}

async function running(command: RegExp): Promise<void> {
  const isRunning = () =>
    asSuperuser(postgres, async (superuser) => {
      const { rows } = await superuser.query<{ query: string }>(
        "select query from pg_stat_activity where state = 'active' and usename = $1",
        [postgres.user],
      );
      return rows.some(({ query }) => command.test(query));
    });
  while (!(await isRunning()));
}

async function listen(context: TestContext, onSocket: (socket: Socket) => void): Promise<number> {
  const listener = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    context.after(() => socket.destroy());
    onSocket(socket);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  context.after(() => listener.close());
  return (listener.address() as AddressInfo).port;
}

/** Passes everything on to the database, and tells with what each connection begins. */
function wiretap(context: TestContext, onFirst: (bytes: Buffer) => void): Promise<number> {
  return listen(context, (socket) => {
    const onwards = connect({ host: postgres.host, port: postgres.port });
    onwards.on("error", () => socket.destroy());
    socket.once("data", onFirst);
    socket.pipe(onwards).pipe(socket);
  });
}

/** Speaks TLS to both sides, with a certificate of its own towards the gateway. */
function relay(
  context: TestContext,
  { certificate, key }: { readonly certificate: string; readonly key: string },
): Promise<number> {
  const inner = createTlsServer({ cert: certificate, key, ALPNProtocols: ["postgresql"] });
  inner.on("tlsClientError", () => {});
  inner.on("secureConnection", (gateway) => {
    gateway.on("error", () => gateway.destroy());
    const address = { ...addressAt(postgres.port, trusting()) };
    void onwards(address).then((database) => gateway.pipe(database).pipe(gateway));
  });
  return listen(context, (socket) => {
    socket.once("data", () => {
      socket.pause();
      socket.write("S");
      inner.emit("connection", socket);
    });
  });
}

async function onwards(address: UpstreamAddress): Promise<Socket> {
  const { incoming } = await readyWire(openTcp(address), address);
  return incoming.socket;
}
