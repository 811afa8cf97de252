/**
 * A client of a gateway in a process of its own, for answers and data too large to be kept: it counts what comes
 * back and makes up what it sends. And what the gateway's process has needed for it.
 */
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { connectWire, type WireLogin } from "./wire-client.ts";

export interface BigClient {
  /** Sends the frame; resolves with the number of bytes that came back, up to ReadyForQuery. */
  answer(query: Uint8Array): Promise<number>;
  /** Sends the frames as fast as they are taken, and tells when it has; resolves as `answer` does. */
  load(
    query: Uint8Array,
    frames: Iterable<Uint8Array>,
    onSent?: () => Promise<unknown>,
  ): Promise<number>;
  close(): void;
}

export async function openBigClient(login: WireLogin): Promise<BigClient> {
  const { socket } = await connectWire(login);
  socket.removeAllListeners("data");
  let bytes = 0;
  let isReady = (_: Buffer) => {};
  let isAsked = () => {};
  /** The last bytes, in case ReadyForQuery is cut. */
  let tail = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    isAsked();
    tail = Buffer.concat([tail, chunk.subarray(-readyBytes)]).subarray(-readyBytes);
    if (tail[0] === 0x5a && tail.readInt32BE(1) === 5) isReady(tail);
  });
  let hasEnded = () => {};
  socket.on("close", () => hasEnded());
  const answered = () =>
    new Promise<number>((resolve, reject) => {
      bytes = 0;
      isReady = () => resolve(bytes);
      hasEnded = () => reject(new Error("the session ended"));
    });
  return {
    answer(query) {
      const done = answered();
      socket.write(query);
      return done;
    },
    async load(query, frames, onSent = async () => {}) {
      const done = answered();
      const asked = new Promise<void>((resolve) => {
        isAsked = resolve;
      });
      socket.write(query);
      await asked;
      for (const frame of frames) if (!socket.write(frame)) await once(socket, "drain");
      await onSent();
      return done;
    },
    close: () => socket.destroy(),
  };
}

const readyBytes = 6;

/** What `peakBytes` tells begins anew. */
export async function forgetPeak(pid: number): Promise<void> {
  // Linux, proc_pid_clear_refs(5); elsewhere there is nothing to forget.
  await writeFile(`/proc/${pid}/clear_refs`, "5").catch(() => {});
}

/** The most memory that a process has had since `forgetPeak`; null where the system does not tell. */
export async function peakBytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}
