/**
 * The connections with one server: a bounded number, kept for as long as the server keeps them, each for one request at a time and for
 * one owner. Owners share them fairly (`fair-shares.ts`): who has its share waits, and in front of nobody else.
 *
 * Guarantees that a request goes out at most once, whatever becomes of its connection, and that whoever asked hears whether it may
 * have gone out. Nothing here waits without a bound.
 */
import type { Clock } from "#/platform/clock.ts";
import { fairShares } from "#/platform/fair-shares.ts";
import { ClientConnection } from "./client-connection.ts";
import { type Dialled, dial, type Endpoint, type TlsSession } from "./dial.ts";
import type { AnswerTaker, OutgoingRequest } from "./exchange.ts";

export interface ClientPoolOptions {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly connectionsMax: number;
  readonly connectMs: number;
  /** For a connection. */
  readonly waitMs: number;
  readonly headBytesMax: number;
  /** Until the head of an answer. */
  readonly answerMs: number;
  /** How long a connection is kept that nobody uses, where the server does not say how long it keeps it. */
  readonly idleMs: number;
}

export interface ClientPool {
  /** How many wait is the caller's to bound. The result takes it back, where it has not gone out yet: then nobody hears of it any more. */
  send(request: OutgoingRequest, taker: AnswerTaker): () => void;
  /** What is under way is cut, and nothing is sent any more. */
  close(): void;
}

/** It has waited for a connection for as long as one may. */
export class NoConnectionFree extends Error {}

interface Waiting {
  readonly request: OutgoingRequest;
  readonly taker: AnswerTaker;
  readonly since: number;
}

const nothing = () => {};
/** How often silence and idleness are looked at. */
const lookMs = 1_000;
/** A server that closes is believed to do so this long before it says: a request that meets its end is lost. */
const closesEarlyMs = 2_000;
/** Whatever a server says. */
const idleMaxMs = 10 * 60_000;

export function clientPool(options: ClientPoolOptions): ClientPool {
  const { endpoint, clock, connectionsMax, connectMs, headBytesMax, answerMs, idleMs, waitMs } =
    options;
  const all = new Set<ClientConnection>();
  /** Being opened, oldest first. */
  const dialled = new Map<ClientConnection, Dialled>();
  /** Used last, last. */
  const idle: ClientConnection[] = [];
  /** By whom those are used that are. */
  const used = new Map<ClientConnection, string>();
  /** A place is had by who waits for its connection, or uses it. */
  const shares = fairShares(connectionsMax);
  const waiting = new Set<Waiting>();
  /** Whose owner has its share. */
  const behind = new Set<Waiting>();
  const session: TlsSession = { latest: undefined };
  let stopLooking: (() => void) | null = null;
  let isClosed = false;

  const now = () => clock.now();
  const keptMs = ({ keepMs }: ClientConnection) =>
    keepMs === null ? idleMs : Math.min(idleMaxMs, keepMs - closesEarlyMs);
  const isStale = (connection: ClientConnection) =>
    now() - connection.heardAt >= keptMs(connection);

  const takeIdle = (owner: string): ClientConnection | null => {
    for (let at = idle.length - 1; at >= 0; at -= 1) {
      const last = idle[at];
      if (last === undefined || !last.mayServe(owner)) continue;
      idle.splice(at, 1);
      if (!last.isGone && !isStale(last)) return last;
      last.cut();
    }
    return null;
  };

  const use = (connection: ClientConnection, { request, taker }: Omit<Waiting, "since">): void => {
    used.set(connection, request.owner);
    connection.send(request, taker);
  };

  const usedNoMore = (connection: ClientConnection): void => {
    const owner = used.get(connection);
    if (owner === undefined) return;
    used.delete(connection);
    giveBack(owner);
  };

  /** To whoever was behind. */
  const giveBack = (owner: string): void => {
    shares.give(owner);
    for (const one of behind) {
      if (!shares.take(one.request.owner)) continue;
      behind.delete(one);
      waiting.add(one);
    }
  };

  /** It serves who waits longest of those whom it may. */
  const serve = (connection: ClientConnection): void => {
    usedNoMore(connection);
    for (const one of waiting) {
      if (!connection.mayServe(one.request.owner)) continue;
      waiting.delete(one);
      use(connection, one);
      return openForWaiting();
    }
    idle.push(connection);
    openForWaiting();
  };

  /** One that nobody uses is another owner's. */
  const openForWaiting = (): void => {
    if (isClosed || waiting.size <= dialled.size) return;
    const [oldest] = idle;
    if (all.size < connectionsMax) open();
    else oldest?.cut();
  };

  const open = (): void => {
    const connection = new ClientConnection({
      headBytesMax,
      answerMs,
      now,
      onFree: serve,
      onGone(gone) {
        all.delete(gone);
        const at = idle.indexOf(gone);
        if (at !== -1) idle.splice(at, 1);
        usedNoMore(gone);
        openForWaiting();
      },
    });
    all.add(connection);
    look();
    const settled = () => dialled.delete(connection);
    const going = dial(endpoint, { connection, connectMs, clock, session }, (failure) => {
      settled();
      if (failure === null) return serve(connection);
      // One that could not be opened answers for one that waits, before its place is another's: none is opened for that one again.
      const [first] = waiting;
      if (first !== undefined) giveUp(first, failure);
      connection.cut();
    });
    dialled.set(connection, going);
  };

  const takeBack = (one: Waiting): boolean => {
    if (behind.delete(one)) return true;
    if (!waiting.delete(one)) return false;
    giveBack(one.request.owner);
    openForWaiting();
    return true;
  };

  const giveUp = (one: Waiting, why: Error): void => {
    if (takeBack(one)) one.taker.onFailed(why, false);
  };

  const look = (): void => {
    stopLooking ??= clock.after(lookMs, () => {
      stopLooking = null;
      const at = now();
      for (const connection of all) connection.checkSilence(at);
      for (const connection of idle.filter(isStale)) connection.cut();
      for (const one of [...waiting, ...behind]) {
        if (at - one.since >= waitMs) giveUp(one, new NoConnectionFree());
      }
      if (all.size > 0) look();
    });
  };

  return {
    send(request, taker) {
      if (isClosed) {
        taker.onFailed(new Error("closed"), false);
        return nothing;
      }
      const one = { request, taker, since: now() };
      const { owner } = request;
      if (!shares.take(owner)) {
        behind.add(one);
        return () => void takeBack(one);
      }
      const connection = takeIdle(owner);
      if (connection !== null) {
        use(connection, one);
        return nothing;
      }
      waiting.add(one);
      openForWaiting();
      return () => void takeBack(one);
    },
    close() {
      isClosed = true;
      stopLooking?.();
      const left = [...waiting, ...behind];
      waiting.clear();
      behind.clear();
      for (const { taker } of left) taker.onFailed(new Error("closed"), false);
      for (const going of dialled.values()) going.stop();
      for (const connection of all) connection.fail(new Error("closed"));
    },
  };
}
