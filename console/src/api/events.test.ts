import { expect, test } from "vitest";
import { openEventStream, retryMsMax, retryMsMin, silenceMsMax } from "./events.ts";

/** A gateway and a clock by hand: each attempt is answered by the test. */
function stage() {
  const told: string[] = [];
  const timers: { readonly ms: number; readonly callback: () => void; isCancelled: boolean }[] = [];
  const attempts: {
    readonly cursor: string | null;
    readonly answer: (response: Response) => void;
    readonly fail: () => void;
  }[] = [];
  const stream = openEventStream(
    {
      random: () => 1,
      setTimeout(callback, ms) {
        const timer = { ms, callback, isCancelled: false };
        timers.push(timer);
        return () => {
          timer.isCancelled = true;
        };
      },
      fetch: (_url, init) =>
        new Promise((resolve, reject) => {
          const fail = () => reject(new TypeError("lost"));
          init?.signal?.addEventListener("abort", fail);
          const cursor = new Headers(init?.headers).get("last-event-id");
          attempts.push({ cursor, answer: resolve, fail });
        }),
    },
    {
      onState: (state) => told.push(state),
      onEvent: (event) => told.push(event.event === "changes" ? event.reviews.join() : event.event),
      onSignedOut: () => told.push("signed out"),
    },
  );
  const waiting = () => timers.filter(({ isCancelled, ms }) => !isCancelled && ms !== silenceMsMax);
  return {
    told,
    stream,
    attempts,
    retryMs: () => waiting().map(({ ms }) => ms),
    retry: () => {
      const [timer] = waiting();
      if (timer === undefined) throw new Error("nothing waits");
      timer.isCancelled = true;
      timer.callback();
    },
    fallSilent: () =>
      timers.findLast(({ ms, isCancelled }) => ms === silenceMsMax && !isCancelled)?.callback(),
  };
}

function body() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>({
    start(opened) {
      controller = opened;
    },
  });
  return {
    response: new Response(stream),
    send: (text: string) => controller.enqueue(new TextEncoder().encode(text)),
    end: () => controller.close(),
  };
}

/** Until everything that is under way has come to rest; no time passes. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const hello = "id: 4\nevent: hello\ndata: {}\n\n";

test("a stream that ends is told as lost, and goes on from where it stopped", async () => {
  const { told, attempts, retry } = stage();
  const first = body();
  attempts[0]?.answer(first.response);
  first.send(`${hello}id: 5\nevent: changes\ndata: {"reviews":["r1","r2"]}\n\n`);
  await settled();
  first.end();
  await settled();
  expect(told).toEqual(["connecting", "live", "hello", "r1,r2", "lost"]);
  retry();
  expect(attempts.map(({ cursor }) => cursor)).toEqual([null, "5"]);
});

test("each attempt that fails waits longer, up to a bound; a hello begins anew", async () => {
  const { attempts, retry, retryMs } = stage();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    attempts.at(-1)?.fail();
    await settled();
    waits.push(...retryMs());
    retry();
  }
  expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8].map((times) => times * retryMsMin));
  expect(Math.max(...waits)).toBe(retryMsMax);
  const regained = body();
  attempts.at(-1)?.answer(regained.response);
  regained.send(hello);
  await settled();
  regained.end();
  await settled();
  expect(retryMs()).toEqual([retryMsMin]);
});

test("a stream that falls silent is lost, though its connection is open", async () => {
  const { told, attempts, fallSilent } = stage();
  const silent = body();
  attempts[0]?.answer(silent.response);
  silent.send(hello);
  await settled();
  fallSilent();
  await settled();
  expect(told.at(-1)).toBe("lost");
});

test("a 401 and a goodbye end it for good", async () => {
  const refused = stage();
  refused.attempts[0]?.answer(new Response("", { status: 401 }));
  await settled();
  expect(refused.told).toEqual(["connecting", "lost", "signed out"]);
  expect(refused.retryMs()).toEqual([]);

  const ended = stage();
  const last = body();
  ended.attempts[0]?.answer(last.response);
  last.send(`${hello}event: bye\ndata: {}\n\n`);
  await settled();
  expect(ended.told.slice(-2)).toEqual(["lost", "signed out"]);
  expect(ended.retryMs()).toEqual([]);
});

test("a stream that is closed says nothing more and tries nothing more", async () => {
  const { told, stream, attempts, retryMs } = stage();
  stream.close();
  attempts[0]?.fail();
  await settled();
  expect(told).toEqual(["connecting"]);
  expect(retryMs()).toEqual([]);
});

test("without a network it is lost at once, though its connection still looks open", async () => {
  const { told, stream, attempts, retry } = stage();
  const open = body();
  attempts[0]?.answer(open.response);
  open.send(hello);
  await settled();
  stream.lose();
  await settled();
  expect(told).toEqual(["connecting", "live", "hello", "lost"]);
  retry();
  expect(attempts).toHaveLength(2);
});

test("a stream that pauses keeps no connection, and goes on from where it stopped", async () => {
  const { told, stream, attempts, retryMs } = stage();
  const open = body();
  attempts[0]?.answer(open.response);
  open.send(hello);
  await settled();
  stream.pause();
  await settled();
  expect(told).toEqual(["connecting", "live", "hello", "connecting"]);
  expect(retryMs()).toEqual([]);
  stream.retryNow();
  expect(attempts.map(({ cursor }) => cursor)).toEqual([null, "4"]);
});

test("trying now leaves one attempt, whatever was under way", async () => {
  const { told, stream, attempts, retryMs } = stage();
  stream.retryNow();
  await settled();
  expect(attempts).toHaveLength(2);
  expect(retryMs()).toEqual([]);
  expect(told).toEqual(["connecting"]);
});
