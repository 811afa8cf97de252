/**
 * Large writes take turns: one at a time is with the engine, and whoever asks next waits behind the others'
 * first, not behind all that one of them has piled up.
 */
import type { WriteVerb } from "./verbs.ts";

export interface LargeLane<Entry> {
  readonly size: number;
  add(asker: string, entry: Entry): void;
  /** The next in turn, which is then out of the lane. */
  take(): Entry | undefined;
}

export function createLargeLane<Entry>(): LargeLane<Entry> {
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
        queues.delete(asker);
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
    default: {
      const principals = write.records.map(({ body }) => body["principal"]);
      return nameOf(principals.find((principal) => principal !== undefined));
    }
  }
}

function nameOf(principal: unknown): string {
  return JSON.stringify(principal ?? null, ["kind", "name"]);
}
