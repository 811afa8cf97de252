/** A field of COPY data, of which nobody says the type: numbers and bytes are looked at as where the type is known, also as elements of an array. */
import type { Entity } from "#/core/entity.ts";
import { maskedText, type Recognizing } from "#/masking/recognizing.ts";
import { entityOfNumber } from "#/masking/values/value-class.ts";
import { replaceInLiteral } from "#/proxies/postgres/masked/values/array-values.ts";
import { textOfByteaLiteral } from "#/proxies/postgres/masked/values/value-text.ts";

type Masked = { readonly text: string; readonly entity: Entity };

/** Null where nothing was found. */
export function maskedUntyped(
  recognizers: Recognizing,
  lead: string,
  value: string,
): Masked | null {
  const alone = asNumberOrBytes(recognizers, lead, value);
  if (alone !== null) return alone;
  if (!value.startsWith("{") && !value.startsWith("[")) return maskedText(recognizers, lead, value);
  const found: Entity[] = [];
  const replaced = replaceInLiteral(value, (element) => {
    const masked = asNumberOrBytes(recognizers, lead, element);
    if (masked !== null) found.push(masked.entity);
    return masked?.text;
  });
  const [first] = found;
  // An array that breaks off behind what was found: nothing of it can stay.
  if (first !== undefined && typeof replaced !== "string") {
    return { text: recognizers.replace(first, value), entity: first };
  }
  const rest = maskedText(recognizers, lead, replaced ?? value);
  if (rest !== null || first === undefined) return rest;
  return { text: replaced ?? value, entity: first };
}

function asNumberOrBytes(recognizers: Recognizing, lead: string, value: string): Masked | null {
  const entity = bytesForm.test(value)
    ? maskedText(recognizers, lead, textOfByteaLiteral(value) ?? "")?.entity
    : numberForm.test(value) && entityOfNumber(recognizers.finder, lead, value);
  return entity ? { text: recognizers.replace(entity, value), entity } : null;
}

const bytesForm = /^\\x(?:[\da-f]{2})+$/;
/** As the server writes them: money with its signs, floating-point numbers with an exponent. */
const numberForm = /^-?[^\d\w\s]?[\d.,]+(?:e[-+]?\d+)?$/;
