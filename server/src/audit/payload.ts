/**
 * What a leaf commits to and does not hold: salt and payload, encrypted, apart from the tree.
 *
 * The commitment says, with the salt, what the payload was; the salt keeps it from being guessed. Whoever
 * destroys the ciphertext destroys the salt with it: the commitment then tells nothing and the tree stays as
 * it was. The hash of what is stored lets a verifier without any key notice a changed one.
 */
import assert from "node:assert/strict";
import { createDecipheriv, createHmac, hash, timingSafeEqual } from "node:crypto";
import { GatewayError } from "#/core/errors.ts";
import type { Json } from "#/core/json.ts";
import {
  cipherName,
  counterOf,
  derivePayloadKeys,
  formatVersion,
  headerBytes,
  keySaltBytes,
  macBytes,
  type PayloadKeys,
  type PayloadReference,
  payloadSaltBytes,
  payloadTag,
} from "./payload-format.ts";

export interface OpenedPayload {
  readonly salt: Uint8Array;
  readonly payload: Json;
  /** Taken again; the payload is the record's only if the leaf says the same. */
  readonly commitment: string;
}

/** Finds the keys of what was sealed. */
export type PayloadBox = (keySalt: Buffer) => PayloadKeys;

const masterBytes = 32;
/** Keys of earlier starts that are kept for reading. */
const payloadKeysCachedMax = 16;

export function createPayloadBox(master: Uint8Array): PayloadBox {
  assert.equal(master.length, masterBytes, "a master key has 32 bytes");
  const cached = new Map<string, PayloadKeys>();
  return (keySalt) => {
    const name = keySalt.toString("latin1");
    const known = cached.get(name);
    if (known !== undefined) return known;
    const keys = derivePayloadKeys(master, keySalt);
    const [oldest] = cached.keys();
    if (cached.size >= payloadKeysCachedMax && oldest !== undefined) cached.delete(oldest);
    cached.set(name, keys);
    return keys;
  };
}

/** Throws `audit.seal_broken` unless exactly these bytes were sealed under the box's key. */
export function openPayload(box: PayloadBox, sealed: Uint8Array): OpenedPayload {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const least = headerBytes + payloadSaltBytes + macBytes;
  if (bytes.length < least || bytes[0] !== formatVersion) throw broken();
  const keys = box(bytes.subarray(1, 1 + keySaltBytes));
  const firstBlock = bytes.readBigUInt64BE(1 + keySaltBytes);
  const decipher = createDecipheriv(cipherName, keys.cipherKey, counterOf(firstBlock));
  const plain = decipher.update(bytes.subarray(headerBytes, -macBytes));
  const commitment = hash("sha256", Buffer.concat([Buffer.from(payloadTag), plain]));
  const code = createHmac("sha256", keys.macKey).update(commitment).digest().subarray(0, macBytes);
  if (!timingSafeEqual(code, bytes.subarray(-macBytes))) throw broken();
  return {
    salt: plain.subarray(0, payloadSaltBytes),
    payload: JSON.parse(plain.toString("utf8", payloadSaltBytes)) as Json,
    commitment,
  };
}

/**
 * The payload that a leaf commits to; null where it has none, or where it was erased. One that is not the
 * leaf's own is as bad as a broken one.
 */
export function openOwnPayload(
  box: PayloadBox,
  reference: PayloadReference | null,
  sealed: Uint8Array | null,
): Json {
  if (reference === null || sealed === null) return null;
  const { payload, commitment } = openPayload(box, sealed);
  if (commitment === reference.commitment) return payload;
  throw new GatewayError("audit.seal_broken", "A stored payload is another record's.");
}

export function sealedHash(sealed: Uint8Array): string {
  return hash("sha256", sealed);
}

function broken(): GatewayError {
  return new GatewayError(
    "audit.seal_broken",
    "Sealed bytes were changed, or were sealed under another key.",
  );
}
