/** What a server says that nobody can be told, as counts in the log: one line for each reason, and time. */
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";

export type DropReason =
  /** No message: another program's words on the same stream, or a text that can be read in two ways. */
  | "junk"
  /** An answer to nothing that was asked, or a second one. */
  | "unasked_answer"
  /** It concerns a request that is over, or none that can be told. */
  | "nobody_listens"
  /** A request to a client, in a revision that knows none, or too many at a time. */
  | "request_refused"
  | "too_large"
  /** Whom it is for does not take what came before. */
  | "not_taken";

const dropTellMs = 10_000;

export function tellDropped(log: Log, clock: Clock): (reason: DropReason) => void {
  const told = new Map<DropReason, { at: number; since: number }>();
  return (reason) => {
    const last = told.get(reason);
    if (last !== undefined && clock.now() - last.at < dropTellMs) {
      last.since += 1;
      return;
    }
    log.warn("mcp.server_message_dropped", { reason, messages: (last?.since ?? 0) + 1 });
    told.set(reason, { at: clock.now(), since: 0 });
  };
}
