/** Rows before and after, in words. */
import type { Effect, Sample, SampleRow, SampleValue } from "./wire/effect.ts";

/** What such a row would do. */
export function rowFate({ before, after }: Pick<SampleRow, "before" | "after">): string {
  if (before === null) return "comes";
  return after === null ? "goes" : "changes";
}

export function sampleTitle({ rows }: Pick<Sample, "rows">): string {
  const fates = new Set(rows.map(rowFate));
  if (fates.size > 1 || fates.has("changes")) return "Rows before and after";
  return fates.has("goes") ? "Rows that would go" : "Rows that would come";
}

/** How much of it is shown. */
export function sampleText(
  { rows, columnsMore, relation }: Sample,
  { rows: count }: Pick<Effect, "rows">,
): string {
  const all = count ?? rows.length;
  const which =
    rows.length < all ? `${rows.length} of ${countText(all, "row")}` : countText(all, "row");
  const more = columnsMore === 0 ? "" : ` ${countText(columnsMore, "more column")} not shown.`;
  return `${which} of ${relation}, as measured; masked.${more}`;
}

/** In its place: that there is none, or nothing in it. Null of a value that is shown as it is. */
export function valueWord({ text }: Pick<SampleValue, "text">): string | null {
  if (text === null) return "NULL";
  return text === "" ? "empty" : null;
}

function countText(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
