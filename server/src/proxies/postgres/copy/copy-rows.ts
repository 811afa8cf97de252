/** How many rows COPY data holds, and the first of them: what a reviewer sees of it. */
import { binaryRows } from "./binary-rows.ts";
import type { CopyDataForm } from "./copy-statement.ts";
import { lineRows } from "./line-rows.ts";
import type { RowReader } from "./row-reader.ts";

/** Rows that are shown. */
const rowsShownMax = 5;
/** Of each of them. */
const rowShownBytesMax = 2 * 1024;

export function readRows(form: CopyDataForm): RowReader {
  return form.format === "binary"
    ? binaryRows(rowsShownMax, rowShownBytesMax)
    : lineRows(form, rowsShownMax, rowShownBytesMax);
}
