import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "#/platform/clock.ts";
import { silentLog } from "#/platform/log.ts";
import type { LineChannelEvents } from "./link/line-channel.ts";
import { readLine } from "./link/rpc-line.ts";
import { createServers } from "./servers.ts";

const hour = 60 * 60_000;

test("a key has one server, however many ask for it at a time", async () => {
  const { servers, started } = open();
  const [one, other] = await Promise.all([
    servers.open("a", "stateless", "bot"),
    servers.open("a", "stateless", "bot"),
  ]);
  assert.equal(one, other);
  assert.equal(started(), 1);
});

test("a server that nobody uses ends, and one that is used or listened to stays", async () => {
  const { servers, clock, ended } = open();
  const { signal } = new AbortController();
  const [, busy, heard] = [
    await servers.open("idle", "session", "bot"),
    await servers.open("busy", "session", "bot"),
    await servers.open("heard", "session", "bot"),
  ];
  const question = readLine(
    Buffer.from('{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen"}'),
  );
  assert.ok(question?.kind === "request");
  void busy.ask(question, signal).catch(() => {});
  heard.listen(signal);
  for (let minutes = 0; minutes < 32; minutes += 1) clock.advance(60_000);
  await Promise.resolve();
  assert.equal(servers.find("idle"), null);
  assert.notEqual(servers.find("busy"), null);
  assert.notEqual(servers.find("heard"), null);
  await servers.close();
  assert.equal(ended(), 3);
});

test("where as many run as may, the one longest unused makes room, and none that was just used", async () => {
  const { servers, clock } = open();
  // One agent alone has half of them.
  for (let count = 0; count < 32; count += 1) {
    await servers.open(`server ${count}`, "session", "bot");
    clock.advance(10);
  }
  await assert.rejects(servers.open("one more", "session", "bot"), {
    code: "upstream.unreachable",
    details: { sent: false },
  });
  clock.advance(60_000);
  void servers.find("server 0");
  await servers.open("one more", "session", "bot");
  assert.notEqual(servers.find("server 0"), null);
  assert.equal(servers.find("server 1"), null);
});

test("however many one agent has, another gets its own at once", async () => {
  const { servers } = open();
  for (let count = 0; count < 32; count += 1) {
    await servers.open(`bot ${count}`, "session", "bot");
  }
  await assert.rejects(servers.open("bot more", "session", "bot"), {
    code: "upstream.unreachable",
  });
  await servers.open("other 1", "session", "other");
  assert.notEqual(servers.find("bot 0"), null);
});

test("an agent whose servers keep ending has only itself to wait", async () => {
  const { servers, crash } = open();
  for (let count = 0; count < 2; count += 1) {
    await servers.open("a", "session", "bot");
    crash();
  }
  await assert.rejects(servers.open("a", "session", "bot"), /keeps ending by itself/);
  assert.ok(servers.standing().pauseMs > 0);
  await servers.open("b", "session", "other");
});

test("a start that fails counts once, in whatever order it is told of, and not where it was ended on purpose", async () => {
  const clock = manualClock(0);
  let rejects: (error: Error) => void = () => {};
  let events: LineChannelEvents | null = null;
  const servers = createServers({
    clock,
    log: silentLog,
    start: (told) => {
      events = told;
      return new Promise((_, reject) => {
        rejects = reject;
      });
    },
  });
  const failing = async (end: () => unknown) => {
    const opening = servers.open("a", "session", "bot");
    end();
    rejects(new Error("it is not there"));
    await assert.rejects(opening, /not there/);
  };
  for (let count = 0; count < 3; count += 1) await failing(() => void servers.end("a"));
  assert.equal(servers.standing().pauseMs, 0);
  await failing(() => events?.ended());
  assert.equal(servers.standing().pauseMs, 0, "the first is chance");
  await failing(() => events?.ended());
  assert.equal(servers.standing().pauseMs, 500);
});

test("what has been closed starts nothing", async () => {
  const { servers, started } = open();
  await servers.close();
  await assert.rejects(servers.open("a", "stateless", "bot"), { code: "upstream.unreachable" });
  assert.equal(started(), 0);
});

test("a server that is ended on purpose, or after a long life, is no failure of its command", async () => {
  const { servers, crash, clock } = open();
  for (let count = 0; count < 5; count += 1) {
    await servers.open("a", "session", "bot");
    await servers.end("a");
    await servers.open("a", "session", "bot");
    clock.advance(hour);
    crash();
  }
  await servers.open("a", "session", "bot");
});

function open() {
  const clock = manualClock(0);
  const running: LineChannelEvents[] = [];
  let started = 0;
  let ended = 0;
  const servers = createServers({
    clock,
    log: silentLog,
    async start(events) {
      started += 1;
      running.push(events);
      return {
        send: () => "sent",
        pause: () => {},
        resume: () => {},
        async stop() {
          ended += 1;
          events.ended();
        },
      };
    },
  });
  return {
    servers,
    clock,
    started: () => started,
    ended: () => ended,
    crash: () => running.at(-1)?.ended(),
  };
}
