/** What masking a result finds, misses and takes too much of, and what it costs, on results made up in `result-sets.ts`. */
import type { Finder } from "../../server/src/masking/finder.ts";
import { planRow } from "../../server/src/masking/mask-row.ts";
import { redact } from "../../server/src/masking/replace.ts";
import { createRowMasker } from "../../server/src/masking/row-masker.ts";
import { type Cell, type ResultSet, resultSet, resultSetNames } from "./result-sets.ts";

const rowsOfEach = 5000;

interface LaidRow {
  readonly bytes: Buffer;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** As values lie in a message. */
function layOut(cells: readonly Cell[]): LaidRow {
  const values = cells.map(({ text }) => (text === null ? null : Buffer.from(text)));
  const ends: number[] = [];
  const starts = values.map((value, index) => {
    const start = ends[index - 1] ?? 0;
    ends.push(start + (value?.length ?? 0));
    return value === null ? -1 : start;
  });
  return { bytes: Buffer.concat(values.filter((value) => value !== null)), starts, ends };
}

function maskerOf(finder: Finder, { columns }: ResultSet) {
  return createRowMasker({ finder, plan: planRow(finder, columns), replaceIn: () => redact });
}

/** Bytes, and what masks all of them once. */
export function plannedRows(finder: Finder): { readonly bytes: number; readonly run: () => void } {
  const set = resultSet("customers", rowsOfEach);
  const masker = maskerOf(finder, set);
  const rows = set.rows.map(layOut);
  return {
    bytes: rows.reduce((sum, row) => sum + row.bytes.length, 0),
    run() {
      for (const { bytes, starts, ends } of rows) masker.mask(bytes, starts, ends, starts.length);
    },
  };
}

/** Of each result: how many cells leak, and how many are masked that hold nothing. */
export function rowQuality(finder: Finder): readonly string[] {
  const totals = { sensitive: 0, leaked: 0, others: 0, over: 0 };
  const lines = resultSetNames.map((name) => {
    const counts = count(finder, resultSet(name, rowsOfEach));
    for (const key of ["sensitive", "leaked", "others", "over"] as const)
      totals[key] += counts[key];
    return line(name, counts);
  });
  return [
    "| result | sensitive cells | leaked | other cells | over-masked |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
    line("all", totals),
  ];
}

type Counts = Record<"sensitive" | "leaked" | "others" | "over", number>;

function line(name: string, { sensitive, leaked, others, over }: Counts): string {
  const share = (part: number, whole: number) =>
    `${part} (${((100 * part) / Math.max(1, whole)).toFixed(2)} %)`;
  return `| ${name} | ${sensitive} | ${share(leaked, sensitive)} | ${others} | ${share(over, others)} |`;
}

function count(finder: Finder, set: ResultSet): Counts {
  const masker = maskerOf(finder, set);
  const counts = { sensitive: 0, leaked: 0, others: 0, over: 0 };
  for (const cells of set.rows) {
    const { bytes, starts, ends } = layOut(cells);
    const masked = masker.mask(bytes, starts, ends, cells.length);
    for (const [index, { text, sensitive }] of cells.entries()) {
      if (text === null) continue;
      const shown = masked?.[index]?.toString() ?? text;
      if (sensitive === null) {
        counts.others += 1;
        if (shown !== text) counts.over += 1;
      } else {
        counts.sensitive += 1;
        if (leaks(shown, sensitive)) counts.leaked += 1;
      }
    }
  }
  return counts;
}

/** Whether half of it is still to be seen, in one piece. */
function leaks(shown: string, sensitive: string): boolean {
  const length = Math.max(3, Math.ceil(sensitive.length / 2));
  for (let at = 0; at + length <= sensitive.length; at += 1)
    if (shown.includes(sensitive.slice(at, at + length))) return true;
  return false;
}
