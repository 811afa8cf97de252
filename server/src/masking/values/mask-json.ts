/**
 * JSON with what is sensitive replaced, by key and by value. It stays JSON, of the same shape and types: a string is replaced in its string, a
 * number by 0. Everything else is passed on as it was written, byte for byte, whatever the depth.
 */

import type { Entity } from "#/core/entity.ts";
import type { Finder } from "#/masking/finder.ts";
import { leadOf, type Masked, maskNamed, maskText } from "#/masking/mask-text.ts";
import type { Replace } from "#/masking/replacement/replace.ts";
import { entityOfName } from "./column-names.ts";
import { entityOfNumber, moreExact } from "./value-class.ts";

/** JSON within a string of JSON is looked into so many times. */
const nestedJsonMax = 2;
/** A key is looked at as a name up to this length, and as text beyond. */
const keyCharsMax = 128;
/** Of the keys that lead to a value the last so many are told. */
const keysShownMax = 6;

interface Place {
  readonly isObject: boolean;
  /** The key that is being given a value; in a list, the key that the list has. */
  key: string;
  /** The key as it may be told: it can be a secret itself. */
  shownKey: string;
  expectsKey: boolean;
}

/** Told of each thing that is replaced, with the keys that lead to it. */
export type OnReplaced = (entity: Entity, keys: string) => void;

/** Null if it is no JSON. */
export function maskJson(
  finder: Finder,
  replace: Replace,
  text: string,
  {
    name = "",
    level = 0,
    onReplaced,
  }: {
    readonly name?: string;
    readonly level?: number;
    readonly onReplaced?: OnReplaced | undefined;
  } = {},
): Masked | null {
  if (!isJson(text)) return null;
  const entities: Entity[] = [];
  const places: Place[] = [];
  let key = name;
  let output = "";
  let copied = 0;
  const put = (from: number, to: number, replacement: string, found: readonly Entity[]) => {
    output += text.slice(copied, from) + replacement;
    copied = to;
    entities.push(...found);
    for (const entity of found) onReplaced?.(entity, keysOf(places, name));
  };
  for (let at = 0; at < text.length; ) {
    const place = places.at(-1);
    const character = text[at] ?? "";
    if (character === "{" || character === "[") {
      places.push({
        isObject: character === "{",
        key,
        shownKey: "",
        expectsKey: character === "{",
      });
      at += 1;
    } else if (character === "}" || character === "]") {
      places.pop();
      key = places.at(-1)?.key ?? name;
      at += 1;
    } else if (character === ",") {
      if (place?.isObject === true) place.expectsKey = true;
      at += 1;
    } else if (character === '"') {
      const end = stringEnd(text, at);
      const value = stringAt(text, at, end);
      if (place?.expectsKey === true) {
        key = value.slice(0, keyCharsMax);
        place.key = key;
        place.expectsKey = false;
        const masked = maskText(finder, replace, value);
        place.shownKey = masked.text.slice(0, keyCharsMax);
        if (masked.entities.length > 0) put(at, end, JSON.stringify(masked.text), masked.entities);
      } else {
        const masked = maskString(finder, replace, value, key, level);
        if (masked.entities.length > 0) put(at, end, JSON.stringify(masked.text), masked.entities);
      }
      at = end;
    } else if (character === "-" || (character >= "0" && character <= "9")) {
      const end = numberEnd(text, at);
      const number = text.slice(at, end);
      const entity =
        entityOfNamed(finder, number, key) ?? entityOfNumber(finder, leadOf(key), number);
      if (entity !== null) put(at, end, "0", [entity]);
      at = end;
    } else {
      at += 1;
    }
  }
  return { text: output + text.slice(copied), entities };
}

/** `customer.email`; places of lists have no key of their own. */
function keysOf(places: readonly Place[], name: string): string {
  const keys = places.filter(({ isObject }) => isObject).map(({ shownKey }) => shownKey);
  return keys.length === 0 ? name : keys.slice(-keysShownMax).join(".");
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function maskString(
  finder: Finder,
  replace: Replace,
  value: string,
  key: string,
  level: number,
): Masked {
  const named = value === "" ? null : entityOfNamed(finder, value, key);
  if (named !== null) return { text: replace(named, value), entities: [named] };
  if (level < nestedJsonMax && /^\s*[[{]/.test(value)) {
    const nested = maskJson(finder, replace, value, { name: key, level: level + 1 });
    if (nested !== null) return nested;
  }
  return maskNamed(finder, replace, key, value);
}

/** Null where the key tells nothing, and where it tells what this finder does not look for: such a value is one like any other. */
function entityOfNamed(finder: Finder, value: string, key: string): Entity | null {
  const named = entityOfName(key);
  if (named === null) return null;
  const exact = moreExact(finder, named, value);
  return finder.looksFor(exact) ? exact : null;
}

function stringEnd(text: string, at: number): number {
  for (let end = at + 1; ; end += 1) {
    if (text[end] === "\\") end += 1;
    else if (text[end] === '"' || end >= text.length) return end + 1;
  }
}

function stringAt(text: string, from: number, to: number): string {
  const inner = text.slice(from + 1, to - 1);
  return inner.includes("\\") ? (JSON.parse(text.slice(from, to)) as string) : inner;
}

function numberEnd(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && /[0-9.eE+-]/.test(text[end] ?? "")) end += 1;
  return end;
}
