import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { createDepartures } from "./departures.ts";

test("however many requests lie on one connection, one listener tells all that are open on it that its client has ended its side", () => {
  const departures = createDepartures();
  const socket = new EventEmitter() as unknown as Socket;
  const left: number[] = [];
  const stays = Array.from({ length: 1_000 }, (_, at) =>
    departures.when(socket, () => left.push(at)),
  );
  assert.equal(socket.listenerCount("end"), 1);
  for (const stay of stays.slice(0, 998)) stay();
  assert.equal(socket.listenerCount("end"), 1);
  socket.emit("end");
  assert.deepEqual(left, [998, 999]);
});
