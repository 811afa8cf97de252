/**
 * What comes in from an upstream in the clear, in memory that is used again and again: a stream's own way would set 64 KiB
 * aside for each read, to give most of it back, and would pass each chunk through a queue.
 *
 * Guarantees that nobody's bytes are written over: memory is used again only where whoever took it has said so.
 */
import { connect, type Socket } from "node:net";

/** Gets what has come. True: nothing of the chunk's memory is needed any more. */
export type Take = (chunk: Buffer) => boolean;

export interface Incoming {
  readonly socket: Socket;
  /** From here on the bytes are for this one. */
  to(take: Take): void;
}

export const readBytesMin = 64 * 1024;
/** Where reads fill their memory, as with long answers: each of them costs a turn of the event loop. */
export const readBytesMax = 256 * 1024;

export function connectReading(host: string, port: number): Incoming {
  let take: Take = ignore;
  let bytes = readBytesMin;
  let memory: Buffer | null = null;
  const socket = connect({
    host,
    port,
    noDelay: true,
    onread: {
      buffer: () => {
        memory ??= Buffer.allocUnsafeSlow(bytes);
        return memory;
      },
      callback(length, chunk) {
        const isFree = take(Buffer.from(chunk.buffer, chunk.byteOffset, length));
        const isFull = length === bytes && bytes < readBytesMax;
        if (isFull) bytes *= 2;
        if (!isFree || isFull) memory = null;
        return true;
      },
    },
  });
  return {
    socket,
    to(next) {
      take = next;
    },
  };
}

/** Of a stream that has memory for each chunk, such as TLS. */
export function streaming(socket: Socket): Incoming {
  let stop = () => {};
  return {
    socket,
    to(take) {
      stop();
      const onData = (chunk: Buffer) => void take(chunk);
      stop = () => void socket.off("data", onData);
      socket.on("data", onData);
    },
  };
}

const ignore: Take = () => true;
