import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import countTests, { closingMs } from "./test-counts.ts";

const enqueue = { type: "test:enqueue", data: {} };
const complete = { type: "test:complete", data: {} };

test("a run that stays open when no test runs any more is ended, and says what is open", async (t) => {
  const { exits, said } = watchProcess(t);
  const events = report(t);
  await events.say(enqueue, enqueue, complete);
  t.mock.timers.tick(closingMs);
  assert.deepEqual(exits, [], "a test runs");
  await events.say(complete);
  t.mock.timers.tick(closingMs);
  assert.deepEqual(exits, [1]);
  assert.match(said.join(""), /^Left open when the tests were over: /);
});

test("a test that begins while a run is closing has all the time that it wants", async (t) => {
  const { exits } = watchProcess(t);
  const events = report(t);
  await events.say(enqueue, complete);
  t.mock.timers.tick(closingMs - 1);
  await events.say(enqueue);
  t.mock.timers.tick(2 * closingMs);
  assert.deepEqual(exits, []);
});

/** Told one by one: the next is asked for when the last was taken. */
function report(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let told = Promise.withResolvers<object | null>();
  let taken = Promise.withResolvers<void>();
  async function* events() {
    for (;;) {
      const event = await told.promise;
      if (event === null) return;
      yield event as typeof enqueue;
      taken.resolve();
    }
  }
  const counting = countTests(events()).next();
  t.after(async () => {
    told.resolve(null);
    await counting;
  });
  return {
    async say(...some: readonly object[]): Promise<void> {
      for (const event of some) {
        const { resolve } = told;
        told = Promise.withResolvers();
        taken = Promise.withResolvers();
        resolve(event);
        await taken.promise;
      }
    },
  };
}

function watchProcess(t: TestContext) {
  const exits: unknown[] = [];
  const said: string[] = [];
  t.mock.method(process, "exit", (code: unknown) => exits.push(code));
  t.mock.method(process.stderr, "write", (text: string, told: () => void) => {
    said.push(text);
    told();
    return true;
  });
  return { exits, said };
}
