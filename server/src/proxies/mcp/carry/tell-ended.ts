/**
 * Tells a server that a session of its is over, which a client has left or the gateway has ended: again after a while where it can't be
 * reached. A server that never hears of it keeps what it keeps for the session, which the log then says.
 */
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import type { ClientSession } from "#/proxies/mcp/sessions.ts";
import type { Upstream } from "#/proxies/mcp/upstream/upstream.ts";

export interface TellEndedDeps {
  readonly clock: Clock;
  readonly log: Log;
}

export type TellEnded = (session: ClientSession, upstream: Upstream) => void;

/** Between one try and the next. */
export const toldAgainMs = 30_000;
/** Tries. Behind the last one it is told no more. */
export const triesMax = 4;
/** Sessions whose servers are told, or are to be told. Of one more it is logged at once. */
export const endingsMax = 1_000;
/** Of them at a time: agents begin and leave sessions as fast as they like. */
export const tellingMax = 32;
/** Until a server has answered to it. */
const toldMs = 10_000;
const failing = 500;

interface Ending {
  readonly session: ClientSession;
  readonly upstream: Upstream;
  tried: number;
}

export function createTellEnded({ clock, log }: TellEndedDeps): TellEnded {
  const waiting: Ending[] = [];
  let endings = 0;
  let telling = 0;

  const hasHeard = async (session: ClientSession, upstream: Upstream): Promise<boolean> => {
    const told = new AbortController();
    const { signal } = told;
    const stopClock = clock.after(toldMs, () => told.abort());
    const headers: Record<string, string> =
      session.upstreamId === null ? {} : { "mcp-session-id": session.upstreamId };
    try {
      const sent = { method: "DELETE", headers, body: null, signal, session } as const;
      return (await upstream.exchange(sent)).status < failing;
    } catch {
      return false;
    } finally {
      stopClock();
      // Whatever more it says to that is for nobody.
      told.abort();
    }
  };

  const leaveOpen = ({ connection, agent }: ClientSession) =>
    log.warn("session.left_open", { connection, agent });

  const tell = async (ending: Ending): Promise<void> => {
    const { session, upstream } = ending;
    telling += 1;
    const isOver = await hasHeard(session, upstream);
    telling -= 1;
    ending.tried += 1;
    if (!isOver && ending.tried < triesMax) {
      clock.after(toldAgainMs, () => take(ending));
    } else {
      endings -= 1;
      if (!isOver) leaveOpen(session);
    }
    const next = waiting.shift();
    if (next !== undefined) void tell(next);
  };
  const take = (ending: Ending) => {
    if (telling < tellingMax) void tell(ending);
    else waiting.push(ending);
  };

  return (session, upstream) => {
    if (endings >= endingsMax) return leaveOpen(session);
    endings += 1;
    take({ session, upstream, tried: 0 });
  };
}
