/**
 * Values that were replaced somewhere in an answer, wherever else in it they stand: what the key tells in one place (`"phone": "555-0100"`), a
 * sentence beside it does not.
 */
import type { Entity } from "#/core/entity.ts";

export interface TracedValues {
  readonly add: (entity: Entity, value: string, replacement: string) => void;
  readonly size: () => number;
  /** The text without them; null where it has none. */
  readonly replaceIn: (text: string) => string | null;
  /** What it is as a whole. */
  readonly entityOf: (text: string) => Entity | null;
}

/** A shorter value stands in too many words. */
const tracedCharsLeast = 4;
/** A longer one is looked for as a whole text alone, which its key or its own form tells again. */
const tracedCharsMax = 1024;
/** Values of one answer. More are not looked for elsewhere. */
const tracedValuesMax = 20_000;

interface Traced {
  readonly value: string;
  readonly replacement: string;
}

export function createTracedValues(): TracedValues {
  const known = new Map<string, Entity>();
  /** By the first characters, the longest first. */
  const byStart = new Map<number, Traced[]>();

  return {
    size: () => known.size,
    add(entity, value, replacement) {
      if (entity === "unscanned") return;
      for (const each of new Set([value, encodeURIComponent(value.toWellFormed())])) {
        const { length } = each;
        if (length < tracedCharsLeast || length > tracedCharsMax || known.has(each)) continue;
        if (known.size >= tracedValuesMax || each === replacement) continue;
        known.set(each, entity);
        const start = startAt(each, 0);
        const alike = byStart.get(start) ?? [];
        const at = alike.findIndex(({ value: other }) => other.length < length);
        alike.splice(at < 0 ? alike.length : at, 0, { value: each, replacement });
        byStart.set(start, alike);
      }
    },
    replaceIn(text) {
      if (known.size === 0) return null;
      let replaced = "";
      let copied = 0;
      for (let at = 0; at + tracedCharsLeast <= text.length; at += 1) {
        const alike = byStart.get(startAt(text, at));
        const found = alike?.find(
          ({ value }) => text.startsWith(value, at) && standsAlone(text, at, value),
        );
        if (found === undefined) continue;
        replaced += text.slice(copied, at) + found.replacement;
        copied = at + found.value.length;
        at = copied - 1;
      }
      return copied === 0 ? null : replaced + text.slice(copied);
    },
    entityOf: (text) => known.get(text) ?? null,
  };
}

function startAt(text: string, at: number): number {
  let start = 0;
  for (let each = at; each < at + tracedCharsLeast; each += 1) {
    start = (Math.imul(start, 0x1_00_01) + text.charCodeAt(each)) | 0;
  }
  return start;
}

/** No part of a longer word or number. */
function standsAlone(text: string, at: number, value: string): boolean {
  const before = at === 0 || !joins(text, at - 1, at);
  const end = at + value.length;
  return before && (end === text.length || !joins(text, end - 1, end));
}

function joins(text: string, left: number, right: number): boolean {
  return isWord(text.charAt(left)) && isWord(text.charAt(right));
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character);
}
