/**
 * Values of a result, a key or a parameter, by their class.
 *
 * Only free text is scanned. What is told by its name is replaced whole, whatever it looks like.
 */
import type { Entity } from "#/core/entity.ts";
import type { Finder } from "#/masking/finder.ts";
import { type Masked, maskBehind, maskNamed } from "#/masking/mask-text.ts";
import { type Replace, redact } from "#/masking/replacement/replace.ts";
import { maskJson } from "./mask-json.ts";
import { entityOfNumber, moreExact, type ValueClass } from "./value-class.ts";

const untouched: readonly Entity[] = [];

/** The value as people may see it, and what was replaced in it. */
export function maskValue(finder: Finder, replace: Replace, is: ValueClass, value: string): Masked {
  switch (is.kind) {
    case "plain":
      return { text: value, entities: untouched };
    case "entity": {
      if (value === "") return { text: value, entities: untouched };
      const entity = moreExact(finder, is.entity, value);
      return { text: replace(entity, value), entities: [entity] };
    }
    case "opaque":
      return {
        text: is.isBytes
          ? `<BYTES ${Math.max(0, (value.length - 2) >> 1)}>`
          : redact("unscanned", value),
        entities: ["unscanned"],
      };
    case "number": {
      const entity = entityOfNumber(finder, is.lead, value);
      return entity === null
        ? { text: value, entities: untouched }
        : { text: replace(entity, value), entities: [entity] };
    }
    case "json":
      return (
        maskJson(finder, replace, value, { name: is.name }) ??
        maskNamed(finder, replace, is.name, value)
      );
    case "text":
      return maskBehind(finder, replace, is.lead, value);
    default:
      return is satisfies never;
  }
}
