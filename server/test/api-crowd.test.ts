/** Slow, silent and many clients of the API: each costs a bounded amount, and the others are served meanwhile. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { connectionsMax } from "#/api/listener.ts";
import { createPlaces } from "#/api/places.ts";
import { startTestApi, type TestApi } from "./support/api.ts";

async function started(context: TestContext): Promise<TestApi> {
  const api = await startTestApi();
  context.after(api.close);
  return api;
}

function stranger(context: TestContext, { url }: TestApi): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => socket.destroy());
  context.after(() => socket.destroy());
  return socket;
}

async function signedIn(context: TestContext, api: TestApi, token: string): Promise<Socket> {
  const socket = stranger(context, api);
  await ask(socket, token);
  return socket;
}

async function ask(socket: Socket, token: string): Promise<void> {
  socket.write(
    `GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  const [answer] = (await once(socket, "data")) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 200/);
}

test("strangers who only connect keep nobody out, and those who have signed in keep their connections", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  const first = stranger(context, api);
  first.resume();
  await once(first, "connect");
  const person = await signedIn(context, api, token);
  const ended = once(first, "close");
  const others = Array.from({ length: connectionsMax + 50 }, () => stranger(context, api));
  await Promise.all(others.map((socket) => once(socket, "connect")));
  await ended;
  await ask(person, token);
  await signedIn(context, api, token);
});

test("an agent that fills every place with its valid token keeps no person from deciding", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  const agent = await api.agentToken("importer");
  const person = await signedIn(context, api, token);
  const others = Array.from({ length: connectionsMax - 1 }, () => stranger(context, api));
  await Promise.all(others.map((socket) => ask(socket, agent)));
  assert.equal((await api.request("GET", "/status", { token })).status, 200);
  await ask(person, token);
});

test("where everyone has signed in, the newest is turned away", () => {
  const places = createPlaces(2);
  const [first, second, third, fourth, fifth] = Array.from({ length: 5 }, () => new Socket());
  assert(first && second && third && fourth && fifth);
  places.take(first);
  places.know(first);
  places.take(second);
  places.take(third);
  assert.deepEqual([first.destroyed, second.destroyed], [false, true], "the stranger made room");
  places.know(third);
  places.take(fourth);
  assert.deepEqual([third.destroyed, fourth.destroyed], [false, true]);
  // A place that is free again is given away.
  first.emit("close");
  places.take(fifth);
  assert.deepEqual([third.destroyed, fifth.destroyed], [false, false]);
});

test("five thousand connections, opened and dropped in every way, leave nothing behind", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  const sockets = () =>
    process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;
  const open = sockets();
  for (let opened = 0; opened < 5000; opened += 250) {
    await Promise.all(Array.from({ length: 250 }, (_, way) => drop(api, way)));
  }
  assert.equal((await api.request("GET", "/status", { token })).status, 200);
  // The client of this test keeps its own connection for a while.
  while (sockets() > open + 2) await new Promise(setImmediate);
  assert.deepEqual(
    api.lines.filter((line) => line.includes("api.failed")),
    [],
  );
});

async function drop({ url }: TestApi, way: number): Promise<void> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => socket.destroy());
  await once(socket, "connect");
  const request = "POST /api/v1/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{";
  if (way % 2 === 0) socket.write(request.slice(0, way % (request.length + 1)));
  const closed = once(socket, "close");
  if (way % 3 === 0) socket.resetAndDestroy();
  else if (way % 3 === 1) socket.destroy();
  else socket.resume().end();
  await closed;
}

test("a client that sends byte by byte is served, one that stops is let go, and others meanwhile", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  const halves = ["", "GET /api", "GET /api/v1/status HTTP/1.1\r\nHost: local"].map((bytes) => {
    const socket = stranger(context, api);
    const answer = text(socket);
    if (bytes !== "") socket.write(bytes);
    return answer;
  });
  const slow = stranger(context, api);
  const answered = once(slow, "data");
  for (const byte of `GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n`) {
    slow.write(byte);
    await new Promise(setImmediate);
  }
  assert.match(String((await answered)[0]), /^HTTP\/1\.1 200/);
  assert.equal((await api.request("GET", "/status", { token })).status, 200);
  // Said by the one that looks after their heads, and by no other bound of a connection.
  for (const answer of await Promise.all(halves)) assert.match(answer, /^HTTP\/1\.1 408 /);
});
