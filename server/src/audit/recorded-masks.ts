/**
 * What an action's answer is masked by, as its record says it.
 *
 * Guarantees that a leaf has room for any number of masks: a list that is long stands in the payload, and the leaf has its digest.
 */
import { hash } from "node:crypto";
import { canonicalize } from "#/core/canonical.ts";
import type { Json } from "#/core/json.ts";
import { type Mask, type Masker, targetText } from "#/core/obligation.ts";

/** In a leaf. Beside it there is room for all else that one may hold. */
const leafMaskBytesMax = 768;

export interface RecordedMask {
  readonly target: string;
  readonly masker: Masker;
}

/** In a leaf, where the list itself is too long. */
interface MasksDigest {
  readonly count: number;
  /** SHA-256 of the list's canonical form. */
  readonly digest: string;
}

export type LeafMasks = readonly RecordedMask[] | MasksDigest;

interface Spelled {
  readonly leaf: Json;
  /** Undefined where the leaf has them. */
  readonly payload: Json | undefined;
}

/** Decisions of the same rules share their masks. */
const spelledMasks = new WeakMap<readonly Mask[], Spelled>();

export function spellMasks(masks: readonly Mask[]): Spelled {
  const known = spelledMasks.get(masks);
  if (known !== undefined) return known;
  const spelled = spell(masks);
  spelledMasks.set(masks, spelled);
  return spelled;
}

function spell(masks: readonly Mask[]): Spelled {
  const list = masks.map(({ target, masker }) => ({ masker, target: targetText(target) }));
  const text = canonicalize(list);
  if (Buffer.byteLength(text) <= leafMaskBytesMax) return { leaf: list, payload: undefined };
  return {
    leaf: { count: list.length, digest: hash("sha256", text, "hex") },
    payload: list,
  };
}

/** Older records have none. A long list is gone with its payload. */
export function readMasks(
  leaf: LeafMasks | undefined,
  payload: { readonly masks?: readonly RecordedMask[] } | null,
): readonly RecordedMask[] {
  if (leaf === undefined) return [];
  return "digest" in leaf ? (payload?.masks ?? []) : leaf;
}
