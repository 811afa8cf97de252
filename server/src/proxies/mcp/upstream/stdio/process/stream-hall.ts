/**
 * Where the streams of started servers arrive: a socket in a folder that only the gateway's user may enter, for as long
 * as the gateway runs.
 *
 * Guarantees that a stream is only handed over for a ticket that was drawn for it, once, and that nobody who shows none
 * keeps a place: another program of the same user can reach the socket, but guesses 128 bits.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayError } from "#/core/errors.ts";
import type { Clock } from "#/platform/clock.ts";
import { randomHex } from "#/platform/random.ts";

/** Streams that have not shown their ticket yet; one more is cut. */
const strangersMax = 64;
/** From the connection to its ticket, and from a ticket to its connection. */
const ticketMs = 10_000;
const ticketBytes = 16;
const ticketChars = ticketBytes * 2;

export interface StreamHall {
  readonly path: string;
  /** A ticket, and the stream that comes with it; paused, what it has sent since still to be read. */
  draw(): { readonly ticket: string; readonly stream: Promise<Socket> };
  close(): Promise<void>;
}

export async function openStreamHall(clock: Clock): Promise<StreamHall> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-"));
  const path = join(folder, "s");
  const awaited = new Map<string, (socket: Socket) => void>();
  const strangers = new Set<Socket>();

  const server = createServer((socket) => {
    // Whoever gets it listens for errors; until then there is nobody to tell.
    socket.on("error", () => {});
    if (strangers.size >= strangersMax) {
      socket.destroy();
      return;
    }
    strangers.add(socket);
    const forget = clock.after(ticketMs, () => socket.destroy());
    const leave = () => {
      forget();
      strangers.delete(socket);
      socket.off("close", leave).off("readable", look);
    };
    const look = () => {
      const shown = socket.read(ticketChars) as Buffer | null;
      if (shown === null) return;
      leave();
      const take = awaited.get(shown.toString("latin1"));
      if (take === undefined) socket.destroy();
      else take(socket);
    };
    socket.on("close", leave).on("readable", look);
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });

  return {
    path,
    draw() {
      const ticket = randomHex(ticketBytes);
      const { promise, resolve, reject } = Promise.withResolvers<Socket>();
      const giveUp = clock.after(ticketMs, () => {
        awaited.delete(ticket);
        reject(
          new GatewayError("upstream.unreachable", "The server's streams did not arrive.", {
            details: { sent: false },
          }),
        );
      });
      awaited.set(ticket, (socket) => {
        giveUp();
        awaited.delete(ticket);
        resolve(socket);
      });
      // Also where the start fails before anybody waits for it.
      promise.catch(() => {});
      return { ticket, stream: promise };
    },
    async close() {
      for (const socket of strangers) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
