import type { ReviewId } from "./ids.ts";

/** How many rows one execution may return or change, and on whose word. */
export interface RowLimit {
  readonly max: number;
  /** By whose approval it runs; null where policy lets it run at once. */
  readonly review: ReviewId | null;
  /** A rule, by its id; a reviewer's own number, by their name; or the count that a reviewer was shown. */
  readonly by:
    | { readonly kind: "rule"; readonly policy: string }
    | { readonly kind: "reviewer"; readonly name: string }
    | { readonly kind: "measured"; readonly name: string };
}

/** `5 rows, the limit of rule small-writes`: what whoever is told needs to know of it. */
export function rowLimitText({ max, by }: RowLimit): string {
  const rows = rowsText(max);
  switch (by.kind) {
    case "rule":
      return `${rows}, the limit of rule ${by.policy}`;
    case "reviewer":
      return `${rows}, the limit that ${by.name} set`;
    case "measured":
      return `${rows}, as measured when ${by.name} approved`;
  }
}

export function rowsText(rows: number): string {
  return `${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`;
}
