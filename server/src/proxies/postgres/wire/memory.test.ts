import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { isAlone, Leaving, letGo } from "./memory.ts";

const chunkBytes = 64 * 1024;

const chunkOf = (number: number) => Buffer.from(new Uint8Array(chunkBytes).fill(number).buffer);

test("memory is let go only where nothing else lies in it", () => {
  const alone = chunkOf(1);
  const part = chunkOf(2);
  const short = Buffer.from("select 1");
  for (const bytes of [part.subarray(1), part.subarray(0, -1), short]) {
    assert.ok(!isAlone(bytes));
    const before = Buffer.from(bytes);
    letGo(bytes);
    assert.deepEqual(bytes, before);
  }
  letGo(alone);
  assert.equal(alone.length, 0);
});

test("what a socket has not taken yet is not let go, and arrives as it was written", async (t) => {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const writer = connect((server.address() as AddressInfo).port, "127.0.0.1");
  t.after(() => writer.destroy());
  await once(writer, "connect");
  const [reader] = await accepted;
  const leaving = new Leaving(writer);
  const written: Buffer[] = [];
  // Until what the system keeps for a reader that does not read is full.
  do {
    const chunk = chunkOf(written.length % 251);
    written.push(chunk);
    writer.write(chunk);
    leaving.add(chunk);
  } while (writer.writableLength === 0);
  assert.equal(written[0]?.length, 0);
  assert.equal(written.at(-1)?.length, chunkBytes);
  leaving.letGo();
  assert.equal(written.at(-1)?.length, chunkBytes);
  const received: Buffer[] = [];
  reader.on("data", (chunk: Buffer) => received.push(chunk));
  reader.resume();
  await once(writer, "drain");
  leaving.letGo();
  assert.ok(written.every(({ length }) => length === 0));
  writer.end();
  await once(reader, "end");
  const sent = Buffer.concat(written.map((_, number) => chunkOf(number % 251)));
  assert.ok(Buffer.concat(received).equals(sent));
});
