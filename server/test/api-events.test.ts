/** The event stream over real sockets: nothing is missed, nothing is held, and it ends when it has to. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { eventsGapMs, heartbeatMs } from "#/api/event-stream.ts";
import { createStreams, streamsMax, streamsPerPersonMax } from "#/api/streams.ts";
import type { ReviewId } from "#/core/ids.ts";
import type { Changes } from "#/store/stored.ts";
import { sessionIdleMs, startTestApi, type TestApi } from "./support/api.ts";

test("a stream greets, then names what changes", async (context) => {
  const api = await started(context);
  const early = await api.hold();
  const stream = await follow(context, api, await api.signIn("dana"));
  const hello = await stream.next();
  assert.deepEqual([hello.event, hello.reviews], ["hello", []]);
  const opened = await api.hold();
  const first = await stream.next();
  assert.deepEqual([first.event, first.reviews], ["changes", [opened.id]]);
  assert.ok(Number(first.id) > Number(hello.id));
  assert.ok(!first.reviews.includes(early.id));
});

test("many changes are one event, however long the reader was busy", async (context) => {
  const api = await started(context);
  const stream = await follow(context, api, await api.signIn("dana"));
  await stream.next();
  const first = await api.hold();
  assert.deepEqual((await stream.next()).reviews, [first.id]);
  const ids: string[] = [];
  for (let count = 0; count < 20; count += 1) ids.push((await api.hold()).id);
  api.clock.advance(eventsGapMs);
  assert.deepEqual((await stream.next()).reviews, ids);
});

test("after a cut connection the cursor resumes: no change is lost, none before it is told again", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  const told: string[] = [];
  const held: string[] = [];
  let cursor: string | undefined;
  for (let round = 0; round < 5; round += 1) {
    const stream = await follow(context, api, token, cursor);
    const hello = await stream.next();
    if (cursor !== undefined) assert.equal(hello.id, cursor);
    // What was held while nobody listened comes first, at once.
    if (round === 0) held.push((await api.hold()).id);
    const { id, reviews } = await stream.next();
    told.push(...reviews);
    cursor = id;
    stream.socket.destroy();
    held.push((await api.hold()).id, (await api.hold()).id);
  }
  assert.deepEqual(told, held.slice(0, told.length));
  assert.equal(told.length, held.length - 2);
});

test("a cursor that is none, or lies in the future, begins now", async (context) => {
  const api = await started(context);
  await api.hold();
  const token = await api.signIn("dana");
  const latest = String(await api.deps.store.latestChange());
  for (const cursor of ["nonsense", "-1", "1e3", "0x1", "999999", "9".repeat(40), "1.5"]) {
    const stream = await follow(context, api, token, cursor);
    const hello = await stream.next();
    assert.deepEqual([hello.event, hello.id], ["hello", latest], cursor);
    stream.socket.destroy();
  }
});

test("without a session there is no stream, and for an agent neither", async (context) => {
  const api = await started(context);
  assert.equal((await api.request("GET", "/events")).status, 401);
  const token = await api.agentToken("importer");
  assert.equal((await api.request("GET", "/events", { token })).status, 403);
});

test("signing out ends the session's streams at once, and no other's", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  const own = await follow(context, api, token);
  const other = await follow(context, api, await api.signIn("dana"));
  await own.next();
  await other.next();
  assert.equal((await api.request("DELETE", "/session", { token })).status, 204);
  assert.equal((await own.next()).event, "bye");
  await own.closed;
  const { id } = await api.hold();
  assert.deepEqual((await other.next()).reviews, [id]);
});

test("whoever signs out while a stream is being opened gets none", async (context) => {
  const opening = Promise.withResolvers<void>();
  const signedOut = Promise.withResolvers<void>();
  const api = await started(context, {
    store: (store) => ({
      ...store,
      async latestChange() {
        opening.resolve();
        await signedOut.promise;
        return store.latestChange();
      },
    }),
  });
  const token = await api.signIn("dana");
  const following = follow(context, api, token);
  await opening.promise;
  assert.equal((await api.request("DELETE", "/session", { token })).status, 204);
  signedOut.resolve();
  const stream = await following;
  assert.equal((await stream.next()).event, "bye");
  await stream.closed;
});

test("the session is looked at again with each heartbeat, and the stream keeps none alive", async (context) => {
  const api = await started(context);
  const link = await api.linkFor("dana");
  const opened = await api.request("POST", "/session", { body: { code: link } });
  const cookie = (opened.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const stream = await follow(context, api, { cookie });
  await stream.next();
  let beats = 0;
  for (let passed = heartbeatMs; passed < sessionIdleMs; passed += heartbeatMs) {
    api.clock.advance(heartbeatMs);
    await stream.beat();
    beats += 1;
  }
  assert.equal(beats, sessionIdleMs / heartbeatMs - 1);
  api.clock.advance(heartbeatMs);
  assert.equal((await stream.next()).event, "bye");
  await stream.closed;
});

test("a stream whose person is gone ends with the next heartbeat", async (context) => {
  let isGone = false;
  const api = await started(context, {
    people: (people) => ({ ...people, byId: (id) => (isGone ? null : people.byId(id)) }),
  });
  const stream = await follow(context, api, await api.signIn("dana"));
  await stream.next();
  isGone = true;
  api.clock.advance(heartbeatMs);
  assert.equal((await stream.next()).event, "bye");
});

test("a reader that takes nothing holds one event and no more, and is let go", async (context) => {
  let asked = 0;
  // More than any socket's buffers hold, so that what is not read is not written either.
  const reviews = Array.from({ length: 50_000 }, (_, at) => `rev_${at}`) as ReviewId[];
  const api = await started(context, {
    store: (store) => ({
      ...store,
      async changesSince(cursor): Promise<Changes> {
        await turn();
        asked += 1;
        // So that a gateway which asks without end fails this test, and not the machine.
        if (asked > 200) throw new Error("asked too often");
        return { cursor: cursor + 1, reviews };
      },
    }),
  });
  const token = await api.signIn("dana");
  const stream = await follow(context, api, token);
  await stream.next();
  stream.socket.pause();
  const stalledMax = 30;
  const stalled = await settled(() => {
    api.clock.advance(eventsGapMs);
    return asked;
  }, stalledMax);
  assert.ok(stalled < stalledMax, `${stalled} events were made for a reader that takes none`);
  assert.equal((await api.request("DELETE", "/session", { token })).status, 204);
  stream.socket.resume();
  await stream.closed;
});

test("a gateway that stops waits for no stream", async (context) => {
  const api = await startTestApi();
  const streams = await Promise.all(
    Array.from({ length: 10 }, async () => follow(context, api, await api.signIn("dana"))),
  );
  for (const stream of streams) await stream.next();
  await api.close();
  for (const { closed, text } of streams) {
    await closed;
    assert.match(text(), /\r\n0\r\n\r\n$/, "it was ended, and not cut by force");
  }
});

test("of one person's streams the oldest makes room", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  const streams = [];
  for (let count = 0; count <= streamsPerPersonMax; count += 1) {
    const stream = await follow(context, api, token);
    await stream.next();
    streams.push(stream);
  }
  await streams[0]?.closed;
  assert.match(streams[0]?.text() ?? "", /retry: 60000\n\n/);
  assert.doesNotMatch(streams[0]?.text() ?? "", /bye/, "which would say that the session is over");
  const { id } = await api.hold();
  for (const stream of streams.slice(1)) assert.deepEqual((await stream.next()).reviews, [id]);
});

test("streams that nobody reads any more leave no trace, so that others find room", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  // Each of them would stay until the gateway stops, if it were forgotten once.
  for (let count = 0; count < streamsMax + 10; count += 1) {
    const answer = await fetch(`${api.url}/api/v1/events`, {
      method: count % 2 === 0 ? "HEAD" : "GET",
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
  }
  const all = await Promise.all(["sam", "olga", "root"].map((name) => api.signIn(name)));
  for (const other of all) {
    const stream = await follow(context, api, other);
    assert.equal((await stream.next()).event, "hello");
  }
});

test("when its reader leaves, a stream waits for nothing any more", async (context) => {
  let waiting = 0;
  const api = await started(context, {
    store: (store) => ({
      ...store,
      async changesSince(...args): Promise<Changes> {
        waiting += 1;
        return store.changesSince(...args).finally(() => {
          waiting -= 1;
        });
      },
    }),
  });
  const token = await api.signIn("dana");
  for (let count = 0; count < 5; count += 1) {
    const stream = await follow(context, api, token);
    await stream.next();
    await until(() => waiting > 0);
    stream.socket.destroy();
    await until(() => waiting === 0);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    assert.equal(waiting, 0, "and does not begin again");
  }
});

test("all streams together have a bound, and one that is refused is told so", () => {
  const streams = createStreams();
  const ended: string[] = [];
  const add = (person: string, session: string) =>
    streams.add({ person, session }, (onEnd) => ({
      body: new ReadableStream(),
      end(how) {
        ended.push(`${session} ${how}`);
        onEnd();
      },
    }));
  for (let count = 0; count < streamsMax; count += 1) add(`per_${count}`, `session ${count}`);
  assert.throws(() => add("per_new", "session"), { code: "api.too_many_streams" });
  streams.end("session 7");
  assert.deepEqual(ended, ["session 7 bye"]);
  add("per_new", "session");
  assert.throws(() => add("per_newer", "session"), { code: "api.too_many_streams" });
  streams.stop();
  assert.equal(ended.length, streamsMax + 1);
  assert.throws(() => add("per_late", "session"), { code: "api.too_many_streams" });
});

async function started(
  context: TestContext,
  options?: Parameters<typeof startTestApi>[0],
): Promise<TestApi> {
  const api = await startTestApi(options);
  context.after(api.close);
  return api;
}

interface Followed {
  readonly socket: Socket;
  /** The next event, comments aside. */
  readonly next: () => Promise<{ event: string; id: string; reviews: readonly string[] }>;
  /** The next comment. */
  readonly beat: () => Promise<void>;
  readonly text: () => string;
  readonly closed: Promise<unknown>;
}

