/**
 * Rows of a result, masked where they pass: bytes in, and bytes instead for the values that must not.
 *
 * It replaces what `maskRow` replaces. No text is made of a value that stays as it is, and most of them are not looked at twice: the
 * column's class tells, or that they are too short to hold anything.
 */

import type { Entity } from "#/core/entity.ts";
import { alphabetsOfByte, letterBit } from "./alphabet.ts";
import { binaryReader, type ReadBinary, textReader } from "./binary-value.ts";
import { isBroad } from "./column-names.ts";
import type { Finder } from "./finder.ts";
import { hasSeam, type RowPlan, splitOver } from "./mask-row.ts";
import { maskValue } from "./mask-value.ts";
import { readingOf } from "./number-text.ts";
import { type Replace, redact } from "./replace.ts";
import type { ValueClass } from "./value-class.ts";

export interface RowMasker {
  /**
   * Looks at one row. Its values lie in `bytes`, each from `starts` to `ends`; a start below zero is null. What comes back is null
   * where the row stays as it is, and else has for each value what stands instead, or null; it is used again for the next row.
   *
   * What stands instead is text, also where the column is none: the column has to be announced as text, or null put there.
   */
  readonly mask: (
    bytes: Buffer,
    starts: ArrayLike<number>,
    ends: ArrayLike<number>,
    count: number,
  ) => readonly (Buffer | null)[] | null;
  /** How often each thing was replaced. */
  readonly replaced: () => ReadonlyMap<Entity, number>;
}

export interface RowMaskerOptions {
  readonly finder: Finder;
  readonly plan: RowPlan;
  readonly replaceIn: (column: number) => Replace;
  /** Whether a column's values come in PostgreSQL's binary format; unless stated they are text. */
  readonly isBinary?: (column: number) => boolean;
}

interface Column {
  readonly is: ValueClass;
  readonly replace: Replace;
  /** What stands instead of every value, where it is the same for all. */
  readonly constant: Buffer | null;
  readonly read: ReadBinary;
  /** Whether its bytes are those of a text. */
  readonly isText: boolean;
  readonly lead: Buffer | undefined;
  /** What a binary document begins with. */
  readonly prefix: Buffer | null;
  /** Whether it and the column before may hold something together. */
  readonly hasSeam: boolean;
}

const unreadable: ValueClass = { kind: "opaque", isBytes: false };
const unread = { text: redact("unscanned", ""), entities: ["unscanned"] } as const;

const unplanned: Column = {
  is: unreadable,
  replace: redact,
  constant: Buffer.from(unread.text),
  read: () => null,
  isText: false,
  lead: undefined,
  prefix: null,
  hasSeam: false,
};

/** Shorter values that are but letters and blanks hold nothing. */
const bytesLeast = 8;

export function createRowMasker(options: RowMaskerOptions): RowMasker {
  const { finder, plan } = options;
  const columns = plan.classes.map((_, index) => columnOf(options, index));
  const counts = new Map<Entity, number>();
  const output: (Buffer | null)[] = [];

  return {
    mask(bytes, starts, ends, count) {
      let isChanged = false;
      output.length = count;
      for (let index = 0; index < count; index += 1) {
        const start = starts[index] ?? -1;
        const instead =
          start < 0 ? null : maskCell(columns[index] ?? unplanned, bytes, start, ends[index] ?? 0);
        output[index] = instead;
        if (instead !== null) isChanged = true;
      }
      for (let index = 1; index < count; index += 1) {
        const start = starts[index] ?? -1;
        const before = starts[index - 1] ?? -1;
        if (columns[index]?.hasSeam !== true || start < 0 || before < 0) continue;
        const one = bytes.subarray(before, ends[index - 1]);
        const other = bytes.subarray(start, ends[index]);
        const entity = splitOver(finder, one, other);
        if (entity === null) continue;
        output[index - 1] = hide(columns[index - 1] ?? unplanned, entity, one);
        output[index] = hide(columns[index] ?? unplanned, entity, other);
        isChanged = true;
      }
      return isChanged ? output : null;
    },
    replaced: () => counts,
  };

  function maskCell(column: Column, bytes: Buffer, start: number, end: number): Buffer | null {
    const { is, constant } = column;
    switch (is.kind) {
      case "plain":
        return null;
      case "entity":
      case "opaque":
        if (start === end && is.kind === "entity") return null;
        if (constant === null) break;
        count(is.kind === "entity" ? is.entity : "unscanned");
        return constant;
      case "number":
        if (column.isText && !mayHold(column, bytes, start, end)) return null;
        break;
      case "text":
        if (end - start < bytesLeast && isLetters(bytes, start, end)) return null;
        if (finder.find(bytes.subarray(start, end), column.lead).length === 0) return null;
        break;
      case "json":
        break;
      default:
        return is satisfies never;
    }
    return maskText(column, bytes, start, end);
  }

  function mayHold({ lead }: Column, bytes: Buffer, start: number, end: number): boolean {
    const reading = readingOf(bytes, start, end);
    if (reading !== "digits") return reading === "else";
    return finder.find(bytes.subarray(start, end), lead).length > 0;
  }

  function maskText(column: Column, bytes: Buffer, start: number, end: number): Buffer | null {
    const { is, replace, read, isText, prefix } = column;
    if (is.kind === "opaque" && is.isBytes && !isText) {
      count("unscanned");
      return Buffer.from(`<BYTES ${end - start}>`);
    }
    const value = read(bytes, start, end);
    const { text, entities } = value === null ? unread : maskValue(finder, replace, is, value);
    if (entities.length === 0) return null;
    for (const entity of entities) count(entity);
    const instead = Buffer.from(text);
    return prefix === null || value === null ? instead : Buffer.concat([prefix, instead]);
  }

  function hide({ replace }: Column, entity: Entity, value: Buffer): Buffer {
    count(entity);
    return Buffer.from(replace(entity, value.toString("utf8")));
  }

  function count(entity: Entity): void {
    counts.set(entity, (counts.get(entity) ?? 0) + 1);
  }
}

function columnOf(options: RowMaskerOptions, index: number): Column {
  const { plan, replaceIn, isBinary } = options;
  const planned = plan.classes[index] ?? unreadable;
  const type = plan.types[index] ?? "";
  const inBinary = isBinary?.(index) === true;
  const read = inBinary ? binaryReader(type) : textReader;
  const needsReading = planned.kind !== "plain" && planned.kind !== "entity";
  const isBytes = planned.kind === "opaque" && planned.isBytes;
  const is = read === null && needsReading && !isBytes ? unreadable : planned;
  const replace = replaceIn(index);
  const isSame = replace === redact && is.kind === "entity" && !isBroad(is.entity);
  const lead = is.kind === "text" || is.kind === "number" ? is.lead : "";
  return {
    is,
    replace,
    constant: isSame ? Buffer.from(redact(is.entity, "")) : null,
    read: read ?? (() => null),
    isText: isText(options, index),
    lead: lead === "" ? undefined : Buffer.from(lead),
    prefix: inBinary && type === "jsonb" ? Buffer.of(1) : null,
    hasSeam:
      hasSeam(plan.classes[index - 1], is) && isText(options, index - 1) && isText(options, index),
  };
}

function isText({ plan, isBinary }: RowMaskerOptions, index: number): boolean {
  return isBinary?.(index) !== true || binaryReader(plan.types[index] ?? "") === textReader;
}

/** Whether there is nothing else in it but blanks. */
export function isLetters(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte < 0x80 && byte !== 0x20 && ((alphabetsOfByte[byte] as number) & letterBit) === 0)
      return false;
  }
  return true;
}
