import assert from "node:assert/strict";
import { test } from "node:test";
import { eventQueue } from "./event-queue.ts";

const nothing = Buffer.alloc(0);

test("events without data, and their ids, count for the bound: a server that sends those alone has to wait", async () => {
  for (const id of [null, "i".repeat(1_000)]) {
    let hasRoom = false;
    const queue = eventQueue(
      () => {
        hasRoom = true;
      },
      () => {},
    );
    let pushed = 0;
    let isFull = false;
    for (; pushed < 1_000 && !isFull; pushed += 1) {
      isFull = queue.push([{ id, retryMs: 1, data: nothing }]);
    }
    assert.ok(isFull, `${pushed} events were taken`);
    queue.end();
    let taken = 0;
    for await (const _ of queue) taken += 1;
    assert.equal(taken, pushed);
    assert.ok(hasRoom);
  }
});