/** Speaks HTTP by hand, so that nothing reads ahead. */
async function follow(
  context: TestContext,
  api: TestApi,
  credential: string | { readonly cookie: string },
  cursor?: string,
): Promise<Followed> {
  const { port } = new URL(api.url);
  const socket = connect(Number(port), "127.0.0.1");
  context.after(() => socket.destroy());
  const closed = once(socket, "close");
  let text = "";
  let used = 0;
  let wake = () => {};
  socket.setEncoding("utf8").on("data", (more: string) => {
    text += more;
    wake();
  });
  socket.on("close", () => wake());
  socket.on("error", () => {});
  const named =
    typeof credential === "string"
      ? `authorization: Bearer ${credential}`
      : `cookie: ${credential.cookie}`;
  const resumed = cursor === undefined ? "" : `last-event-id: ${cursor}\r\n`;
  socket.write(
    `GET /api/v1/events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${named}\r\n${resumed}\r\n`,
  );

  async function find(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(text.slice(used));
      if (found !== null) {
        used += found.index + found[0].length;
        return found;
      }
      assert.ok(!socket.destroyed, `the stream ended: ${text.slice(0, 2000)}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  await find(/^HTTP\/1\.1 200 OK\r\n/);
  return {
    socket,
    closed,
    text: () => text,
    async beat() {
      await find(/\n: \n\n/);
    },
    async next() {
      const [, id = "", event = "", data = ""] = await find(
        /id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n/,
      );
      return { id, event, ...(JSON.parse(data) as { reviews: readonly string[] }) };
    },
  };
}

/** The count as soon as it has stopped growing while the process did a hundred other things, or has come to `max`. */
async function settled(count: () => number, max: number): Promise<number> {
  let [last, same] = [count(), 0];
  while (same < 100 && last < max) {
    await turn();
    [last, same] = count() === last ? [last, same + 1] : [count(), 0];
  }
  return last;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
