/** The event streams that are open: how many, whose, and how they end. */
import { GatewayError } from "#/core/errors.ts";
import type { Ending, EventStream } from "./event-stream.ts";

/** So that streams never take all connections. */
export const streamsMax = 256;
/** Of one person; the oldest makes room, because the newest is what they look at. */
export const streamsPerPersonMax = 16;

export interface Streams {
  /** Throws `api.too_many_streams`. `open` is handed what has to be called when the stream has ended. */
  add(owner: StreamOwner, open: (onEnd: () => void) => EventStream): EventStream;
  /** Those of a session that is over. */
  end(session: string): void;
  /** All, and every later one. */
  stop(): void;
}

export interface StreamOwner {
  readonly person: string;
  /** The session's hash; null for a credential that is no session. */
  readonly session: string | null;
}

export function createStreams(): Streams {
  /** Oldest first. */
  const open = new Map<EventStream, StreamOwner>();
  let isStopped = false;

  function endAll(matches: (owner: StreamOwner) => boolean, ending: Ending): void {
    // Each takes itself out, which a map allows while it is walked.
    for (const [stream, owner] of open) if (matches(owner)) stream.end(ending);
  }

  return {
    add(owner, start) {
      const own = [...open].filter(([, { person }]) => person === owner.person);
      const [oldest] = own;
      if (own.length >= streamsPerPersonMax && oldest !== undefined) {
        open.delete(oldest[0]);
        oldest[0].end("crowded");
      }
      if (open.size >= streamsMax || isStopped) {
        throw new GatewayError(
          "api.too_many_streams",
          "The gateway holds no more event streams now. Ask again from time to time.",
        );
      }
      const stream = start(() => open.delete(stream));
      open.set(stream, owner);
      return stream;
    },
    end: (session) => endAll((owner) => owner.session === session, "bye"),
    stop() {
      isStopped = true;
      endAll(() => true, "stop");
    },
  };
}
