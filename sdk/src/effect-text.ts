/** How much an action would touch, in words: how it is known comes with every number. */
import type { Effect } from "./wire.ts";

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

function rowsText(rows: number | null): string {
  const count = rows ?? 0;
  return `${count.toLocaleString("en")} ${count === 1 ? "row" : "rows"}`;
}
