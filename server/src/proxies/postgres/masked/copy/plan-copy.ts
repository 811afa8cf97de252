/** What becomes of each column of a COPY. Its values are text: what stands in their place is, too. */

import { leadOf } from "#/masking/mask-text.ts";
import { maskedCellBytesMax, maskedJson, type Recognizing } from "#/masking/recognizing.ts";
import { redact } from "#/masking/replacement/replace.ts";
import { entityOfName } from "#/masking/values/column-names.ts";
import { isJson } from "#/masking/values/mask-json.ts";
import {
  maskerOf,
  type Planning,
  recognizersOf,
} from "#/proxies/postgres/masked/rows/plan-columns.ts";
import type { Whole } from "#/proxies/postgres/masked/values/column-mask.ts";
import { hiddenText, wholeOf } from "#/proxies/postgres/masked/values/whole-column.ts";
import type { CopyPlan, MaskField } from "./copy-masker.ts";
import type { CopySource, CopySourceColumn } from "./copy-source.ts";
import { maskedUntyped } from "./untyped.ts";

/** `count` is how many columns the server says that there are. */
export function planCopy(
  { form, columns }: CopySource,
  count: number,
  hasColumns: boolean,
  planning: Omit<Planning, "typeOf">,
): CopyPlan {
  const { counts } = planning;
  const recognizers = recognizersOf(planning);
  const known = columns?.length === count ? columns : null;
  const fields = Array.from({ length: count }, (_, index): MaskField | null => {
    const column = known?.[index];
    if (column !== undefined) return fieldMask(column, recognizers, planning);
    if (hasColumns) return whole({ kind: "same", text: hiddenText });
    return recognizers === null ? null : scanned(recognizers, "", "");
  });
  return { form, fields, counts };
}

function fieldMask(
  { name, origin }: CopySourceColumn,
  recognizers: Recognizing | null,
  { finder, replacements, masks }: Omit<Planning, "typeOf">,
): MaskField | null {
  if (origin.kind === "hidden") return whole({ kind: "same", text: hiddenText });
  const { from } = origin;
  if (origin.kind === "masked") {
    const entity = from === null ? null : entityOfName(from.column, from.table);
    return whole(wholeOf(replacements, origin.masker, entity));
  }
  if (recognizers === null) return null;
  const said = origin.kind === "definition" ? "" : name;
  const entity = entityOfName(from?.column ?? said, from?.table ?? null) ?? entityOfName(said);
  if (entity !== null && recognizers.wanted.has(entity)) {
    const its = wholeOf(replacements, maskerOf(masks, entity), entity);
    const mask = whole(its);
    return (value) => {
      const masked = value === "" ? null : mask(value);
      return masked === null ? null : { text: masked.text, entity };
    };
  }
  const label = from?.column ?? said;
  const lead = leadOf(label);
  return scanned(recognizers, label, finder.saysNothing(lead) ? "" : lead);
}

function whole(its: Whole): MaskField {
  return (value) => ({
    text: its.kind === "same" ? its.text : its.replace(value),
    entity: "column",
  });
}

function scanned(recognizers: Recognizing, name: string, lead: string): MaskField {
  return (value) => {
    if (value.length > maskedCellBytesMax) {
      return { text: redact("unscanned", ""), entity: "unscanned" };
    }
    const json =
      /^\s*[[{]/.test(value) && isJson(value) ? maskedJson(recognizers, name, value) : null;
    return json ?? maskedUntyped(recognizers, lead, value);
  };
}
