/** The socket at which servers' streams arrive: for those that were drawn a ticket, and for nobody else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { manualClock } from "#/platform/clock.ts";
import { openStreamHall } from "#/proxies/mcp/upstream/stdio/process/stream-hall.ts";

test("a stream is handed over for its ticket, with what came right behind it", async (t) => {
  const { hall, arrive } = await open(t);
  const { ticket, stream } = hall.draw();
  arrive(`${ticket}first words`);
  const [words] = (await once((await stream).resume(), "data")) as [Buffer];
  assert.equal(words.toString(), "first words");
});

test("a ticket that comes in pieces is one", async (t) => {
  const { hall, arrive } = await open(t);
  const { ticket, stream } = hall.draw();
  const socket = arrive(ticket.slice(0, 10));
  await once(socket, "connect");
  socket.write(ticket.slice(10));
  assert.ok(await stream);
});

test("whoever shows no ticket, a made up one or a used one is cut", async (t) => {
  const { hall, arrive, clock } = await open(t);
  const { ticket, stream } = hall.draw();
  arrive(ticket);
  await stream;
  await once(arrive(ticket), "close");
  await once(arrive("0".repeat(32)), "close");
  const silent = arrive("");
  await once(silent, "connect");
  // It is counted once the gateway has taken it, which is behind the next one's end.
  await once(arrive("1".repeat(32)), "close");
  clock.advance(10_000);
  await once(silent, "close");
});

test("strangers take a bounded number of places, and none of a stream's with a ticket", async (t) => {
  const { hall, arrive } = await open(t);
  const strangers = Array.from({ length: 70 }, () => arrive(""));
  const closed = strangers.map((socket) => once(socket, "close"));
  await Promise.race(closed);
  assert.ok(strangers.filter((socket) => !socket.destroyed).length >= 64);
  for (const socket of strangers) socket.destroy();
  await Promise.all(closed);
  const { ticket, stream } = hall.draw();
  for (let taken = false; !taken; ) {
    const socket = arrive(ticket);
    taken = await Promise.race([stream.then(() => true), once(socket, "close").then(() => false)]);
  }
});

test("the folder is its owner's alone, and goes with the gateway", async (t) => {
  const { hall } = await open(t);
  const folder = path.dirname(hall.path);
  assert.equal(statSync(folder).mode & 0o077, 0);
  await hall.close();
  assert.equal(existsSync(folder), false);
});

test("a start whose streams do not come in time has failed", async (t) => {
  const { hall, clock } = await open(t);
  const { stream } = hall.draw();
  clock.advance(10_000);
  await assert.rejects(stream, { code: "upstream.unreachable", details: { sent: false } });
});

async function open(t: TestContext) {
  const clock = manualClock(0);
  const hall = await openStreamHall(clock);
  const sockets: Socket[] = [];
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await hall.close().catch(() => {});
  });
  const arrive = (words: string): Socket => {
    const socket = connect(hall.path);
    sockets.push(socket);
    socket.on("error", () => {});
    socket.resume();
    if (words !== "") socket.write(words);
    return socket;
  };
  return { hall, clock, arrive };
}
