/** What policies mask in what is returned, in words. */
import { entityText } from "./entity-text.ts";
import type { Reason, ResultMask } from "./wire.ts";

/** Empty where nothing is. */
export function masksText(masks: readonly ResultMask[], reasons: readonly Reason[]): string {
  if (masks.length === 0) return "";
  const texts = masks.map(({ target, masker }) => `${targetWords(target)}${maskerWords[masker]}`);
  const last = texts.at(-1) ?? "";
  const all = texts.length === 1 ? last : `${texts.slice(0, -1).join(", ")} and ${last}`;
  const [rule, ...others] = reasons;
  const by = rule === undefined || others.length > 0 ? "its rules" : rule.policy;
  return `${all.slice(0, 1).toUpperCase()}${all.slice(1)} ${texts.length === 1 ? "is" : "are"} masked by ${by}`;
}

/** No kind of value has a dot in its name, and every column has. */
function targetWords(target: string): string {
  return target.includes(".") ? `all of ${target}` : `every ${entityText(target)}`;
}

const maskerWords = {
  redact: "",
  hash: " (to a keyed hash)",
  tokenise: " (to a pseudonym)",
  partial: " (all but its last four characters)",
} as const satisfies Readonly<Record<ResultMask["masker"], string>>;
