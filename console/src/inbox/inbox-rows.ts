/**
 * What the inbox shows, as a pure function of what it showed and what it learns.
 *
 * Guarantees that a row never moves under the reader's eyes: what arrives waits until it is asked for, and
 * what is decided meanwhile stays where it is. Only an inbox that shows nothing takes in what arrives at once.
 */
import type { Page } from "@countersign/sdk/wire/page";
import type { ReviewSummary } from "@countersign/sdk/wire/review";

export type Queue = "waiting" | "decided";

export interface InboxRows {
  readonly rows: readonly ReviewSummary[];
  /** Newest first; behind the pill. */
  readonly arrived: readonly ReviewSummary[];
  /** Where "Show more" goes on; null at the end. */
  readonly next: string | null;
}

export type InboxEvent =
  /** The newest page, read again. */
  | { readonly kind: "refreshed"; readonly page: Page<ReviewSummary> }
  /** The page after the last row. */
  | { readonly kind: "continued"; readonly page: Page<ReviewSummary> }
  /** One review, as it is now. */
  | { readonly kind: "changed"; readonly review: ReviewSummary }
  /** What arrived is asked for. */
  | { readonly kind: "revealed" };

/** Without a `before`, the reader has just come. */
export function nextRows(
  queue: Queue,
  before: InboxRows | undefined,
  event: InboxEvent,
): InboxRows {
  const { rows, arrived, next } = before ?? { rows: [], arrived: [], next: null };
  switch (event.kind) {
    case "refreshed": {
      if (before === undefined || rows.length === 0) {
        return { rows: event.page.items, arrived: [], next: event.page.next };
      }
      const fresh = byId(event.page.items);
      const known = new Set([...rows, ...arrived].map(({ id }) => id));
      const newest = event.page.items.filter(({ id }) => !known.has(id) && isNewer(id, rows));
      const update = (row: ReviewSummary) => fresh.get(row.id) ?? row;
      return { rows: rows.map(update), arrived: [...newest, ...arrived.map(update)], next };
    }
    case "continued": {
      const known = new Set(rows.map(({ id }) => id));
      const more = event.page.items.filter(({ id }) => !known.has(id));
      return { rows: [...rows, ...more], arrived, next: event.page.next };
    }
    case "changed": {
      const { review } = event;
      const update = (row: ReviewSummary) => (row.id === review.id ? review : row);
      return {
        rows: rows.map(update),
        arrived: arrived.map(update).filter((row) => isWaiting(row) === (queue === "waiting")),
        next,
      };
    }
    case "revealed":
      return { rows: [...arrived, ...rows], arrived: [], next };
  }
}

export function isWaiting({ state }: ReviewSummary): boolean {
  return state === "pending";
}

function byId(reviews: readonly ReviewSummary[]): ReadonlyMap<string, ReviewSummary> {
  return new Map(reviews.map((review) => [review.id, review]));
}

/** Ids sort by time: a page read again may also hold what stands below the last row. */
function isNewer(id: string, rows: readonly ReviewSummary[]): boolean {
  const last = rows.at(-1)?.id ?? "";
  return id > last;
}
