import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "#/platform/clock.ts";
import { silentLog } from "#/platform/log.ts";
import type { LinkKind } from "./hearing.ts";
import type { LineChannelEvents } from "./line-channel.ts";
import { openLink } from "./link.ts";
import { type RequestLine, readLine } from "./rpc-line.ts";

const { signal } = new AbortController();

test("a server that says more than a thousand things a second unasked is not read for the rest of it, whatever they are", async () => {
  const floods = [
    '{"jsonrpc":"2.0","method":"notifications/message"}',
    '{"jsonrpc":"2.0","id":999,"result":{}}',
    '{"jsonrpc":"2.0","id":"s","method":"roots/list"}',
    "no message",
  ];
  for (const line of floods) {
    const { say, clock, reading } = await open("stateless");
    for (let count = 0; count < 999; count += 1) say(line);
    assert.equal(reading(), true, line);
    say(line);
    assert.equal(reading(), false, line);
    clock.advance(999);
    assert.equal(reading(), false, line);
    clock.advance(1);
    assert.equal(reading(), true, line);
  }
});

test("a server that says megabytes unasked is not read for the rest of the second, be they messages or none", async () => {
  const half = 8 * 1024 * 1024;
  for (const what of ["a message", "none"] as const) {
    const { say, leaveOut, clock, reading } = await open("session");
    const more = () => (what === "none" ? leaveOut(half) : say("x".repeat(half)));
    more();
    assert.equal(reading(), true, what);
    more();
    assert.equal(reading(), false, what);
    clock.advance(1_000);
    assert.equal(reading(), true, what);
    more();
    assert.equal(reading(), true, what);
  }
});

test("answers to what was asked are not counted, and a server that is held up may answer when it is read again", async () => {
  const { link, say, sent, reading } = await open("session");
  for (let count = 1; count <= 2_000; count += 1) {
    const answer = link.ask(asking(count), signal);
    say(`{"jsonrpc":"2.0","id":${count},"result":{}}`);
    assert.equal((await answer).status, 200);
  }
  assert.equal(reading(), true);
  assert.equal(sent.length, 2_000);
});

test("as many requests as may be are under way, and one more is refused unsent", async () => {
  const { link, sent } = await open("stateless");
  for (let count = 1; count <= 256; count += 1)
    void link.ask(asking(count), signal).catch(() => {});
  await assert.rejects(link.ask(asking(257), signal), { details: { sent: false } });
  assert.equal(sent.length, 256);
});

test("a server may have as many questions open as the bound says, and one that is answered makes room", async () => {
  const { link, say } = await open("session");
  const stream = link.listen(signal);
  assert.ok(stream.kind === "stream");
  for (let count = 0; count < 70; count += 1) {
    say(`{"jsonrpc":"2.0","id":${count},"method":"roots/list"}`);
  }
  const heard = stream.events[Symbol.asyncIterator]();
  for (let count = 0; count < 64; count += 1) {
    const { value } = await heard.next();
    assert.equal((JSON.parse(String(value?.data)) as { id: number }).id, count);
  }
  const answer = readLine(Buffer.from('{"jsonrpc":"2.0","id":0,"result":{}}'));
  assert.ok(answer?.kind === "response");
  link.tell(answer);
  say('{"jsonrpc":"2.0","id":"later","method":"roots/list"}');
  assert.match(String((await heard.next()).value?.data), /"later"/);
});

test("of what nobody listens to the latest is kept, for who listens then", async () => {
  const { link, say, clock } = await open("session");
  for (let count = 0; count < 150; count += 1) {
    say(`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":${count}}}`);
    clock.advance(10);
  }
  const stream = link.listen(signal);
  assert.ok(stream.kind === "stream");
  const { value } = await stream.events[Symbol.asyncIterator]().next();
  assert.match(String(value?.data), /"data":50/);
});

test("a ping of the server's is answered at once, as its peer does", async () => {
  const { say, sent } = await open("session");
  say('{"jsonrpc":"2.0","id":"are you there","method":"ping"}');
  assert.deepEqual(sent, ['{"jsonrpc":"2.0","id":"are you there","result":{}}']);
});

test("what is taken back in the moment in which it would go out does not", async () => {
  const { link, sent } = await open("session");
  const takeBack = () => {
    throw new Error("not any more");
  };
  await assert.rejects(link.ask(asking(1), signal, takeBack), /not any more/);
  assert.deepEqual(sent, []);
  void link.ask(asking(2), signal).catch(() => {});
  assert.equal(sent.length, 1);
});

function asking(id: number): RequestLine {
  const line = readLine(Buffer.from(`{"jsonrpc":"2.0","id":"c${id}","method":"tools/call"}`));
  assert.ok(line?.kind === "request");
  return line;
}

async function open(kind: LinkKind) {
  const clock = manualClock(0);
  const sent: string[] = [];
  let events: LineChannelEvents | null = null;
  let isReading = true;
  const link = await openLink(() => kind, {
    clock,
    log: silentLog,
    onEnded: () => {},
    async open(given) {
      events = given;
      return {
        send(message) {
          sent.push(message.toString("utf8"));
          return "sent";
        },
        pause: () => {
          isReading = false;
        },
        resume: () => {
          isReading = true;
        },
        stop: async () => {},
      };
    },
  });
  return {
    link,
    clock,
    sent,
    say: (line: string) => events?.line(Buffer.from(line)),
    leaveOut: (bytes: number) => events?.leftOut(bytes),
    reading: () => isReading,
  };
}
