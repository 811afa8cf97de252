/**
 * What a decision wants found in texts, and what then stands in its place.
 *
 * Guarantees that what the finder could not look at counts as found. It keeps the count of what was replaced.
 */
import type { Entity } from "#/core/entity.ts";
import type { Mask } from "#/core/obligation.ts";
import type { Finder } from "./finder.ts";
import { maskBehind } from "./mask-text.ts";
import { type Replace, redact } from "./replacement/replace.ts";
import type { Replacements } from "./replacement/replacements.ts";
import { maskJson } from "./values/mask-json.ts";

/** Cells that were replaced, in part or whole, by what was in them; `column` where a rule names the column. */
export type MaskedCounts = Map<Entity | "column", number>;

export interface Recognizing {
  readonly finder: Finder;
  readonly wanted: ReadonlyMap<Entity, Replace>;
  readonly replace: Replace;
}

/** A longer cell is replaced whole: what it holds is not looked at. */
export const maskedCellBytesMax = 1024 * 1024;

/** Null where the masks name no kind of value. */
export function recognizingOf(
  finder: Finder,
  replacements: Replacements,
  masks: readonly Mask[],
): Recognizing | null {
  const wanted = new Map<Entity, Replace>();
  for (const { target, masker } of masks) {
    if (target.kind === "entity") wanted.set(target.entity, replacements[masker]);
  }
  return wanted.size === 0 ? null : recognizing(finder, wanted);
}

function recognizing(all: Finder, wanted: ReadonlyMap<Entity, Replace>): Recognizing {
  const finder = all.only(new Set(wanted.keys()));
  // Besides what is wanted it is told what could not be looked at.
  const replace: Replace = (entity, value) => (wanted.get(entity) ?? redact)(entity, value);
  return { finder, wanted, replace };
}

/** The text with what was found in it replaced; null where nothing was. */
export function maskedText(
  { finder, replace }: Recognizing,
  lead: string,
  text: string,
): { readonly text: string; readonly entity: Entity } | null {
  const masked = maskBehind(finder, replace, lead, text);
  const [entity] = masked.entities;
  return entity === undefined ? null : { text: masked.text, entity };
}

/** The same of JSON, by its keys as well. What is no JSON is replaced whole. */
export function maskedJson(
  recognizers: Recognizing,
  name: string,
  text: string,
): { readonly text: string; readonly entity: Entity } | null {
  const { finder, replace } = recognizers;
  const masked = maskJson(finder, replace, text, { name });
  if (masked === null)
    return { text: JSON.stringify(redact("unscanned", text)), entity: "unscanned" };
  const [entity] = masked.entities;
  return entity === undefined ? null : { text: masked.text, entity };
}
