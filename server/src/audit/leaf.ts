/**
 * A leaf: the canonical JSON (RFC 8785) of one record, as it stands in the tree for ever.
 *
 * Guarantees that a record has one spelling only, so that a reader who got the bytes proven needs no other
 * source for what they say. The payload is not here, only what commits to it.
 */
import assert from "node:assert/strict";
import { canonicalize } from "#/core/canonical.ts";
import type { Json } from "#/core/json.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { PayloadReference } from "./payload-format.ts";

export interface Leaf {
  readonly v: 1;
  /** `noun.past`; a later version may know more of them than this one does. */
  readonly type: string;
  /** ISO-8601, UTC, milliseconds. */
  readonly at: string;
  readonly action: string | null;
  readonly review: string | null;
  readonly body: Readonly<Record<string, Json>>;
  readonly payload: PayloadReference | null;
}

/** Bodies hold digests, ids and short words; what does not fit belongs into the payload. */
export const leafBytesMax = 4096;

/** The leaf's text in front of the reference to its payload, and behind it. */
export interface LeafText {
  readonly head: string;
  readonly tail: string;
}

/** Throws for what has no canonical form, and for a leaf that would be too long. */
export function spellLeaf(
  { type, action, review, body, payload }: RecordDraft,
  at: string,
): LeafText {
  // The frame by hand, its members in canonical order: this runs for every record.
  const head = `{"action":${canonicalize(action)},"at":"${at}","body":${canonicalize(body)},"payload":`;
  const tail = `,"review":${canonicalize(review)},"type":"${type}","v":1}`;
  const referenceChars = payload === null ? noReference.length : formattedChars;
  // Most are so short that nothing has to be counted.
  if ((head.length + tail.length) * bytesPerUnit + referenceChars <= leafBytesMax) {
    return { head, tail };
  }
  const bytes = Buffer.byteLength(head) + referenceChars + Buffer.byteLength(tail);
  assert(
    bytes <= leafBytesMax,
    `a leaf of type ${type} has ${bytes} bytes; at most ${leafBytesMax} are allowed`,
  );
  return { head, tail };
}

/** Of a UTF-16 code unit. */
const bytesPerUnit = 3;

/** The leaf of which these are the bytes in front of the reference, and behind it. */
export function joinLeaf(
  head: Uint8Array,
  tail: Uint8Array,
  payload: PayloadReference | null,
): Uint8Array {
  const reference = formatReference(payload);
  const leaf = Buffer.allocUnsafe(head.length + reference.length + tail.length);
  leaf.set(head, 0);
  leaf.write(reference, head.length, "latin1");
  leaf.set(tail, head.length + reference.length);
  return leaf;
}

/** Null unless the bytes are what `formatLeaf` could have written. */
export function parseLeaf(bytes: Uint8Array): Leaf | null {
  if (bytes.length > leafBytesMax) return null;
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    return isLeaf(value) && canonicalize({ ...value } as Json) === text ? value : null;
  } catch {
    return null;
  }
}

function formatReference(payload: PayloadReference | null): string {
  if (payload === null) return noReference;
  return `{"commitment":"${payload.commitment}","sealed":"${payload.sealed}"}`;
}

const noReference = "null";
const formattedChars = '{"commitment":"","sealed":""}'.length + 2 * 64;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function isLeaf(value: unknown): value is Leaf {
  return (
    hasFields(value, ["action", "at", "body", "payload", "review", "type", "v"]) &&
    value["v"] === 1 &&
    isText(value["type"], /^[a-z_]+\.[a-z_]+$/) &&
    isTime(value["at"]) &&
    isIdOrNull(value["action"]) &&
    isIdOrNull(value["review"]) &&
    isObject(value["body"]) &&
    (value["payload"] === null || isReference(value["payload"]))
  );
}

function isReference(value: unknown): value is PayloadReference {
  return (
    hasFields(value, ["commitment", "sealed"]) &&
    isText(value["commitment"], /^[0-9a-f]{64}$/) &&
    isText(value["sealed"], /^[0-9a-f]{64}$/)
  );
}

/** These and no others. The order of a canonical text is the sorted one. */
function hasFields(
  value: unknown,
  sorted: readonly string[],
): value is Readonly<Record<string, unknown>> {
  return isObject(value) && Object.keys(value).join() === sorted.join();
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown, form: RegExp): value is string {
  return typeof value === "string" && form.test(value);
}

function isIdOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && new Date(value).toISOString() === value;
}
