/** What a COPY FROM STDIN would load, in words. */
import type { LoadedData } from "./wire/content.ts";

/** How much it is, and in which form. */
export function dataText({ format, bytes, rows }: LoadedData): string {
  if (rows === null) return `${countText(bytes, "byte")}, which are not in COPY's ${format} form`;
  return `${countText(rows, "row")}, ${countText(bytes, "byte")} ${formNames[format]}`;
}

/** What is not on the screen of it; null where all is. */
export function dataMissingText({ rows, firstRows }: LoadedData): string | null {
  const cut = firstRows.some(({ isCut }) => isCut) ? " Some of them are cut." : "";
  if (rows === firstRows.length && cut === "") return null;
  const shown =
    firstRows.length === 0
      ? "None of its rows can be shown."
      : `Only its first ${countText(firstRows.length, "row")} can be shown.${cut}`;
  return `${shown} An approval is for all of it, by its digest.`;
}

const formNames = { text: "of text", csv: "of CSV", binary: "in binary form" } as const;

function countText(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
