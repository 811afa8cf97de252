/**
 * Raw rows, before and after, as reviewers may see them. Pure.
 *
 * Guarantees that a value is shown only if it was wholly looked at by the recognizers; that one which may come from
 * a column that is not shown is not either; and that the whole stays below its bound.
 */
import type { Sample, SampleRow, SampleValue } from "#/core/sample.ts";
import type { Finder } from "#/masking/finder.ts";
import { redact } from "#/masking/replacement/replace.ts";
import { type MaskedValue, maskRow, planRow } from "#/masking/values/mask-row.ts";
import type { RawValue } from "./read-rows.ts";
import type { SampleTarget, TargetColumn } from "./sample-target.ts";
import { readAs } from "./shown-types.ts";

export interface RawRow {
  readonly before: readonly RawValue[] | null;
  readonly after: readonly RawValue[] | null;
}

const sampleRowsMax = 5;
/** Of a value that is shown; the rest is cut off, masked before. */
const sampleValueCharsMax = 200;
/** Of all values; what comes after shows its type and length. */
const sampleCharsMax = 16_000;

/** Null where there is no row to show. */
export function presentSample(
  target: SampleTarget,
  raw: readonly RawRow[],
  { derives, finder }: { readonly derives: boolean; readonly finder: Finder },
): Sample | null {
  const { name, columns, columnsMore } = target;
  const rows = raw
    .filter(({ before, after }) => before !== null || after !== null)
    .map((row) => ({ ...row, changed: changedIn(columns, row) }))
    // Stable: among rows that change, and among those that don't, the first ones.
    .toSorted((one, other) => Number(isIdle(one)) - Number(isIdle(other)))
    .slice(0, sampleRowsMax);
  if (rows.length === 0) return null;
  const plan = planRow(
    finder,
    columns.map((column, at) => ({
      name: column.name,
      column: column.name,
      table: target.table,
      type: column.isEnum ? "text" : readAs(column.typeName),
      samples: rows
        .flatMap(({ before, after }) => [before, after])
        .map((row) => row?.[at]?.text ?? null),
    })),
  );
  let charsLeft = sampleCharsMax;
  const shownOf = (values: readonly RawValue[] | null, isMade: readonly boolean[]) => {
    if (values === null) return null;
    const masked = maskRow(
      finder,
      redact,
      plan,
      values.map(({ text }) => text),
    );
    return values.map((value, at): SampleValue => {
      const column = columns[at];
      const shown =
        column === undefined || column.isDerived || isMade[at] === true
          ? whole("<DERIVED>", value)
          : valueOf(value, column, masked[at], charsLeft);
      charsLeft -= shown.text?.length ?? 0;
      return shown;
    });
  };
  return {
    relation: name,
    columns: columns.map(({ name: column, type, isKey, sensitive }) => ({
      name: column,
      type,
      isKey,
      sensitive,
    })),
    columnsMore,
    rows: rows.map(({ before, after, changed }): SampleRow => {
      const made = columns.map(
        ({ isAssigned, sensitive }) => derives && !sensitive && (isAssigned || before === null),
      );
      return {
        before: shownOf(before, []),
        after: shownOf(after, made),
        changed,
      };
    }),
  };
}

function isIdle({ before, after, changed }: RawRow & Pick<SampleRow, "changed">): boolean {
  return before !== null && after !== null && changed.length === 0;
}

function changedIn(columns: readonly TargetColumn[], { before, after }: RawRow): readonly number[] {
  if (before === null || after === null) return [];
  return columns.flatMap((column, at) => {
    const [one, other] = [before[at], after[at]];
    if (one?.text !== other?.text || one?.bytes !== other?.bytes) return [at];
    const isUnread = one?.text === null && one.bytes !== null;
    return isUnread && column.isAssigned ? [at] : [];
  });
}

function valueOf(
  { text, bytes }: RawValue,
  { type, sensitive }: TargetColumn,
  masked: MaskedValue | undefined,
  charsLeft: number,
): SampleValue {
  if (bytes === null) return { text: null, isMasked: false, isCut: false };
  if (sensitive) return { text: "<SENSITIVE>", isMasked: true, isCut: false };
  const shown = masked?.text ?? null;
  if (text === null || masked === undefined || shown === null || shown.length > charsLeft) {
    const size = `${bytes.toLocaleString("en")} ${bytes === 1 ? "byte" : "bytes"}`;
    return { text: `<${type}, ${size}>`, isMasked: true, isCut: false };
  }
  const isMasked = masked.entities.length > 0;
  if (shown.length <= sampleValueCharsMax) return { text: shown, isMasked, isCut: false };
  // Never half of a character.
  const cut = shown.slice(0, sampleValueCharsMax).replace(/[\uD800-\uDBFF]$/u, "");
  return { text: cut, isMasked, isCut: true };
}

function whole(text: string, { bytes }: RawValue): SampleValue {
  return bytes === null
    ? { text: null, isMasked: false, isCut: false }
    : { text, isMasked: true, isCut: false };
}
