/**
 * What an agent's session has read, as labels that policies of outward calls may ask for.
 *
 * A session is all that a principal does, on every connection: its clients come and go, and what a model has read it may write anywhere. Labels
 * are taken before an answer can pass, so that no call that is decided afterwards can carry what is not told of. They only add up, until nothing
 * of their kind was read for their lifetime; a principal of whom too much would have to be kept has read everything.
 */
import type { Action } from "#/core/action.ts";
import type { Facts, McpFacts } from "#/core/facts.ts";
import { type DataClass, dataClasses, overflowLabel } from "#/core/label.ts";
import type { Principal } from "#/core/principal.ts";
import type { MaskedCells } from "#/core/protocol.ts";
import type { Clock } from "#/platform/clock.ts";

export interface SessionLabels {
  /** Sorted; the same list as long as they are the same. */
  of(principal: Principal): readonly string[];
  /** What the answer to an action will have told: called before any of it can pass. */
  take(action: Pick<Action, "principal" | "resource" | "facts">): void;
  /** What was in it that rules mask, in whatever form it passed. */
  takeMasked(principal: Principal, masked: MaskedCells): void;
}

/** A label goes so long after it was last taken: longer than a working day's session of a model. */
export const labelLifetimeMs = 12 * 60 * 60_000;
/** Of one principal; with more it counts as having read everything. */
export const labelsMax = 1_000;
/** One more counts as having read everything, from its first answer on. */
export const labelledPrincipalsMax = 10_000;

interface Held {
  /** When each was last taken. */
  readonly takenAt: Map<string, number>;
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
    const fresh: Held = { takenAt: new Map(), list: [], rightUntil: Number.POSITIVE_INFINITY };
    byPrincipal.set(keyOf(principal), fresh);
    byObject.set(principal, fresh);
    return fresh;
  }

  function takeAll(principal: Principal, labels: readonly string[]): void {
    const held = heldFor(principal);
    if (held === null) return;
    const now = clock.now();
    for (const label of labels) {
      const isNew = !held.takenAt.has(label);
      const kept = isNew && held.takenAt.size >= labelsMax ? overflowLabel : label;
      if (!held.takenAt.has(kept)) held.rightUntil = now;
      held.takenAt.set(kept, now);
    }
  }

  function listOf(held: Held): readonly string[] {
    const now = clock.now();
    if (now < held.rightUntil) return held.list;
    let rightUntil = Number.POSITIVE_INFINITY;
    for (const [label, at] of held.takenAt) {
      if (at + labelLifetimeMs <= now) held.takenAt.delete(label);
      else rightUntil = Math.min(rightUntil, at + labelLifetimeMs);
    }
    const taken = [...held.takenAt.keys()];
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
      const { connection } = resource;
      const data = dataOf(connection);
      takeAll(principal, [
        `connection:${connection}`,
        ...(data === null ? [] : [data]),
        ...(isToolCall(facts) ? [`tool:${connection}/${facts.name}`] : []),
      ]);
    },
    takeMasked(principal, masked) {
      takeAll(
        principal,
        Object.keys(masked).map((what) => `masked:${what}`),
      );
    },
  };
}

/** Of resources there is no end; what they are is their connection's. */
function isToolCall(facts: Facts): facts is McpFacts {
  return facts.family === "mcp" && facts.method === "tools/call";
}

const nothing: readonly string[] = [];
const everything: readonly string[] = [...dataClasses, overflowLabel].toSorted();

function keyOf({ kind, name, onBehalfOf }: Principal): string {
  return JSON.stringify([kind, name, onBehalfOf?.id ?? null]);
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((label, at) => label === other[at]);
}
