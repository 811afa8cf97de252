/**
 * A server that a client has started: lines to it and from it, over a stream of the client's to the gateway.
 *
 * Guarantees that a server or client that does not read costs no more than its bound, and that the end of the stream is
 * told once, behind the last line. What ends is the stream: the client ends its server with it.
 */
import type { Duplex } from "node:stream";
import type { Clock } from "#/platform/clock.ts";
import type {
  LineChannel,
  LineChannelEvents,
} from "#/proxies/mcp/upstream/stdio/link/line-channel.ts";
import { splitLines } from "#/proxies/mcp/upstream/stdio/link/lines.ts";
import { writeLines } from "#/proxies/mcp/upstream/stdio/link/write-lines.ts";

/** What waits to be read by one client. With more, a message is refused unsent. */
const unreadBytesMax = 4 * 1024 * 1024;
/** For the client to end its side too. Then it is cut. */
const closeMs = 5_000;

export function streamChannel(
  stream: Duplex,
  messageBytesMax: number,
  clock: Clock,
  events: LineChannelEvents,
): LineChannel {
  let isEnded = false;
  const write = writeLines(stream);
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const isFull = (bytes: number) =>
    stream.writableLength > 0 && stream.writableLength + bytes > unreadBytesMax;
  stream.on("error", () => {});
  stream.on("data", splitLines(messageBytesMax, events));
  stream.once("end", () => stream.end());
  stream.once("close", () => {
    isEnded = true;
    end();
    events.ended();
  });
  return {
    send(message) {
      if (isEnded || !stream.writable) return "ended";
      if (isFull(message.length)) return "full";
      write(message);
      return "sent";
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    async stop() {
      if (isEnded) return;
      stream.end();
      stream.resume();
      const cut = clock.after(closeMs, () => stream.destroy());
      await ended;
      cut();
    },
  };
}
