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
import type { PayloadReference } from "./payload.ts";

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

export function formatLeaf(draft: RecordDraft, payload: PayloadReference | null): Uint8Array {
  const { type, at, action, review, body } = draft;
  // The frame by hand, its members in canonical order: this runs for every record of every commit.
  const leaf = Buffer.from(
    `{"action":${canonicalize(action)},"at":"${new Date(at).toISOString()}",` +
      `"body":${canonicalize(body)},"payload":${formatReference(payload)},` +
      `"review":${canonicalize(review)},"type":"${type}","v":1}`,
  );
  assert(
    leaf.length <= leafBytesMax,
    `a leaf of type ${type} has ${leaf.length} bytes; at most ${leafBytesMax} are allowed`,
  );
  return leaf;
}

/**
 * Whether `formatLeaf` and the payload's sealing are sure to take the draft of which this is the JSON. Of few
 * that they would take it says no.
 */
export function isRecordable(draft: RecordDraft, json: string): boolean {
  // The way in which JSON spells a lone surrogate, which has no canonical form.
  if (json.includes("\\ud") || !(Math.abs(draft.at) <= lastTime)) return false;
  const room = leafBytesMax - leafFrameBytes;
  if (Buffer.byteLength(json) <= room) return true;
  const { action, review, body } = draft;
  // Members come in another order in a leaf; that changes no length.
  return Buffer.byteLength(JSON.stringify([action, review, body])) <= room;
}

/** The last moment that ECMAScript can spell. */
const lastTime = 8.64e15;
/** What a leaf has besides action, review and body. */
const leafFrameBytes = 512;

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
  if (payload === null) return "null";
  return `{"commitment":"${payload.commitment}","sealed":"${payload.sealed}"}`;
}

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
