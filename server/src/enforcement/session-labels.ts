/**
 * What an agent's session has read, as labels that policies of outward calls may ask for.
 *
 * A session is all that a principal does, on every connection: its clients come and go, and what a model has read it may write anywhere. Labels
 * are taken before an answer can pass, so that no call that is decided afterwards can carry what is not told of. They only add up, until nothing
 * of their kind was read for their lifetime; a principal of whom too much would have to be kept has read everything.
 */
import type { Action } from "#/core/action.ts";
import type { Facts, McpFacts } from "#/core/facts.ts";
import { type DataClass, dataClasses, overflowLabel, type SessionReads } from "#/core/label.ts";
import type { Principal } from "#/core/principal.ts";
import type { MaskedCells } from "#/core/protocol.ts";
import type { Clock } from "#/platform/clock.ts";
import { readsIn, type Source, type Taken } from "./session-reads.ts";

export interface SessionLabels {
  /** Sorted; the same list as long as they are the same. */
  of(principal: Principal): readonly string[];
  /** What the answer to an action will have told: called before any of it can pass. */
  take(action: Pick<Action, "principal" | "resource" | "facts">): void;
  /** What was in it that rules mask, in whatever form it passed. */
  takeMasked(principal: Principal, masked: MaskedCells): void;
  /** The same for people, with where it was read and since when. */
  reads(principal: Principal): SessionReads;
}

/** A label goes so long after it was last taken: longer than a working day's session of a model. */
export const labelLifetimeMs = 12 * 60 * 60_000;
/** Of one principal; with more it counts as having read everything. */
export const labelsMax = 1_000;
/** One more counts as having read everything, from its first answer on. */
export const labelledPrincipalsMax = 10_000;

interface Held {
  readonly taken: Map<string, Taken>;
  list: readonly string[];
  /** Until when the list is right. */
  rightUntil: number;
}

export function createSessionLabels({
  clock,
  dataOf,
}: {
  readonly clock: Pick<Clock, "now">;
  /** What a connection's answers are, as its owner says; null where they don't. */
  readonly dataOf: (connection: string) => DataClass | null;
}): SessionLabels {
  const byPrincipal = new Map<string, Held>();
  /** Found again without its name being put together: sessions hand over the very same object. */
  const byObject = new WeakMap<Principal, Held>();
  let isFull = false;

  function heldFor(principal: Principal): Held | null {
    const known = byObject.get(principal) ?? byPrincipal.get(keyOf(principal));
    if (known !== undefined) {
      byObject.set(principal, known);
      return known;
    }
    if (byPrincipal.size >= labelledPrincipalsMax) {
      isFull = true;
      return null;
    }
    const fresh: Held = { taken: new Map(), list: [], rightUntil: Number.POSITIVE_INFINITY };
    byPrincipal.set(keyOf(principal), fresh);
    byObject.set(principal, fresh);
    return fresh;
  }

  /** False where it is not among those that count now. */
  function takeAgain(held: Held, label: string, now: number): boolean {
    const before = held.taken.get(label);
    if (before === undefined || now >= before.at + labelLifetimeMs) return false;
    before.at = now;
    return true;
  }

  function takeFirst(held: Held, label: string, source: Source, now: number): void {
    held.rightUntil = now;
    if (held.taken.has(label) || held.taken.size < labelsMax) {
      held.taken.set(label, { source, since: now, at: now });
    } else if (!takeAgain(held, overflowLabel, now)) {
      held.taken.set(overflowLabel, { source: nowhere, since: now, at: now });
    }
  }

  function listOf(held: Held): readonly string[] {
    const now = clock.now();
    if (now < held.rightUntil) return held.list;
    let rightUntil = Number.POSITIVE_INFINITY;
    for (const [label, { at }] of held.taken) {
      if (at + labelLifetimeMs <= now) held.taken.delete(label);
      else rightUntil = Math.min(rightUntil, at + labelLifetimeMs);
    }
    const taken = [...held.taken.keys()];
    const list = taken.includes(overflowLabel)
      ? [...new Set([...taken, ...everything])].toSorted()
      : taken.toSorted();
    if (!isSame(list, held.list)) held.list = list;
    held.rightUntil = rightUntil;
    return held.list;
  }

  return {
    of(principal) {
      const known = byObject.get(principal) ?? byPrincipal.get(keyOf(principal));
      if (known !== undefined) return listOf(known);
      return isFull ? everything : nothing;
    },
    take({ principal, resource, facts }) {
      const held = heldFor(principal);
      if (held === null) return;
      const now = clock.now();
      const { connection } = resource;
      const data = dataOf(connection);
      const own = `connection:${connection}`;
      if (!takeAgain(held, own, now)) {
        takeFirst(held, own, { kind: "connection", name: connection, data }, now);
      }
      if (data !== null && !takeAgain(held, data, now)) takeFirst(held, data, nowhere, now);
      if (!isToolCall(facts)) return;
      // The owner's word on a connection counts; where there is none, a server's own is believed where it makes things worse.
      if (data === null && facts.saysOpenWorld && !takeAgain(held, "untrusted", now)) {
        takeFirst(held, "untrusted", nowhere, now);
      }
      const label = `tool:${connection}/${facts.name}`;
      if (takeAgain(held, label, now)) return;
      const { definition, name, saysOpenWorld } = facts;
      const tool = definition === "unknown" ? null : name;
      takeFirst(held, label, { kind: "tool", connection, tool, saysOpenWorld }, now);
    },
    takeMasked(principal, masked) {
      const held = heldFor(principal);
      if (held === null) return;
      const now = clock.now();
      for (const what of Object.keys(masked)) {
        const label = `masked:${what}`;
        if (!takeAgain(held, label, now)) takeFirst(held, label, { kind: "masked", what }, now);
      }
    },
    reads(principal) {
      const known = byObject.get(principal) ?? byPrincipal.get(keyOf(principal));
      if (known === undefined) return { ...readsIn([]), isMore: isFull };
      // First, so that what counts no more is gone.
      const isMore = listOf(known).includes(overflowLabel);
      return { ...readsIn(known.taken.values()), isMore };
    },
  };
}

/** Of resources there is no end; what they are is their connection's. */
function isToolCall(facts: Facts): facts is McpFacts {
  return facts.family === "mcp" && facts.method === "tools/call";
}

const nowhere: Source = { kind: "none" };
const nothing: readonly string[] = [];
const everything: readonly string[] = [...dataClasses, overflowLabel].toSorted();

function keyOf({ kind, name, onBehalfOf }: Principal): string {
  return JSON.stringify([kind, name, onBehalfOf?.id ?? null]);
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((label, at) => label === other[at]);
}
