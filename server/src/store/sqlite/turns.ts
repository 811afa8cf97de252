/**
 * Who waits for the store is served in turns: one of each asker before a second of any, so that nobody waits
 * behind all that another has piled up.
 */
import type { RecordDraft } from "#/core/record.ts";
import type { WriteVerb } from "./verbs.ts";

export interface Turns<Entry> {
  readonly size: number;
  add(asker: string, entry: Entry): void;
  /** The next in turn, which then waits no more. */
  take(): Entry | undefined;
}

export function createTurns<Entry>(): Turns<Entry> {
  /** In the order of their turns. */
  const queues = new Map<string, Entry[]>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(asker, entry) {
      const queue = queues.get(asker);
      if (queue === undefined) queues.set(asker, [entry]);
      else queue.push(entry);
      size += 1;
    },
    take() {
      for (const [asker, queue] of queues) {
        const entry = queue.shift();
        if (queue.length === 0 || queues.size > 1) queues.delete(asker);
        // To the end, for whoever has more.
        if (queue.length > 0) queues.set(asker, queue);
        size -= 1;
        return entry;
      }
      return undefined;
    },
  };
}

/** Whose turn a write is. What is done to a review that exists is a turn of its own: people wait for it. */
export function askerOf(write: WriteVerb): string {
  switch (write.verb) {
    case "saveReview":
      return "people";
    case "openReview":
      return nameOf(write.review.action.principal);
    default:
      return askerOfRecords(write.records);
  }
}

/** Those that speak of no principal, such as outcomes, have a turn of their own. */
export function askerOfRecords(records: readonly RecordDraft[]): string {
  for (const { body } of records) {
    const principal = body["principal"];
    if (principal !== undefined) return nameOf(principal as { readonly name: string | null });
  }
  return "";
}

/** People have no name in a record; they share a turn. */
function nameOf({ name }: { readonly name: string | null }): string {
  return `principal ${name}`;
}
