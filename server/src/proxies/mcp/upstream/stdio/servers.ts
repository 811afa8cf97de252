/**
 * The running servers of one connection: one for each client's session, one for each agent that asks without.
 *
 * Guarantees that no more run than the bound, shared fairly among agents, that those that nobody uses end, and that a command whose
 * servers end at once is not started over and over; one agent's that do stand in no other's way.
 */
import type { Clock } from "#/platform/clock.ts";
import { fairShares } from "#/platform/fair-shares.ts";
import type { Log } from "#/platform/log.ts";
import { type BackOff, createBackOff } from "./back-off.ts";
import type { LinkKind } from "./link/hearing.ts";
import type { LineChannel, LineChannelEvents } from "./link/line-channel.ts";
import { type Link, openLink } from "./link/link.ts";
import { serverLost } from "./link/server-lost.ts";

/** Of one connection, of which no agent has more than it leaves to others. One more ends that of its agent's that was not used for longest, or any, where it was not for the grace. */
const serversMax = 64;
const graceMs = 60_000;
/** Without a request, and nobody listening. */
const idleMs = 30 * 60_000;
const lookMs = 60_000;

export interface Servers {
  /** The one that runs under this key. */
  find(key: string): Promise<Link> | null;
  /** That one, or a new one. Rejects with `upstream.unreachable`. */
  open(key: string, kind: LinkKind, agent: string): Promise<Link>;
  /** How many there are, and for how long no other is started. */
  standing(): { readonly running: number; readonly pauseMs: number };
  /** Ends it, if there is one. */
  end(key: string): Promise<void>;
  close(): Promise<void>;
}

interface Entry {
  readonly agent: string;
  readonly link: Promise<Link>;
  running: Link | null;
  usedAt: number;
}

export function createServers(deps: {
  readonly clock: Clock;
  readonly log: Log;
  readonly start: (events: LineChannelEvents) => Promise<LineChannel>;
}): Servers {
  const { clock } = deps;
  const entries = new Map<string, Entry>();
  const shares = fairShares(serversMax);
  /** By agent, of which there are those of the configuration. */
  const backOffs = new Map<string, BackOff>();
  let stopLooking: (() => void) | null = null;
  let isClosed = false;

  const isIdle = ({ running, usedAt }: Entry, ms: number) =>
    running !== null && !running.isBusy() && clock.now() - usedAt >= ms;
  const backOffOf = (agent: string) => {
    const known = backOffs.get(agent) ?? createBackOff(clock);
    backOffs.set(agent, known);
    return known;
  };
  /** False where it is not among them any more, because it was ended on purpose. */
  const forget = (key: string, entry: Entry): boolean => {
    if (entries.get(key) !== entry) return false;
    entries.delete(key);
    shares.give(entry.agent);
    return true;
  };
  const end = async (key: string) => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    forget(key, entry);
    const link = await entry.link.catch(() => null);
    await link?.close();
  };
  const look = () => {
    stopLooking = null;
    for (const [key, entry] of entries) if (isIdle(entry, idleMs)) void end(key);
    if (entries.size > 0 && !isClosed) stopLooking = clock.after(lookMs, look);
  };
  const makeRoom = (agent: string) => {
    if (shares.take(agent)) return;
    const idle = [...entries]
      .filter(([, entry]) => isIdle(entry, graceMs))
      .toSorted(([, one], [, other]) => one.usedAt - other.usedAt);
    const oldest = idle.find(([, entry]) => entry.agent === agent) ?? idle[0];
    if (oldest !== undefined) void end(oldest[0]);
    if (!shares.take(agent)) throw serverLost("runs as often as it may already", false);
  };
  const begin = (key: string, kind: LinkKind, agent: string): Entry => {
    const backOff = backOffOf(agent);
    expectNoPause(backOff);
    makeRoom(agent);
    const startedAt = clock.now();
    const entry: Entry = {
      agent,
      running: null,
      usedAt: startedAt,
      link: openLink(() => kind, {
        clock,
        log: deps.log,
        open: deps.start,
        onEnded() {
          if (forget(key, entry)) backOff.failed(startedAt);
        },
      }),
    };
    entry.link.then(
      (link) => {
        entry.running = link;
      },
      () => {
        // One that had begun has been told of by its end, and one that was ended on purpose has not failed.
        if (forget(key, entry)) backOff.failed(startedAt);
      },
    );
    entries.set(key, entry);
    stopLooking ??= clock.after(lookMs, look);
    return entry;
  };
  const longestPauseMs = () => Math.max(0, ...[...backOffs.values()].map((each) => each.pauseMs()));
  const use = (entry: Entry) => {
    entry.usedAt = clock.now();
    return entry.link;
  };

  return {
    find(key) {
      const entry = entries.get(key);
      return entry === undefined ? null : use(entry);
    },
    async open(key, kind, agent) {
      if (isClosed) throw serverLost("is being ended", false);
      return await use(entries.get(key) ?? begin(key, kind, agent));
    },
    standing: () => ({ running: entries.size, pauseMs: longestPauseMs() }),
    end,
    async close() {
      isClosed = true;
      stopLooking?.();
      await Promise.all([...entries.keys()].map(end));
    },
  };
}

function expectNoPause(backOff: BackOff): void {
  const pauseMs = backOff.pauseMs();
  if (pauseMs === 0) return;
  const seconds = Math.ceil(pauseMs / 1_000);
  throw serverLost(`keeps ending by itself and is started again in ${seconds} s`, false);
}
