/** One message at a time from an upstream that is signing in, until the session takes over its socket. */
import { GatewayError } from "#/core/errors.ts";
import { decodeBackend } from "#/proxies/postgres/wire/decode-backend.ts";
import { FrameSplitter } from "#/proxies/postgres/wire/frame-splitter.ts";
import type { Incoming } from "#/proxies/postgres/wire/incoming.ts";
import { isTlsFailure, tlsFailed, unreachable } from "#/proxies/postgres/wire/upstream-wire.ts";
import type { NextMessage } from "./upstream-sign-in.ts";

interface Conversation {
  readonly next: NextMessage;
  /** Ends it with the socket paused; whatever comes next is the session's. */
  readonly finish: () => void;
}

export function converse(incoming: Incoming): Conversation {
  const { socket } = incoming;
  const splitter = new FrameSplitter({
    direction: "backend",
    messageBytesMax: signInMessageBytesMax,
  });
  let wake = () => {};
  let ended: Error | null = null;
  const onEnd = (error?: unknown) => {
    ended ??= error instanceof Error ? error : new Error("the upstream closed the connection");
    wake();
  };
  incoming.to((chunk) => {
    splitter.push(Buffer.from(chunk));
    wake();
    return true;
  });
  socket.on("error", onEnd);
  socket.on("close", onEnd);
  return {
    async next() {
      for (;;) {
        const frame = splitter.next();
        if (frame?.kind === "frame") return decodeBackend(frame);
        if (ended !== null) throw isTlsFailure(ended) ? tlsFailed(ended) : unreachable(ended);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    finish() {
      socket.pause();
      socket.off("close", onEnd);
      // The listener for errors stays until the session has put its own beside it.
      if (splitter.bytesWaiting > 0) throw notPostgres(new Error("more than was asked for"));
    },
  };
}

const signInMessageBytesMax = 65_536;

export function notPostgres(cause: Error): GatewayError {
  return new GatewayError(
    "postgres.upstream_protocol",
    "The upstream database does not speak PostgreSQL's protocol.",
    { cause },
  );
}
