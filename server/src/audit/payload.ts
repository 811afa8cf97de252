/**
 * What a leaf commits to and does not hold: salt and payload, encrypted, apart from the tree.
 *
 * The commitment says, with the salt, what the payload was; the salt keeps it from being guessed. Whoever
 * destroys the ciphertext destroys the salt with it: the commitment then tells nothing and the tree stays as
 * it was. The hash of the ciphertext lets a verifier without any key notice a changed one.
 */
import { hash } from "node:crypto";
import { canonicalize } from "#/core/canonical.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Json } from "#/core/json.ts";
import { randomBytes } from "#/platform/random.ts";
import { createSealedBox, type SealedBox } from "./sealed-box.ts";

/** What of a payload stands in the leaf; lower-case hex SHA-256 both. */
export interface PayloadReference {
  /** Over tag, salt and the payload's canonical bytes. */
  readonly commitment: string;
  /** Over the ciphertext as stored. */
  readonly sealed: string;
}

export interface OpenedPayload {
  readonly salt: Uint8Array;
  readonly payload: Json;
  /** Taken again; the payload is the record's only if the leaf says the same. */
  readonly commitment: string;
}

const payloadTag = "countersign/payload/v1\0";
const tagBytes = Buffer.byteLength(payloadTag);
const saltBytes = 32;

export function createPayloadBox(payloadKey: Uint8Array): SealedBox {
  return createSealedBox(payloadKey, payloadTag);
}

export function sealPayload(
  box: SealedBox,
  payload: Json,
): { readonly reference: PayloadReference; readonly sealed: Uint8Array } {
  const canonical = canonicalize(payload);
  const start = tagBytes + saltBytes;
  const committed = Buffer.allocUnsafe(start + Buffer.byteLength(canonical));
  committed.write(payloadTag, 0);
  committed.set(randomBytes(saltBytes), tagBytes);
  committed.write(canonical, start);
  const sealed = box.seal(committed.subarray(tagBytes));
  return {
    reference: { commitment: hash("sha256", committed), sealed: sealedHash(sealed) },
    sealed,
  };
}

/** Throws `audit.seal_broken` where the bytes are not whole. */
export function openPayload(box: SealedBox, sealed: Uint8Array): OpenedPayload {
  const plain = Buffer.from(box.open(sealed));
  return {
    salt: plain.subarray(0, saltBytes),
    payload: JSON.parse(plain.toString("utf8", saltBytes)) as Json,
    commitment: hash("sha256", Buffer.concat([Buffer.from(payloadTag), plain])),
  };
}

/**
 * The payload that a leaf commits to; null where it has none, or where it was erased. One that is not the
 * leaf's own is as bad as a broken one.
 */
export function openOwnPayload(
  box: SealedBox,
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
