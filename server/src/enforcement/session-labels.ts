/**
 * What an agent's session has read, as labels that policies of outward calls may ask for.
 *
 * A session is all that a principal does, on every connection: its clients come and go, and what a model has read it may write anywhere. Labels
 * are taken, and kept where a restart finds them, before an answer can pass, so that no call that is decided afterwards can carry what is not told
 * of. What was masked in the rows of a database is known only behind them, and kept in that moment. They only add up, until nothing of their kind was read for
 * their lifetime; a principal of whom too much would have to be kept has read everything.
 */
import type { Action } from "#/core/action.ts";
import { errorCodes, GatewayError } from "#/core/errors.ts";
import type { Facts, McpFacts } from "#/core/facts.ts";
import { type DataClass, overflowLabel, type SessionReads } from "#/core/label.ts";
import type { Principal } from "#/core/principal.ts";
import type { MaskedCells } from "#/core/protocol.ts";
import type { Clock } from "#/platform/clock.ts";
import {
  everything,
  freshHeld,
  type Held,
  listNow,
  nowhere,
  takeAgain,
  takeFirst,
} from "./held-labels.ts";
import {
  generalDocument,
  type LabelStore,
  type LabelsBefore,
  labelKeptEveryMs,
  labelLifetimeMs,
  labelsDocument,
} from "./kept-labels.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { readsIn, type Taken } from "./session-reads.ts";

export interface SessionLabels {
  /** The labels that count now, sorted; the same list object as long as none is added or lapses. */
  of(principal: Principal): readonly string[];
  /**
   * What the answer to an action will have told: called before any of it can pass, and nothing of it passes before what is returned
   * has resolved. Null where that is kept already.
   */
  take(action: Pick<Action, "principal" | "resource" | "facts">): Promise<void> | null;
  /** What is in it that rules mask, in whatever form it passes: as `take`, where it is called before that. */
  takeMasked(principal: Principal, masked: MaskedCells): Promise<void> | null;
  /** What the labels stand for, as people are shown it: where each was read, and since when. */
  reads(principal: Principal): SessionReads;
}

export interface SessionLabelsOptions {
  readonly clock: Pick<Clock, "now">;
  /** What a connection's answers are, as its owner says; null where they don't. */
  readonly dataOf: (connection: string) => DataClass | null;
  /** Keeps labels over a restart; without it they end with the process. */
  readonly keep?: LabelStore["keepLabels"];
  readonly before?: LabelsBefore;
}

/** Principals whose labels are told apart. Any further one counts as having read everything, from its first answer on. */
export const labelledPrincipalsMax = 10_000;

