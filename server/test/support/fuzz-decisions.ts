/**
 * What was decided, by what reached the upstream: a store that counts instead of keeping, and the books in
 * which every command that runs has to be covered by a record of its own.
 */
import type { RecordDraft } from "#/core/record.ts";
import type { Review } from "#/core/review.ts";
import type { StageStore } from "#/enforcement/conformance/watched-writes.ts";

export interface Books {
  /** A decision that lets this command run was handed to the log. */
  allow(command: string): void;
  /** It has reached the upstream; false if no decision covers it. */
  run(command: string): boolean;
  /** Between rounds, when nothing is under way. */
  clear(): void;
  /** From now on nothing is allowed. */
  close(): void;
}

export function openBooks(): Books {
  const open = new Map<string, number>();
  let closed = false;
  const covering = (command: string) => {
    if ((open.get(command) ?? 0) > 0) return command;
    // What a command runs by name is recorded behind it.
    for (const [other, count] of open) {
      if (count > 0 && other.startsWith(`${command}\n`)) return other;
    }
    return null;
  };
  return {
    allow(command) {
      if (!closed) open.set(command, (open.get(command) ?? 0) + 1);
    },
    run(command) {
      const key = covering(command);
      if (key === null) return false;
      open.set(key, (open.get(key) ?? 0) - 1);
      return true;
    },
    clear: () => open.clear(),
    close() {
      closed = true;
    },
  };
}

export interface CountingStore {
  readonly store: StageStore;
  readonly counts: ReadonlyMap<string, number>;
  /** Reviews that are still pending or unclaimed. */
  readonly open: () => number;
}

/** Reviews are kept until they are over; of records, only how many there were. */
export function openCountingStore(books: Books): CountingStore {
  const counts = new Map<string, number>();
  const held = new Map<string, string>();
  const reviews = new Map<string, Review>();
  const changes: string[] = [];
  let base = 0;
  let wake = Promise.withResolvers<void>();

  const note = (records: readonly RecordDraft[]) => {
    for (const { type, action, payload } of records) {
      counts.set(type, (counts.get(type) ?? 0) + 1);
      const command = payload?.["command"];
      if (type === "action.allowed" && typeof command === "string") books.allow(command);
      if (type === "action.held" && typeof command === "string" && action !== null) {
        held.set(action, command);
      }
      if (type === "execution.claimed" && action !== null) books.allow(held.get(action) ?? "");
    }
  };
  // What has been noted is durable a turn of the loop later.
  const durable = () => new Promise<void>((resolve) => setImmediate(resolve));
  const save = (review: Review, records: readonly RecordDraft[]) => {
    note(records);
    reviews.set(review.id, review);
    changes.push(review.id);
    if (changes.length > changesMax) base += changes.splice(0, changesMax / 2).length;
    wake.resolve();
    wake = Promise.withResolvers<void>();
    for (const [id, old] of reviews) {
      if (reviews.size <= reviewsMax || isOpen(old)) break;
      reviews.delete(id);
      held.delete(old.action.id);
    }
  };
  const store: StageStore = {
    async append(records) {
      note(records);
      await durable();
    },
    async openReview(review, openMax, records) {
      await durable();
      if ([...reviews.values()].filter(({ state }) => state === "pending").length >= openMax) {
        return "too_many";
      }
      save(review, records);
      return "opened";
    },
    async saveReview(review, records) {
      await durable();
      if (reviews.get(review.id)?.version !== review.version - 1) return "conflict";
      save(review, records);
      return "saved";
    },
    review: async (id) => reviews.get(id) ?? null,
    deniedReview: async () => null,
    unknownRun: async () => null,
    status: () => ({ state: "ready" }),
    detachedReviews: async (joinKey) =>
      [...reviews.values()]
        .filter((review) => review.joinKey === joinKey && isOpen(review) && review.caller === null)
        .map(({ id }) => id),
    dueReviews: async () => [],
    openReviews: async () => [],
    unsettledReviews: async () => [],
    pendingExecutions: async () => [],
    async changesSince(cursor, signal) {
      const woken = () => wake.resolve();
      while (base + changes.length <= cursor && !signal.aborted) {
        // Taken off again: the signal lives as long as the run.
        signal.addEventListener("abort", woken, { once: true });
        await wake.promise;
        signal.removeEventListener("abort", woken);
      }
      const since = changes.slice(Math.max(0, cursor - base));
      return { cursor: base + changes.length, reviews: [...new Set(since)] as Review["id"][] };
    },
  };
  return { store, counts, open: () => [...reviews.values()].filter(isOpen).length };
}

const reviewsMax = 200;
const changesMax = 8192;

function isOpen({ state, execution }: Review): boolean {
  return state === "pending" || (state === "approved" && execution === null);
}
