/**
 * One cell of a column: what stands in its place, in the type and format of the column.
 *
 * Guarantees that what can't be read is not passed: where recognizers are wanted, a value whose form is not known becomes NULL, and so does
 * what was found in a type that can hold nothing else. Must not know where rows come from.
 */
import type { Entity } from "#/core/entity.ts";
import { maskBytes } from "#/masking/mask-bytes.ts";
import {
  maskedCellBytesMax,
  maskedJson,
  maskedText,
  type Recognizing,
} from "#/masking/recognizing.ts";
import { redact } from "#/masking/replacement/replace.ts";
import { entityOfNumber } from "#/masking/values/value-class.ts";
import type { Format } from "#/proxies/postgres/wire/codec.ts";
import {
  binaryArrayOf,
  literalOf,
  readBinaryArray,
  readBinaryValue,
  replaceInLiteral,
  writeBinaryArray,
} from "./array-values.ts";
import { jsonbVersion, textOfBinary, textOfByteaLiteral } from "./value-text.ts";
import type { ValueFamily, ValueType } from "./value-types.ts";

/** Undefined: the cell stays as it is. */
export type MaskedCell =
  | { readonly bytes: Buffer | null; readonly entity: Entity | "column" }
  | undefined;

export type MaskCell = (cell: Buffer) => MaskedCell;

/** Looks a type up by its number. */
export type TypeOf = (oid: number) => ValueType;

export interface CellKind {
  readonly type: ValueType;
  readonly format: Format;
  readonly typeOf: TypeOf;
}

/** A text in place of the whole value; null where the type can hold none. */
export function placed(text: string, { type, format, typeOf }: CellKind): Buffer | null {
  switch (type.family) {
    case "text":
      return Buffer.from(text, "utf8");
    case "xml":
      return Buffer.from(escapedXml(text), "utf8");
    case "json":
      return Buffer.from(JSON.stringify(text), "utf8");
    case "jsonb": {
      const json = JSON.stringify(text);
      return format === 0 ? Buffer.from(json) : withVersion(json);
    }
    case "array": {
      if (typeOf(type.element).family !== "text") return null;
      const element = Buffer.from(text, "utf8");
      return format === 0
        ? Buffer.from(literalOf(text), "utf8")
        : binaryArrayOf(type.element, element);
    }
    default:
      return null;
  }
}

/** What recognizers find in a cell of this kind, which is called so. */
export function maskFound(
  kind: CellKind,
  recognizers: Recognizing,
  name: string,
  lead: string,
): MaskCell {
  const mask = kind.format === 0 ? maskText : maskBinary;
  const deep: Deep = { kind, recognizers, name, lead };
  const isText = kind.type.family === "text";
  const { finder, replace } = recognizers;
  const leadBytes = Buffer.from(lead, "utf8");
  return (cell) => {
    if (cell.length > maskedCellBytesMax) {
      return { bytes: placed(redact("unscanned", ""), kind), entity: "unscanned" };
    }
    return isText ? maskBytes(finder, replace, leadBytes, cell) : mask(cell, deep);
  };
}

interface Deep {
  readonly kind: CellKind;
  readonly recognizers: Recognizing;
  readonly name: string;
  readonly lead: string;
}

const unreadable: MaskedCell = { bytes: null, entity: "unscanned" };

function maskText(cell: Buffer, deep: Deep): MaskedCell {
  const { type, typeOf } = deep.kind;
  const text = cell.toString("utf8");
  switch (type.family) {
    case "array":
      return maskLiteral(text, typeOf(type.element), deep);
    case "bytes": {
      const held = textOfByteaLiteral(text);
      return held === null ? unreadable : nothingOf(found("text", held, deep));
    }
    default:
      return kept(found(type.family, text, deep), deep.kind);
  }
}

function maskBinary(cell: Buffer, deep: Deep): MaskedCell {
  const { type } = deep.kind;
  switch (type.family) {
    case "plain":
      return undefined;
    case "array":
      return maskBinaryArray(cell, deep);
    case "record":
      return maskBinaryRecord(cell, deep);
    case "address":
      return nothingOf(found("address", "", deep));
    default: {
      const text = textOfBinary(type, cell);
      if (text === null) return unreadable;
      return kept(found(type.family, text, deep), deep.kind);
    }
  }
}

