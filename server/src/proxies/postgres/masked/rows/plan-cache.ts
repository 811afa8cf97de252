/** Plans of a session that are used again: the same statement comes again and again, and its plan takes longer than its row. */
import type { Mask } from "#/core/obligation.ts";
import type { Recognizing } from "#/masking/recognizing.ts";
import type { Origin } from "#/proxies/postgres/masked/origin/origin.ts";
import type { ColumnMask } from "#/proxies/postgres/masked/values/column-mask.ts";
import type { ValueType } from "#/proxies/postgres/masked/values/value-types.ts";
import type { ColumnDescription } from "#/proxies/postgres/wire/backend-messages.ts";

/** Of one set of masks. With one more all are made anew. */
const plansKeptMax = 200;

export interface PlanCache {
  recognizers(masks: readonly Mask[], make: () => Recognizing | null): Recognizing | null;
  columns(
    masks: readonly Mask[],
    described: readonly DescribedColumn[],
    make: () => readonly ColumnMask[],
  ): readonly ColumnMask[];
}

export interface DescribedColumn {
  readonly column: ColumnDescription;
  readonly origin: Origin;
  readonly type: ValueType;
}

export function createPlanCache(): PlanCache {
  const recognizing = new WeakMap<readonly Mask[], Recognizing | null>();
  const plans = new WeakMap<readonly Mask[], Map<string, readonly ColumnMask[]>>();
  return {
    recognizers(masks, make) {
      const known = recognizing.get(masks);
      if (known !== undefined) return known;
      const made = make();
      recognizing.set(masks, made);
      return made;
    },
    columns(masks, described, make) {
      const key = described.map(keyOf).join("\n");
      const known = plans.get(masks) ?? new Map<string, readonly ColumnMask[]>();
      plans.set(masks, known);
      const before = known.get(key);
      if (before !== undefined) return before;
      if (known.size >= plansKeptMax) known.clear();
      const made = make();
      known.set(key, made);
      return made;
    },
  };
}

/** Everything on which the plan of a column depends; a name may hold anything but NUL. */
function keyOf({ column: { name, typeOid, format }, origin, type }: DescribedColumn): string {
  const from =
    origin.kind === "hidden" || origin.from === null
      ? ""
      : `${origin.from.table}\0${origin.from.column}`;
  const masker = origin.kind === "masked" ? origin.masker : "";
  return [
    name,
    typeOid,
    format,
    type.family,
    type.name,
    type.element,
    origin.kind,
    masker,
    from,
  ].join("\0");
}
