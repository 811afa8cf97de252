/** Whether what is there of a pipeline up to its Sync or Flush executes only what asks, or does so first. */
import { keepsReadOnly, showsOwnDefault } from "#/proxies/postgres/session/lockable.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import type { Received } from "#/proxies/postgres/wire/inbox.ts";
import { leavesNothing, mayFollowParted } from "./parted.ts";

type Knowing = Pick<SessionParts, "knowledge" | "statements">;

/**
 * `first`: what asks stands before what writes, could not be kept from writing together with that, and can be parted from it
 * (`parted.ts`).
 */
export function readsAhead(received: readonly Received[], parts: Knowing): "only" | "first" | "no" {
  const last = received.at(-1)?.message.kind;
  if (last !== "sync" && last !== "flush") return "no";
  const found = statementsOf(received, parts);
  if (found === null) return "no";
  const { onlyReads, bound, hasNamed } = found;
  if (onlyReads) return "only";
  const firstOther = bound.findIndex((classified) => !readsAlone(classified));
  const [other] = firstOther === -1 ? [] : bound.slice(firstOther);
  const first = bound.slice(0, firstOther);
  const isParted =
    other !== undefined && !hasNamed && mayFollowParted(other) && first.every(leavesNothing);
  return isParted && first.some((each) => needsLock(each, parts)) ? "first" : "no";
}

interface Found {
  readonly onlyReads: boolean;
  readonly bound: readonly Classified[];
  /** A portal with a name may be gone on with behind anything. */
  readonly hasNamed: boolean;
}

/** Null where that is not known of all. */
function statementsOf(
  received: readonly Received[],
  { knowledge, statements }: Knowing,
): Found | null {
  const parsed = new Map<string, Classified>();
  const bound: Classified[] = [];
  let onlyReads = true;
  let hasNamed = false;
  for (const { message } of received) {
    switch (message.kind) {
      case "query":
      case "function_call":
        return null;
      case "parse": {
        const classified = knowledge.classify(message.sql);
        parsed.set(message.name, classified);
        onlyReads &&= readsAlone(classified);
        break;
      }
      case "bind": {
        const known = statements.statement(message.statement)?.classified;
        const classified = parsed.get(message.statement) ?? (known && knowledge.expand(known));
        if (classified === undefined) return null;
        bound.push(classified);
        onlyReads &&= readsAlone(classified);
        hasNamed ||= message.portal !== "";
        break;
      }
      default:
        break;
    }
  }
  return { onlyReads, bound, hasNamed };
}

/** It may write, and would count as what can't be read where nothing keeps it from that. */
function needsLock(classified: Classified, { knowledge }: Knowing): boolean {
  return knowledge.judge(classified, "midway").classified !== classified;
}

function readsAlone(classified: Classified): boolean {
  return keepsReadOnly(classified) && !showsOwnDefault(classified);
}