type Found = { readonly text: string; readonly entity: Entity } | null;

/** The text of a value, with what was found in it replaced. */
function found(family: ValueFamily, text: string, { recognizers, name, lead }: Deep): Found {
  switch (family) {
    case "plain":
      return null;
    case "address":
      return recognizers.wanted.has("ip_address") || recognizers.wanted.has("mac_address")
        ? { text: "", entity: "ip_address" }
        : null;
    case "json":
    case "jsonb":
      return maskedJson(recognizers, name, text);
    case "number":
      return maskedNumber(recognizers, lead, text);
    default:
      return maskedText(recognizers, lead, text);
  }
}

function maskedNumber({ finder }: Recognizing, lead: string, text: string): Found {
  const entity = entityOfNumber(finder, lead, text);
  return entity === null ? null : { text: "", entity };
}

/** In its place where the type can hold another text. */
function kept(masked: Found, kind: CellKind): MaskedCell {
  if (masked === null) return undefined;
  const { text, entity } = masked;
  switch (kind.type.family) {
    case "text":
    case "json":
      return { bytes: Buffer.from(text, "utf8"), entity };
    case "jsonb":
      return { bytes: kind.format === 0 ? Buffer.from(text, "utf8") : withVersion(text), entity };
    case "xml":
      return {
        bytes: Buffer.from(
          text.replaceAll(/<([A-Z][A-Z_0-9]*(?::[0-9a-f]{16})?)>/g, "&lt;$1&gt;"),
          "utf8",
        ),
        entity,
      };
    default:
      return { bytes: null, entity };
  }
}

function nothingOf(masked: Found): MaskedCell {
  return masked === null ? undefined : { bytes: null, entity: masked.entity };
}

function maskLiteral(literal: string, element: ValueType, deep: Deep): MaskedCell {
  let first: Entity | null = null;
  const replaced = replaceInLiteral(literal, (text) => {
    const masked =
      element.family === "bytes"
        ? found("text", textOfByteaLiteral(text) ?? text, deep)
        : found(element.family, text, deep);
    if (masked === null) return undefined;
    first ??= masked.entity;
    return holdsText(element) ? masked.text : null;
  });
  if (replaced === undefined) return undefined;
  const bytes = replaced === null ? null : Buffer.from(replaced, "utf8");
  return { bytes, entity: first ?? "unscanned" };
}

function holdsText({ family }: ValueType): boolean {
  return family === "text" || family === "json" || family === "jsonb";
}

function maskBinaryArray(cell: Buffer, deep: Deep): MaskedCell {
  const array = readBinaryArray(cell);
  if (array === null) return unreadable;
  const { typeOf } = deep.kind;
  const kind: CellKind = { type: typeOf(array.element), format: 1, typeOf };
  let first: Entity | "column" | null = null;
  const elements = array.elements.map((element) => {
    const masked = element === null ? undefined : maskBinary(element, { ...deep, kind });
    if (masked === undefined) return element;
    first ??= masked.entity;
    return masked.bytes;
  });
  if (first === null) return undefined;
  const isLost = elements.some((element, at) => element === null && array.elements[at] !== null);
  return { bytes: isLost ? null : writeBinaryArray({ ...array, elements }), entity: first };
}

/** A row of values, each behind the number of its type. */
function maskBinaryRecord(cell: Buffer, deep: Deep): MaskedCell {
  if (cell.length < 4) return unreadable;
  const { typeOf } = deep.kind;
  for (let at = 4; at < cell.length; ) {
    if (at + 4 > cell.length) return unreadable;
    const kind: CellKind = { type: typeOf(cell.readUInt32BE(at)), format: 1, typeOf };
    const field = readBinaryValue(cell, at + 4);
    if (field === null) return unreadable;
    const masked = field.value === null ? undefined : maskBinary(field.value, { ...deep, kind });
    if (masked !== undefined) return { bytes: null, entity: masked.entity };
    at = field.end;
  }
  return undefined;
}

function withVersion(json: string): Buffer {
  return Buffer.concat([Buffer.from([jsonbVersion]), Buffer.from(json, "utf8")]);
}

function escapedXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
