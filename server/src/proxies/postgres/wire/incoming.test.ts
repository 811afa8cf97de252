import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connectReading, type Incoming, readBytesMax, readBytesMin } from "./incoming.ts";

/** A connection, and the side that writes to it. */
async function connected(
  context: TestContext,
): Promise<{ readonly incoming: Incoming; readonly peer: Socket }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const incoming = connectReading("127.0.0.1", (server.address() as AddressInfo).port);
  const [peer] = (await accepted) as [Socket];
  context.after(() => {
    incoming.socket.destroy();
    peer.destroy();
    server.close();
  });
  return { incoming, peer };
}

/** Each chunk as it was taken, in the memory in which it came; `frees` says whether it is given back. */
function taking({ incoming }: { readonly incoming: Incoming }, frees: () => boolean) {
  const chunks: Buffer[] = [];
  let heard = () => {};
  incoming.to((chunk) => {
    chunks.push(chunk);
    heard();
    return frees();
  });
  const until = (enough: () => boolean) =>
    new Promise<void>((resolve) => {
      heard = () => {
        if (enough()) resolve();
      };
      heard();
    });
  return { chunks, until };
}

test("memory is used again where it was given back, and never where it was not", async (context) => {
  const sides = await connected(context);
  let frees = true;
  const { chunks, until } = taking(sides, () => frees);
  const send = async (text: string) => {
    const count = chunks.length + 1;
    sides.peer.write(text);
    await until(() => chunks.length === count);
  };
  await send("first");
  await send("again");
  assert.equal(chunks[0]?.buffer, chunks[1]?.buffer);
  assert.equal(String(chunks[0]), "again");
  frees = false;
  await send("third");
  await send("forth");
  assert.notEqual(chunks[2]?.buffer, chunks[3]?.buffer);
  assert.deepEqual(chunks.slice(2).map(String), ["third", "forth"]);
});

test("long answers are read in longer pieces, up to a bound, and arrive whole", async (context) => {
  const sides = await connected(context);
  const { chunks, until } = taking(sides, () => false);
  const sent = Buffer.alloc(8 * 1024 * 1024, "0123456789");
  let lengths = 0;
  let counted = 0;
  sides.peer.write(sent);
  await until(() => {
    for (const chunk of chunks.slice(counted)) lengths += chunk.length;
    counted = chunks.length;
    return lengths === sent.length;
  });
  assert.ok(Buffer.concat(chunks).equals(sent));
  assert.ok(chunks.every(({ length }) => length <= readBytesMax));
  assert.ok(chunks.some(({ length }) => length > readBytesMin));
});

test("the end of the connection is told of, though nothing is read as a stream", async (context) => {
  const { incoming, peer } = await connected(context);
  const closed = once(incoming.socket, "close");
  peer.end("last words");
  await closed;
});
