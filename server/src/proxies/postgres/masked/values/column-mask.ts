/** What becomes of the cells of a column. */
import type { Entity } from "#/core/entity.ts";
import type { Glance } from "#/masking/glance.ts";
import type { Recognizing } from "#/masking/recognizing.ts";
import type { Replace } from "#/masking/replacement/replace.ts";
import { type CellKind, type MaskCell, type MaskedCell, maskFound, placed } from "./cell-mask.ts";
import { textOfBinary } from "./value-text.ts";

export type ColumnMask =
  /** Passes as it is, unseen. */
  | { readonly kind: "copy" }
  /** The same stands in every row. */
  | { readonly kind: "constant"; readonly bytes: Buffer | null; readonly entity: Entity | "column" }
  /** Each cell is looked at. */
  | { readonly kind: "each"; readonly mask: MaskCell }
  /** The text of a number: those that are short are not looked at. */
  | { readonly kind: "number"; readonly mask: MaskCell; readonly place: Place }
  /** Text: most is short, and seen at a glance to hold nothing. */
  | {
      readonly kind: "text";
      readonly mask: MaskCell;
      readonly mayHold: Glance;
      readonly place: Place;
    };

/** In place of a cell that holds a part of what its neighbour goes on with. */
export type Place = (entity: Entity, value: string) => Buffer | null;

export const copied: ColumnMask = { kind: "copy" };

/** All of a column: by one text for all, or by one for each value. */
export function wholeColumn(kind: CellKind, entity: Entity | "column", masker: Whole): ColumnMask {
  if (masker.kind === "same") return { kind: "constant", bytes: placed(masker.text, kind), entity };
  if (placed("", kind) === null) return { kind: "constant", bytes: null, entity };
  const mask = (cell: Buffer): MaskedCell => {
    const text = kind.format === 0 ? cell.toString("utf8") : (textOfBinary(kind.type, cell) ?? "");
    return { bytes: placed(masker.replace(text), kind), entity };
  };
  return { kind: "each", mask };
}

export type Whole =
  | { readonly kind: "same"; readonly text: string }
  | { readonly kind: "each"; readonly replace: (value: string) => string };

/** Free text, numbers and whatever holds them: what recognizers find. */
export function scannedColumn(
  kind: CellKind,
  recognizers: Recognizing,
  { name, lead }: { readonly name: string; readonly lead: string },
): ColumnMask {
  const { family } = kind.type;
  if (family === "plain") return copied;
  // Nobody can look into it: it is announced as NULL, like a column that is masked.
  if (family === "opaque" && kind.format === 1) {
    return { kind: "constant", bytes: null, entity: "unscanned" };
  }
  const mask = maskFound(kind, recognizers, name, lead);
  const place = placeIn(kind, recognizers.replace);
  if (family === "number" && kind.format === 0) return { kind: "number", mask, place };
  if (seenByBytes.has(family)) {
    const mayHold = recognizers.finder.glanceBehind(Buffer.from(lead, "utf8"));
    return { kind: "text", mask, mayHold, place };
  }
  return { kind: "each", mask };
}

const seenByBytes: ReadonlySet<string> = new Set(["text", "xml", "opaque"]);

function placeIn(kind: CellKind, replace: Replace): Place {
  return (entity, value) => placed(replace(entity, value), kind);
}
