/**
 * What becomes of each column of a result, by its identity and by what is known of its origin.
 *
 * Guarantees that a column whose origin is not proven never passes where columns are masked. What its name says counts after what its own
 * table calls it, which the query can't change.
 */
import type { Entity } from "#/core/entity.ts";
import type { Mask, Masker } from "#/core/obligation.ts";
import type { Finder } from "#/masking/finder.ts";
import { leadOf } from "#/masking/mask-text.ts";
import { type MaskedCounts, type Recognizing, recognizingOf } from "#/masking/recognizing.ts";
import type { Replacements } from "#/masking/replacement/replacements.ts";
import { entityOfName } from "#/masking/values/column-names.ts";
import { classOf } from "#/masking/values/value-class.ts";
import type { Origin } from "#/proxies/postgres/masked/origin/origin.ts";
import type { CellKind, TypeOf } from "#/proxies/postgres/masked/values/cell-mask.ts";
import {
  type ColumnMask,
  copied,
  scannedColumn,
  wholeColumn,
} from "#/proxies/postgres/masked/values/column-mask.ts";
import { hiddenText, wholeOf } from "#/proxies/postgres/masked/values/whole-column.ts";
import type { ColumnDescription } from "#/proxies/postgres/wire/backend-messages.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { RowPlan } from "./row-masker.ts";

export type OriginOf = (column: ColumnDescription, index: number) => Origin;

export interface Planning {
  readonly finder: Finder;
  readonly replacements: Replacements;
  readonly masks: readonly Mask[];
  readonly typeOf: TypeOf;
  readonly counts: MaskedCounts;
  readonly cache: PlanCache;
}

export function planColumns(
  columns: readonly ColumnDescription[],
  originOf: OriginOf,
  planning: Planning,
): RowPlan {
  const { masks, typeOf, counts, cache } = planning;
  const recognizers = recognizersOf(planning);
  const described = columns.map((column, index) => ({
    column,
    origin: originOf(column, index),
    type: typeOf(column.typeOid),
  }));
  const planned = cache.columns(masks, described, () =>
    described.map(({ column, origin }) => planColumn(column, origin, recognizers, planning)),
  );
  return { columns: planned, recognizers, counts };
}

/** Null where the masks name no kind of value. */
export function recognizersOf({
  finder,
  replacements,
  masks,
  cache,
}: Pick<Planning, "finder" | "replacements" | "masks" | "cache">): Recognizing | null {
  return cache.recognizers(masks, () => recognizingOf(finder, replacements, masks));
}

function planColumn(
  { name, typeOid, format }: ColumnDescription,
  origin: Origin,
  recognizers: Recognizing | null,
  { finder, replacements, masks, typeOf }: Planning,
): ColumnMask {
  const kind: CellKind = { type: typeOf(typeOid), format, typeOf };
  if (origin.kind === "hidden")
    return wholeColumn(kind, "column", { kind: "same", text: hiddenText });
  const { from } = origin;
  if (origin.kind === "masked") {
    // As the rule names it: what a query or a view calls it says nothing.
    const entity = from === null ? null : entityOfName(from.column, from.table);
    return wholeColumn(kind, "column", wholeOf(replacements, origin.masker, entity));
  }
  if (recognizers === null) return copied;
  const said = origin.kind === "definition" ? null : name;
  const description = {
    name: said,
    column: from?.column ?? null,
    table: from?.table ?? null,
    type: kind.type.name,
  };
  const told = classOf(finder, description);
  if (told.kind === "entity" && recognizers.wanted.has(told.entity)) {
    return wholeColumn(
      kind,
      told.entity,
      wholeOf(replacements, maskerOf(masks, told.entity), told.entity),
    );
  }
  const label = from?.column ?? said ?? "";
  const lead = leadOf(label);
  return scannedColumn(kind, recognizers, {
    name: label,
    lead: finder.saysNothing(lead) ? "" : lead,
  });
}

export function maskerOf(masks: readonly Mask[], entity: Entity): Masker {
  const mask = masks.find(({ target }) => target.kind === "entity" && target.entity === entity);
  return mask?.masker ?? "redact";
}
