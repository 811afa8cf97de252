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
/** Sessions whose servers are to be told again. Of one more it is logged at once. */
const endingsMax = 1_000;
/** Until a server has answered to it. */
const toldMs = 10_000;
const failing = 500;

export function createTellEnded({ clock, log }: TellEndedDeps): TellEnded {
  let endings = 0;

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

  const tell = async (session: ClientSession, upstream: Upstream, tried: number): Promise<void> => {
    if (await hasHeard(session, upstream)) return;
    if (tried + 1 >= triesMax || endings >= endingsMax) {
      log.warn("session.left_open", { connection: session.connection, agent: session.agent });
      return;
    }
    endings += 1;
    clock.after(toldAgainMs, () => {
      endings -= 1;
      void tell(session, upstream, tried + 1);
    });
  };

  return (session, upstream) => void tell(session, upstream, 0);
}