export function createSessionLabels({
  clock,
  dataOf,
  keep,
  before = nothingBefore,
}: SessionLabelsOptions): SessionLabels {
  const byPrincipal = new Map<string, Held>();
  /** A cache in front of `byPrincipal`: a session hands over the same object each time, so its key need not be built again. */
  const byObject = new WeakMap<Principal, Held>();
  const { allUntil } = before;
  let { othersUntil } = before;
  for (const [scope, taken] of before.sessions) byPrincipal.set(scope, heldOf(scope, taken));

  function heldOf(scope: string, taken: Map<string, Taken>): Held {
    const held: Held = freshHeld(taken, () => write(scope, held));
    return held;
  }

  async function write(scope: string, held: Held): Promise<void> {
    const now = clock.now();
    for (const each of held.taken.values()) each.keptAt = now;
    await written(labelsDocument(scope, held.taken, now), () => {
      held.isDue = true;
    });
  }

  async function written(document: Parameters<LabelStore["keepLabels"]>[0], lost: () => void) {
    try {
      await keep?.(document);
    } catch (cause) {
      lost();
      const code = "audit.recording_failed";
      throw new GatewayError(code, errorCodes[code], { cause, details: { sent: false } });
    }
  }

  /** Principals beyond the limit share one document. */
  const keepingOthers = oneAtATime(() =>
    written(generalDocument({ othersUntil, allUntil }), () => {
      othersKeptAt = never;
    }),
  );
  let othersKeptAt = never;

  function takeOther(): Promise<void> | null {
    const now = clock.now();
    othersUntil = now + labelLifetimeMs + labelKeptEveryMs;
    if (now - othersKeptAt < labelKeptEveryMs) return keepingOthers.pending();
    othersKeptAt = now;
    return keepingOthers.ask();
  }

  function heldFor(principal: Principal): Held | null {
    const known = byObject.get(principal) ?? byPrincipal.get(keyOf(principal));
    if (known !== undefined) {
      byObject.set(principal, known);
      return known;
    }
    if (byPrincipal.size >= labelledPrincipalsMax) return null;
    const fresh = heldOf(keyOf(principal), new Map());
    byPrincipal.set(keyOf(principal), fresh);
    byObject.set(principal, fresh);
    return fresh;
  }

  function kept(held: Held): Promise<void> | null {
    if (keep === undefined) return null;
    if (!held.isDue) return held.keeping.pending();
    held.isDue = false;
    return held.keeping.ask();
  }

  const listOf = (held: Held) => listNow(held, clock.now(), allUntil);

  const knownOf = (principal: Principal) =>
    byObject.get(principal) ?? byPrincipal.get(keyOf(principal));
  const areOthersFull = () => clock.now() < Math.max(othersUntil, allUntil);

  return {
    of(principal) {
      const known = knownOf(principal);
      if (known !== undefined) return listOf(known);
      return areOthersFull() ? everything : nothing;
    },
    take({ principal, resource, facts }) {
      const held = heldFor(principal);
      if (held === null) return takeOther();
      const now = clock.now();
      const { connection } = resource;
      const data = dataOf(connection);
      const own = `connection:${connection}`;
      if (!takeAgain(held, own, now)) {
        takeFirst(held, own, { kind: "connection", name: connection, data }, now);
      }
      if (data !== null && !takeAgain(held, data, now)) takeFirst(held, data, nowhere, now);
      if (isToolCall(facts)) takeTool(held, connection, facts, now);
      return kept(held);
    },
    takeMasked(principal, masked) {
      const held = heldFor(principal);
      if (held === null) return null;
      const now = clock.now();
      for (const what of Object.keys(masked)) {
        const label = `masked:${what}`;
        if (!takeAgain(held, label, now)) takeFirst(held, label, { kind: "masked", what }, now);
      }
      return kept(held);
    },
    reads(principal) {
      const known = knownOf(principal);
      const unknown = clock.now() < allUntil ? ({ isUnknown: true } as const) : {};
      if (known === undefined) return { ...readsIn([]), isMore: areOthersFull(), ...unknown };
      // First, so that what counts no more is gone.
      const isMore = listOf(known).includes(overflowLabel);
      return { ...readsIn(known.taken.values()), isMore, ...unknown };
    },
  };

  function takeTool(held: Held, connection: string, facts: McpFacts, now: number): void {
    const { definition, name, saysOpenWorld } = facts;
    // The owner's word on a connection counts; where there is none, a server's own is believed where it makes things worse.
    if (dataOf(connection) === null && saysOpenWorld && !takeAgain(held, "untrusted", now)) {
      takeFirst(held, "untrusted", nowhere, now);
    }
    const label = `tool:${connection}/${name}`;
    if (takeAgain(held, label, now)) return;
    const tool = definition === "unknown" ? null : name;
    takeFirst(held, label, { kind: "tool", connection, tool, saysOpenWorld }, now);
  }
}

const never = Number.NEGATIVE_INFINITY;
const nothingBefore: LabelsBefore = { sessions: new Map(), othersUntil: 0, allUntil: 0 };

/** Of resources there is no end; what they are is their connection's. */
function isToolCall(facts: Facts): facts is McpFacts {
  return facts.family === "mcp" && facts.method === "tools/call";
}

const nothing: readonly string[] = [];

function keyOf({ kind, name, onBehalfOf }: Principal): string {
  return JSON.stringify([kind, name, onBehalfOf?.id ?? null]);
}
