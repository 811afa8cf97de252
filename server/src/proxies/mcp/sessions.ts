/**
 * Clients' sessions: those that begin with `initialize` (2025-11-25 and before), under an id of the gateway's own that only their
 * agent can use; and one for all that an agent sends without.
 */
import type { CallerId, ReviewId } from "#/core/ids.ts";
import type { Mask } from "#/core/obligation.ts";
import type { OpenedVault } from "#/masking/replacement/pseudonyms.ts";
import type { Clock } from "#/platform/clock.ts";
import { newId } from "#/platform/ids.ts";
import { randomHex } from "#/platform/random.ts";
import type { AskedOfClient } from "./carry/told-answer.ts";
import { createWordings, type Wordings } from "./carry/wordings.ts";
import type { AnswerMasker, AnswerMasks } from "./masked/answer-masker.ts";
import type { UpstreamSession } from "./upstream/upstream.ts";
import { type AskedIds, createAskedIds } from "./wire/asked-ids.ts";
import { idKey, type RpcId } from "./wire/codec.ts";

export interface ClientSession extends UpstreamSession {
  readonly connection: string;
  /** What the client shows; null for what goes without. */
  readonly shownId: string | null;
  /** What the server calls it, where it calls it anything. */
  upstreamId: string | null;
  /** Requests of the server that were passed on and not answered yet, by their id. */
  readonly asked: Map<string, AskedOfClient>;
  /** Under which its own requests are asked. */
  readonly askedIds: AskedIds;
  /** Requests of the client that are under way, by their id: how each is cancelled, if it is the gateway's to cancel. None of what is sent without. */
  readonly running: Map<string, () => boolean>;
  /** Ids of events that its client was told, the latest: only behind one of them a stream goes on for it. */
  readonly eventIds: Set<string>;
  /** Digests of cursors that its server has given, kept with what is sent without a session. */
  readonly cursors: Set<string>;
  /** How its agent's clients describe themselves, kept with what is sent without a session. */
  readonly selves: Wordings;
  /** The same of the folders in which they work. */
  readonly roots: Wordings;
  /** What its latest answer was masked by, for the next under the same masks. */
  masking: SessionMasking | null;
  /** Of all that its agent was answered on its connection, kept with what is sent without a session. */
  masked: SessionMasks;
  /** Reviews of calls that were answered with a ticket or refused by a person, by what was called. */
  readonly told: Map<string, string>;
  /** Calls whose clients have gone, by what was called, until their reviews go on without them. */
  readonly leaving: Map<string, Promise<void>>;
  /** Its latest reviews, by what was called. */
  readonly variants: Map<string, readonly ReviewId[]>;
  /** Once nothing that it has sent is under way any more, where somebody waits for that. */
  onIdle: (() => void) | null;
  /** When somebody was last warned of them. */
  warnedAt: number;
  usedAt: number;
}

export interface SessionMasking {
  /** Which masks these are. */
  readonly key: string;
  readonly vault: OpenedVault;
  readonly masks: AnswerMasks | null;
}

export interface SessionMasks {
  readonly masks: readonly Mask[];
  /** Under all of them; null before the first. */
  readonly masker: AnswerMasker | null;
}

export interface Sessions {
  /** Null where too many of them are in use. */
  open(agent: string, connection: string): ClientSession | null;
  /** Null where there is none of this id, or it is another's. */
  find(shownId: string, agent: string, connection: string): ClientSession | null;
  shared(agent: string, connection: string): ClientSession;
  end(session: ClientSession): void;
  /** The same of one whose server has not heard of it. */
  endUnheard(session: ClientSession): void;
  /** All that this agent has begun. Their servers hear of it once what runs in them has ended. */
  endOf(agent: string): void;
}

/** Of one agent on one connection. One more costs the one that was not used for longest its place. */
const sessionsMax = 256;
/** A session that nobody used for so long is ended. */
const sessionIdleMs = 4 * 60 * 60_000;
const shownIdBytes = 32;
/** Of one session. A client begins again behind the last that it heard of a stream. */
const eventIdsMax = 1_024;

