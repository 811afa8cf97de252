import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns, waitTurn } from "./turns.ts";

const signal = () => new AbortController().signal;

test("so many go on at a time, the others in their order, and one too many is turned away", async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 2 });
  const order: string[] = [];
  const first = await waitTurn(turns, signal());
  const second = waitTurn(turns, signal()).then((end) => {
    order.push("second");
    return end;
  });
  const third = waitTurn(turns, signal()).then((end) => {
    order.push("third");
    return end;
  });
  assert.equal(await waitTurn(turns, signal()), null);
  first?.();
  (await second)?.();
  (await third)?.();
  assert.deepEqual(order, ["second", "third"]);
  assert.equal(turns.running, 0);
});

test("whoever gives up loses no other's place, not even in the moment of its own turn", async () => {
  const turns = createTurns({ atOnceMax: 1, waitingMax: 3 });
  const first = await waitTurn(turns, signal());
  const leaving = new AbortController();
  const left = waitTurn(turns, leaving.signal);
  leaving.abort(new Error("enough"));
  await assert.rejects(left, /enough/);

  const late = new AbortController();
  const called = waitTurn(turns, late.signal);
  const last = waitTurn(turns, signal());
  first?.();
  late.abort(new Error("too late"));
  (await called)?.();
  (await last)?.();
  assert.equal(turns.running, 0);
  assert.equal(turns.waiting.length, 0);
});
