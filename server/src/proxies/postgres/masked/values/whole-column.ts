/** What stands in place of all that a column holds. */
import type { Entity } from "#/core/entity.ts";
import type { Masker } from "#/core/obligation.ts";
import { redact } from "#/masking/replacement/replace.ts";
import type { Replacements } from "#/masking/replacement/replacements.ts";
import type { Whole } from "./column-mask.ts";

/** All of a column, by its masker. `entity` is what its name says that it holds. */
export function wholeOf(replacements: Replacements, masker: Masker, entity: Entity | null): Whole {
  if (entity === null) return wholeUnnamed(replacements, masker);
  if (masker === "redact") return { kind: "same", text: redact(entity, "") };
  return { kind: "each", replace: (value) => replacements[masker](entity, value) };
}

/** A pseudonym keeps the label under which it is led back. */
function wholeUnnamed(replacements: Replacements, masker: Masker): Whole {
  if (masker === "redact") return { kind: "same", text: hiddenText };
  const replace = replacements[masker];
  if (masker === "tokenise") return { kind: "each", replace: (value) => replace(unnamed, value) };
  const label = redact(unnamed, "").slice(0, -1);
  return { kind: "each", replace: (value) => replace(unnamed, value).replace(label, "<MASKED") };
}

const unnamed: Entity = "user_pattern";

/** In place of what may hold a masked column. */
export const hiddenText = "<MASKED>";
