/** The number of rows that an approver sets, as it is typed. */
import type { ReviewDetail } from "@countersign/sdk/wire/review";

/** The gateway takes no more. */
const rowsMax = 1_000_000_000;

/** What was measured stands there at first: whoever approves it as it is approves what they see. */
export function maxRowsDraft({ effect, uncounted }: ReviewDetail): string {
  const isMeasured = effect?.basis === "measured" && uncounted === null;
  return isMeasured && effect.rows !== null && effect.rows > 0 ? String(effect.rows) : "";
}

/** Of thousands, so that no decimal comma is taken for one. */
const grouped = /^(?:\d{1,10}|\d{1,3}(?:[,_\s]\d{3}){1,3})$/;

/** Null where nothing is set; `wrong` where it is no number of rows. */
export function readMaxRows(text: string): number | null | "wrong" {
  const typed = text.trim();
  if (typed === "") return null;
  const rows = grouped.test(typed) ? Number(typed.replaceAll(/\D/g, "")) : 0;
  return rows >= 1 && rows <= rowsMax ? rows : "wrong";
}
