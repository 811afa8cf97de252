/**
 * The running servers of one connection: one for each client's session, one for each agent that asks without.
 *
 * Guarantees that no more run than the bound, that those that nobody uses end, and that a command whose servers end at
 * once is not started over and over.
 */
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import { type BackOff, createBackOff } from "./back-off.ts";
import type { LinkKind } from "./link/hearing.ts";
import type { LineChannel, LineChannelEvents } from "./link/line-channel.ts";
import { type Link, openLink } from "./link/link.ts";
import { serverLost } from "./link/server-lost.ts";

/** Of one connection. One more ends the one that was not used for longest, if none of them is younger than the grace. */
const serversMax = 64;
const graceMs = 60_000;
/** Without a request, and nobody listening. */
const idleMs = 30 * 60_000;
const lookMs = 60_000;

export interface Servers {
  /** The one that runs under this key. */
  find(key: string): Promise<Link> | null;
  /** That one, or a new one. Rejects with `upstream.unreachable`. */
  open(key: string, kind: LinkKind): Promise<Link>;
  /** How many there are, and for how long no other is started. */
  standing(): { readonly running: number; readonly pauseMs: number };
  /** Ends it, if there is one. */
  end(key: string): Promise<void>;
  close(): Promise<void>;
}

interface Entry {
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
  const backOff = createBackOff(clock);
  let stopLooking: (() => void) | null = null;
  let isClosed = false;

  const isIdle = ({ running, usedAt }: Entry, ms: number) =>
    running !== null && !running.isBusy() && clock.now() - usedAt >= ms;
  const end = async (key: string) => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    const link = await entry.link.catch(() => null);
    await link?.close();
  };
  const look = () => {
    stopLooking = null;
    for (const [key, entry] of entries) if (isIdle(entry, idleMs)) void end(key);
    if (entries.size > 0 && !isClosed) stopLooking = clock.after(lookMs, look);
  };
  const makeRoom = () => {
    if (entries.size < serversMax) return;
    const [oldest] = [...entries]
      .filter(([, entry]) => isIdle(entry, graceMs))
      .toSorted(([, one], [, other]) => one.usedAt - other.usedAt);
    if (oldest === undefined) throw serverLost("runs as often as it may already", false);
    void end(oldest[0]);
  };
  const begin = (key: string, kind: LinkKind): Entry => {
    expectNoPause(backOff);
    makeRoom();
    const startedAt = clock.now();
    const entry: Entry = {
      running: null,
      usedAt: startedAt,
      link: openLink(() => kind, {
        clock,
        log: deps.log,
        open: deps.start,
        onEnded() {
          // One that was ended on purpose is no longer among them.
          if (entries.get(key) !== entry) return;
          entries.delete(key);
          backOff.failed(startedAt);
        },
      }),
    };
    entry.link.then(
      (link) => {
        entry.running = link;
      },
      () => {
        if (entries.get(key) === entry) entries.delete(key);
        backOff.failed(startedAt);
      },
    );
    entries.set(key, entry);
    stopLooking ??= clock.after(lookMs, look);
    return entry;
  };
  const use = (entry: Entry) => {
    entry.usedAt = clock.now();
    return entry.link;
  };

  return {
    find(key) {
      const entry = entries.get(key);
      return entry === undefined ? null : use(entry);
    },
    async open(key, kind) {
      if (isClosed) throw serverLost("is being ended", false);
      return await use(entries.get(key) ?? begin(key, kind));
    },
    standing: () => ({ running: entries.size, pauseMs: backOff.pauseMs() }),
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
