/** The number of rows that an approver sets, as it is typed. */
import type { ReviewDetail } from "@countersign/sdk/wire";

/** The gateway takes no more. */
const rowsMax = 1_000_000_000;

/** What was measured stands there at first: whoever approves it as it is approves what they see. */
export function maxRowsDraft({ effect, uncounted }: ReviewDetail): string {
  const isMeasured = effect?.basis === "measured" && uncounted === null;
  return isMeasured && effect.rows !== null && effect.rows > 0 ? String(effect.rows) : "";
}

/** Null where nothing is set; `wrong` where it is no number of rows. */
export function readMaxRows(text: string): number | null | "wrong" {
  const typed = text.trim().replaceAll(/[,_\s]/g, "");
  if (typed === "") return null;
  const rows = /^\d{1,10}$/.test(typed) ? Number(typed) : 0;
  return rows >= 1 && rows <= rowsMax ? rows : "wrong";
}