export interface SessionsOptions {
  readonly clock: Clock;
  /** The server is to hear of it. */
  readonly onEnded: (session: ClientSession) => void;
}

export function createSessions({ clock, onEnded }: SessionsOptions): Sessions {
  const byId = new Map<string, ClientSession>();
  /** By connection and agent. */
  const shared = new Map<string, Map<string, ClientSession>>();
  const byOwner = new Map<string, Set<ClientSession>>();

  const ownerOf = (agent: string, connection: string) => `${connection}\n${agent}`;
  const make = (agent: string, connection: string, shownId: string | null): ClientSession => ({
    id: newId("mcs", clock.now()),
    agent,
    connection,
    kind: shownId === null ? "stateless" : "session",
    shownId,
    upstreamId: null,
    asked: new Map(),
    askedIds: createAskedIds(),
    selves: createWordings(),
    roots: createWordings(),
    running: new Map(),
    eventIds: new Set(),
    cursors: new Set(),
    masking: null,
    masked: { masks: [], masker: null },
    told: new Map(),
    leaving: new Map(),
    variants: new Map(),
    onIdle: null,
    warnedAt: 0,
    usedAt: clock.now(),
  });
  const forget = (session: ClientSession) => {
    if (session.shownId !== null) byId.delete(session.shownId);
    byOwner.get(ownerOf(session.agent, session.connection))?.delete(session);
  };
  const makeRoom = (own: ReadonlySet<ClientSession>): boolean => {
    const now = clock.now();
    for (const session of own) {
      if (session.running.size > 0 || now - session.usedAt < sessionIdleMs) continue;
      forget(session);
      onEnded(session);
    }
    if (own.size < sessionsMax) return true;
    const idle = [...own].filter(({ running }) => running.size === 0);
    const oldest = idle.toSorted((one, other) => one.usedAt - other.usedAt)[0];
    if (oldest === undefined) return false;
    forget(oldest);
    onEnded(oldest);
    return true;
  };

  return {
    open(agent, connection) {
      const owner = ownerOf(agent, connection);
      const own = byOwner.get(owner) ?? new Set();
      byOwner.set(owner, own);
      if (!makeRoom(own)) return null;
      const session = make(agent, connection, randomHex(shownIdBytes));
      own.add(session);
      byId.set(session.shownId ?? "", session);
      return session;
    },
    find(shownId, agent, connection) {
      const session = byId.get(shownId);
      if (session?.agent !== agent || session.connection !== connection) return null;
      session.usedAt = clock.now();
      return session;
    },
    shared(agent, connection) {
      const ofConnection = shared.get(connection) ?? new Map<string, ClientSession>();
      let session = ofConnection.get(agent);
      if (session === undefined) {
        session = make(agent, connection, null);
        shared.set(connection, ofConnection.set(agent, session));
      }
      session.usedAt = clock.now();
      return session;
    },
    end: forget,
    endUnheard(session) {
      forget(session);
      onEnded(session);
    },
    endOf(agent) {
      const own = [...byId.values()].filter((session) => session.agent === agent);
      for (const session of own) {
        forget(session);
        if (session.running.size === 0) onEnded(session);
        else session.onIdle = () => onEnded(session);
      }
    },
  };
}

export function tellEventId({ eventIds }: ClientSession, id: string): void {
  eventIds.delete(id);
  eventIds.add(id);
  for (const oldest of eventIds) {
    if (eventIds.size <= eventIdsMax) break;
    eventIds.delete(oldest);
  }
}

/**
 * Clients that show no session use the same ids for other calls: what one of them says of an id is about none of the others'.
 * What it returns forgets the call.
 */
export function noteRunning(session: ClientSession, id: RpcId, cancel: () => boolean): () => void {
  if (session.shownId === null) return () => {};
  const key = idKey(id);
  session.running.set(key, cancel);
  return () => {
    if (session.running.get(key) === cancel) session.running.delete(key);
    if (session.running.size === 0) session.onIdle?.();
  };
}

export function newCaller(now: number): CallerId {
  return newId<CallerId>("cal", now);
}
