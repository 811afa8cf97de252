import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { test } from "node:test";
import * as fc from "fast-check";
import { Outgoing } from "./outgoing.ts";

/** What each system call would have carried. */
function recordingSocket() {
  const calls: Buffer[][] = [];
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      calls.push([chunk]);
      done();
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => chunk as Buffer));
      done();
    },
  });
  return { socket: socket as Socket, calls };
}

test("what is added leaves in one write, in its order, and not before", () => {
  const { socket, calls } = recordingSocket();
  const outgoing = new Outgoing(socket);
  for (const text of ["one", "two", "three"]) outgoing.add(Buffer.from(text));
  assert.deepEqual([calls.length, outgoing.bytes], [0, 11]);
  outgoing.write();
  outgoing.write();
  assert.equal(calls.length, 1);
  assert.equal(Buffer.concat(calls[0] ?? []).toString(), "onetwothree");
  assert.equal(outgoing.bytes, 0);
});

test("neighbours in one chunk leave as one piece of it, and nothing is copied", () => {
  const { socket, calls } = recordingSocket();
  const chunk = Buffer.from("select 1; select 2; select 3;");
  const outgoing = new Outgoing(socket);
  outgoing.add(chunk, 0, 9);
  outgoing.add(chunk.subarray(9, 19));
  outgoing.add(chunk, 19);
  outgoing.write();
  const [[piece] = []] = calls;
  assert.equal(calls.length, 1);
  assert.equal(piece?.buffer, chunk.buffer);
  assert.deepEqual(piece, chunk);
});

test("what is discarded is never written", () => {
  const { socket, calls } = recordingSocket();
  const outgoing = new Outgoing(socket);
  outgoing.add(Buffer.from("withheld"));
  outgoing.discard();
  outgoing.add(Buffer.from("shown"));
  outgoing.write();
  assert.deepEqual(calls, [[Buffer.from("shown")]]);
});

test("whatever is added in whatever pieces, what leaves is what was added", () => {
  const piece = fc.record({ chunk: fc.nat({ max: 2 }), from: fc.nat(30), length: fc.nat(30) });
  const chunks = ["a", "b", "c"].map((letter) =>
    Buffer.from(letter.repeat(15).concat(`${letter}1`.repeat(8))),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.constant("write" as const))), (steps) => {
      const { socket, calls } = recordingSocket();
      const outgoing = new Outgoing(socket);
      const added: Buffer[] = [];
      for (const step of steps) {
        if (step === "write") {
          outgoing.write();
          continue;
        }
        const chunk = chunks[step.chunk] ?? Buffer.alloc(0);
        const to = Math.min(chunk.length, step.from + step.length);
        outgoing.add(chunk, step.from, to);
        added.push(chunk.subarray(step.from, to));
      }
      outgoing.write();
      assert.deepEqual(Buffer.concat(calls.flat()), Buffer.concat(added));
    }),
  );
});
