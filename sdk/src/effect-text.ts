/** How much an action would touch, in words: how it is known comes with every number. */
import type { Effect, RowLimit } from "./wire/effect.ts";
import type { GivenVerdict } from "./wire/review.ts";

/** Without its age and its caveat. */
export function effectText({ basis, rows, reason }: Effect): string {
  switch (basis) {
    case "measured":
      return `${rowsText(rows)}, measured`;
    case "estimated":
      return `about ${rowsText(rows)}, estimated by the planner`;
    case "unknown":
      return reason === null ? "unknown" : `unknown: ${reason}`;
  }
}

/** The limit, and on whose word. */
export function rowLimitText({ max, by, name }: RowLimit): string {
  const rows = `at most ${rowsText(max)}`;
  switch (by) {
    case "rule":
      return `${rows}, by rule ${name}`;
    case "reviewer":
      return `${rows}, set by ${name}`;
    case "measured":
      return `${rows}, as measured when ${name} approved`;
  }
}

/** What is known of the effect says already that it would be undone. */
export function exceedsLimit(effect: Effect | null, limit: RowLimit | null): boolean {
  if (effect === null || limit === null || effect.basis !== "measured") return false;
  return (effect.rows ?? 0) > limit.max;
}

/** How much an approval is of; null where it is of whatever the command does. */
export function approvedRowsText({
  kind,
  maxRows,
  measuredRows,
}: Pick<GivenVerdict, "kind" | "maxRows" | "measuredRows">): string | null {
  if (kind !== "approve") return null;
  if (maxRows !== null) return `at most ${rowsText(maxRows)}`;
  return measuredRows === null ? null : `${rowsText(measuredRows)} as measured`;
}

function rowsText(rows: number | null): string {
  const count = rows ?? 0;
  return `${count.toLocaleString("en")} ${count === 1 ? "row" : "rows"}`;
}
