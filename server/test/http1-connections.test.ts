/** The connections with one server, over real sockets: what goes out, how often, and what becomes of it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { after, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { manualClock } from "#/platform/clock.ts";
import {
  type ClientPool,
  type ClientPoolOptions,
  clientPool,
  NoConnectionFree,
} from "#/wire/http1/client-pool.ts";
import type { AnswerTaker, ExchangeControl } from "#/wire/http1/exchange.ts";
import { Http1Error } from "#/wire/http1/http1-error.ts";
import { requestHeadText } from "#/wire/http1/request-head.ts";
import { makeAuthority } from "./support/test-authority.ts";

const clock = manualClock(0);
const closers: (() => unknown)[] = [];
after(async () => {
  for (const close of closers.toReversed()) await close();
});

interface RawServer {
  readonly port: number;
  /** What each connection has sent, as text, in the order in which they came. */
  readonly heard: readonly string[];
  readonly sockets: readonly Socket[];
}

/** `says`: called with each read. */
async function rawServer(
  says: (socket: Socket, text: string, connection: number) => void,
  make: (take: (socket: Socket) => void) => Server = createServer,
): Promise<RawServer> {
  const heard: string[] = [];
  const sockets: Socket[] = [];
  const server = make((socket) => {
    const number = sockets.push(socket) - 1;
    heard.push("");
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      heard[number] += chunk.toString("latin1");
      says(socket, chunk.toString("latin1"), number);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, heard, sockets };
}

function poolOf(port: number, options: Partial<ClientPoolOptions> = {}): ClientPool {
  const pool = clientPool({
    endpoint: { hostname: "127.0.0.1", port, tls: null },
    clock,
    connectionsMax: 4,
    connectMs: 5_000,
    waitMs: 30_000,
    headBytesMax: 16 * 1024,
    answerMs: 60_000,
    idleMs: 4_000,
    ...options,
  });
  closers.push(() => pool.close());
  return pool;
}

interface Came {
  readonly status: number;
  readonly body: string;
}

interface Sent {
  readonly answer: Promise<Came>;
  /** Once it has gone out. */
  readonly control: Promise<ExchangeControl>;
  readonly takeBack: () => void;
}

class Failed extends Error {
  readonly sent: boolean;
  constructor(cause: Error, sent: boolean) {
    super(cause.message, { cause });
    this.sent = sent;
  }
}

function send(
  pool: ClientPool,
  body: Buffer | string = "ask",
  change: Partial<AnswerTaker> = {},
  owner = "ada",
): Sent {
  const bytes = Buffer.from(body);
  const { promise: answer, resolve, reject } = Promise.withResolvers<Came>();
  const control = Promise.withResolvers<ExchangeControl>();
  let status = 0;
  const chunks: Buffer[] = [];
  const taker: AnswerTaker = {
    onSent: control.resolve,
    onHead: (head) => {
      status = head.status;
    },
    onBody: (chunk) => void chunks.push(Buffer.from(chunk)),
    onEnd: () => resolve({ status, body: Buffer.concat(chunks).toString("latin1") }),
    onFailed: (error, sent) => reject(new Failed(error, sent)),
    ...change,
  };
  answer.catch(() => {});
  const head = requestHeadText({
    method: "POST",
    target: "/",
    host: "server.example",
    fields: [],
    bodyBytes: bytes.length,
  });
  const takeBack = pool.send(
    { owner, method: "POST", head, body: bytes, silenceMs: 10_000 },
    taker,
  );
  return { answer, control: control.promise, takeBack };
}

function turn(): Promise<false> {
  return new Promise((resolve) => setImmediate(resolve, false));
}

async function failureOf({ answer }: Sent): Promise<Failed> {
  const error = await answer.then(
    () => null,
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof Failed, String(error));
  return error;
}

const yes = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes";

test("one after the other they go over one connection, each whole and once", async () => {
  const server = await rawServer((socket) => socket.write(yes));
  const pool = poolOf(server.port);
  for (const body of ["one", "two", "three"]) {
    assert.deepEqual(await send(pool, body).answer, { status: 200, body: "yes" });
  }
  assert.equal(server.sockets.length, 1);
  const bodies = server.heard[0]?.split("\r\n\r\n").slice(1).join(" ");
  assert.match(bodies ?? "", /^onePOST .* twoPOST .* three$/s);
});

test("a request is never sent again, whatever its connection comes to", async () => {
  for (const end of [
    (socket: Socket) => socket.destroy(),
    (socket: Socket) => socket.resetAndDestroy(),
    (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
    (socket: Socket) => socket.end("nothing of HTTP"),
  ]) {
    let answers = 0;
    const server = await rawServer((socket) => {
      answers += 1;
      // The second one meets a connection that has worked before.
      if (answers === 2) end(socket);
      else socket.write(yes);
    });
    const pool = poolOf(server.port);
    await send(pool, "first").answer;
    const failure = await failureOf(send(pool, "second"));
    assert.equal(failure.sent, true);
    await send(pool, "third").answer;
    assert.equal(server.heard.join().split("second").length - 1, 1);
  }
});

test("where nobody listens nothing was sent", async () => {
  const failure = await failureOf(send(poolOf(1)));
  assert.equal(failure.sent, false);
});

test("where a connection is not taken in time nothing was sent", async () => {
  const authority = makeAuthority("nobody");
  const server = await rawServer(() => {});
  const pool = poolOf(server.port, {
    endpoint: { hostname: "127.0.0.1", port: server.port, tls: { ca: authority.certificate } },
  });
  const sent = send(pool);
  // Its handshake is never answered.
  clock.advance(5_000);
  assert.equal((await failureOf(sent)).sent, false);
});

test("for each request one connection is tried, whatever becomes of it", async () => {
  const authority = makeAuthority("nobody");
  // Before the handshake.
  const server = await rawServer((socket) => socket.destroy());
  const tls = { ca: authority.certificate };
  const pool = poolOf(server.port, {
    endpoint: { hostname: "127.0.0.1", port: server.port, tls },
  });
  for (const tried of [1, 2, 3]) {
    assert.equal((await failureOf(send(pool))).sent, false);
    assert.equal(server.sockets.length, tried);
  }
  for (const failed of [send(pool, "one"), send(pool, "two")].map(failureOf)) await failed;
  assert.equal(server.sockets.length, 5);
});

test("what stands behind an answer is no answer to the next request", async () => {
  const server = await rawServer((socket, _, connection) => {
    socket.write(connection === 0 ? `${yes}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil` : yes);
  });
  const pool = poolOf(server.port, { connectionsMax: 1 });
  // The second waits for the connection of the first.
  const [first, second] = [send(pool, "one"), send(pool, "two")];
  assert.equal((await first.answer).body, "yes");
  assert.equal((await second.answer).body, "yes");
  assert.deepEqual([server.sockets.length, server.heard[0]?.includes("two")], [2, false]);
});

test("what comes while nobody has asked costs the connection", async () => {
  const server = await rawServer((socket) => socket.write(yes));
  const pool = poolOf(server.port);
  await send(pool).answer;
  const [first] = server.sockets;
  assert.ok(first);
  first.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  await once(first, "close");
  assert.equal((await send(pool).answer).body, "yes");
  assert.equal(server.sockets.length, 2);
});

test("a connection serves one owner alone: what a server answers once too often, and too late, comes to nobody else", async () => {
  for (const connectionsMax of [1, 4]) {
    // Every answer but the first of a connection is to the request before.
    const server = await rawServer((socket, text, connection) => {
      const asked = server.heard[connection]?.match(/(?:ada|bob)-\d/g) ?? [];
      const said = asked.at(-2) ?? asked.at(-1) ?? text;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${said.length}\r\n\r\n${said}`);
    });
    const pool = poolOf(server.port, { connectionsMax });
    for (let count = 0; count < 9; count += 1) {
      const owner = count % 3 === 0 ? "bob" : "ada";
      const { body } = await send(pool, `${owner}-${count}`, {}, owner).answer;
      assert.ok(body.startsWith(owner), `${owner} was told ${body}`);
    }
    const both = ["ada-9", "bob-9", "ada-9", "bob-9"].map((body) =>
      send(pool, body, {}, body.slice(0, 3)),
    );
    for (const [at, { answer }] of both.entries()) {
      assert.ok((await answer).body.startsWith(at % 2 === 0 ? "ada" : "bob"));
    }
    const mixed = server.heard.filter((text) => /ada-/.test(text) && /bob-/.test(text));
    assert.deepEqual(mixed, []);
  }
});

test("no more connections are open than may be, and who waits comes in turn", async () => {
  let open = 0;
  const waiting: (() => void)[] = [];
  const server = await rawServer((socket) => {
    open += 1;
    waiting.push(() => socket.write(yes));
    if (open === 4) for (const answer of waiting.splice(0)) answer();
    else if (open > 4) socket.write(yes);
  });
  // An owner alone has half of them.
  const pool = poolOf(server.port, { connectionsMax: 8 });
  const all = Array.from({ length: 20 }, (_, index) => send(pool, `n${index}`));
  for (const { answer } of all) assert.equal((await answer).body, "yes");
  assert.equal(server.sockets.length, 4);
});

test("whatever others have open and let wait, who has no connection gets one at once", async () => {
  const server = await rawServer((socket, text) => {
    if (text.endsWith("now")) socket.write(yes);
  });
  const pool = poolOf(server.port, { connectionsMax: 16 });
  const held: Sent[] = [];
  for (const owner of ["ada", "bob", "cleo"]) {
    for (let count = 0; count < 12; count += 1) held.push(send(pool, "later", {}, owner));
  }
  const out = new Set<Sent>();
  for (const sent of held) void sent.control.then(() => out.add(sent));
  await Promise.all([held[0]?.control, held[12]?.control, held[24]?.control]);
  assert.equal((await send(pool, "now", {}, "dana").answer).body, "yes");
  while (out.size < 8 + 4 + 2) await turn();
  assert.equal((await send(pool, "now", {}, "dana").answer).body, "yes");
  assert.equal(out.size, 8 + 4 + 2);
  assert.ok(server.sockets.length <= 16);
});

test("what waits for a connection for too long is given up, was not sent, and is not sent later", async () => {
  const server = await rawServer((socket, text) => {
    if (!text.endsWith("one")) socket.write(yes);
  });
  const pool = poolOf(server.port, { connectionsMax: 2, waitMs: 5_000, answerMs: 60_000 });
  const first = send(pool, "one");
  await first.control;
  const second = send(pool, "two", { onSent: () => assert.fail("it has gone out") });
  clock.advance(4_000);
  clock.advance(1_000);
  const failure = await failureOf(second);
  assert.ok(failure.cause instanceof NoConnectionFree);
  assert.equal(failure.sent, false);
  (await first.control).cut();
  assert.equal((await send(pool, "three").answer).body, "yes");
  assert.equal(server.heard.join().includes("two"), false);
});

test("a connection whose answer was none to what was asked takes whoever asks on it now with it", async () => {
  let answers = 0;
  const server = await rawServer((socket) => {
    answers += 1;
    if (answers === 1) socket.write(yes);
  });
  const pool = poolOf(server.port);
  const first = send(pool, "one");
  const connection = await first.control;
  await first.answer;
  const second = send(pool, "two");
  await second.control;
  connection.fail(new Error("none to what was asked"));
  assert.equal((await failureOf(second)).sent, true);
  assert.equal(server.sockets.length, 1);
});

test("what is taken back before it has gone out does not go out", async () => {
  const asked = Promise.withResolvers<Socket>();
  const server = await rawServer((socket, text) => {
    if (text.endsWith("one")) asked.resolve(socket);
    else socket.write(yes);
  });
  const pool = poolOf(server.port, { connectionsMax: 1 });
  const first = send(pool, "one");
  const second = send(pool, "two", { onSent: () => assert.fail("it has gone out") });
  const socket = await asked.promise;
  second.takeBack();
  socket.write(yes);
  await first.answer;
  await send(pool, "three").answer;
  assert.deepEqual([server.sockets.length, server.heard[0]?.includes("two")], [1, false]);
});

test("what is cut ends at the server, and nobody hears of it", async () => {
  const server = await rawServer(() => {});
  const pool = poolOf(server.port);
  const sent = send(pool, "ask", {
    onEnd: () => assert.fail("it has ended"),
    onFailed: () => assert.fail("it has failed"),
  });
  const control = await sent.control;
  while (server.sockets[0] === undefined) await new Promise((resolve) => setImmediate(resolve));
  control.cut();
  await once(server.sockets[0], "close");
});

test("a server that says nothing for too long is given up, before its answer and within it", async () => {
  const server = await rawServer((socket, text) => {
    if (text.includes("begin")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  });
  const pool = poolOf(server.port);
  const silent = send(pool, "never");
  await silent.control;
  clock.advance(59_000);
  const begun = Promise.withResolvers<void>();
  const half = send(pool, "begin", { onHead: () => begun.resolve() });
  await begun.promise;
  clock.advance(1_000);
  assert.equal((await failureOf(silent)).sent, true);
  clock.advance(9_000);
  assert.equal((await failureOf(half)).sent, true);
});

test("a connection is kept for as long as the server says, less what a request needs, and for no longer than is ours to say", async () => {
  for (const [said, waitMs, isKept] of [
    ["", 3_900, true],
    ["", 4_000, false],
    ["Keep-Alive: timeout=10\r\n", 7_900, true],
    ["Keep-Alive: timeout=10\r\n", 8_000, false],
    ["Keep-Alive: timeout=2\r\n", 0, false],
    ["Keep-Alive: timeout=999999\r\n", 600_000, false],
  ] as const) {
    const server = await rawServer((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\n${said}Content-Length: 0\r\n\r\n`),
    );
    const pool = poolOf(server.port);
    await send(pool).answer;
    clock.advance(waitMs);
    await send(pool).answer;
    assert.equal(server.sockets.length, isKept ? 1 : 2, `${said} after ${waitMs}`);
  }
});

test("a server that answers before it has the whole request is not asked on that connection again", async () => {
  const server = await rawServer((socket, _, connection) => {
    if (connection === 0) socket.pause();
    socket.write(yes);
  });
  const pool = poolOf(server.port);
  // More than the system holds for a server that does not read.
  assert.equal((await send(pool, Buffer.alloc(32 * 1024 * 1024, "x")).answer).body, "yes");
  await send(pool).answer;
  assert.equal(server.sockets.length, 2);
});

test("a long request arrives as it was, and an answer that is not taken is not read", async () => {
  const long = Buffer.alloc(1024 * 1024, "a");
  let written = 0;
  const total = 64 * 1024 * 1024;
  const server = await rawServer((socket) => {
    // Once all of it is here.
    if (!server.heard[0]?.endsWith(`\r\n\r\n${long.toString()}`)) return;
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
    const more = () => {
      while (written < total) {
        written += 64 * 1024;
        if (!socket.write(Buffer.alloc(64 * 1024))) return void socket.once("drain", more);
      }
    };
    more();
  });
  const pool = poolOf(server.port);
  let taken = 0;
  let isPaused = false;
  const paused = Promise.withResolvers<void>();
  const sent = send(pool, long, {
    onBody(chunk) {
      taken += chunk.length;
      if (isPaused) return;
      isPaused = true;
      void sent.control.then((control) => {
        control.pause();
        paused.resolve();
      });
    },
  });
  await paused.promise;
  for (let turns = 0; turns < 200; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(taken < total / 2, `${taken} bytes were read`);
  (await sent.control).resume();
  await sent.answer;
  assert.equal(taken, total);
});

test("through TLS only a server with the certificate of its name is asked", async () => {
  const authority = makeAuthority("tools");
  const encrypted = (names: readonly string[]) => {
    const { certificate: cert, key } = authority.issue(names);
    return (take: (socket: Socket) => void) => createTlsServer({ cert, key }, take);
  };
  for (const [name, isRight] of [
    ["localhost", true],
    ["elsewhere.example", false],
  ] as const) {
    const server = await rawServer((socket) => socket.write(yes), encrypted([name]));
    const tls = { ca: authority.certificate };
    const pool = poolOf(server.port, {
      endpoint: { hostname: "localhost", port: server.port, tls },
    });
    if (isRight) {
      for (const body of ["one", "two"]) assert.equal((await send(pool, body).answer).body, "yes");
      assert.equal(server.sockets.length, 1);
    } else {
      const failure = await failureOf(send(pool));
      assert.equal(failure.sent, false);
      assert.equal(Reflect.get(failure.cause as Error, "code"), "ERR_TLS_CERT_ALTNAME_INVALID");
      assert.equal(server.heard.join(), "");
    }
  }
});

test("closed, nothing is under way any more and nothing goes out", async () => {
  const server = await rawServer(() => {});
  const pool = poolOf(server.port, { connectionsMax: 1 });
  const [under, waits] = [send(pool), send(pool)];
  await under.control;
  pool.close();
  assert.deepEqual(
    [
      (await failureOf(under)).sent,
      (await failureOf(waits)).sent,
      (await failureOf(send(pool))).sent,
    ],
    [true, false, false],
  );
  const { sockets } = server;
  if (sockets[0] !== undefined && !sockets[0].closed) await once(sockets[0], "close");
});

test("what keeps to no HTTP says so", async () => {
  const server = await rawServer((socket) => socket.write("SSH-2.0-x\r\n"));
  const failure = await failureOf(send(poolOf(server.port)));
  assert.ok(failure.cause instanceof Http1Error);
  assert.equal(failure.cause.fault, "malformed_head");
});
