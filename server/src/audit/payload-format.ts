/**
 * How a payload is stored: 0x02 | key salt 16 | number of the first block 8 | ciphertext | tag 16.
 *
 * The ciphertext is AES-256 in counter mode over the payload's salt and its canonical bytes. Payloads are
 * encrypted one behind the other, by one call for many, each from a border of a block on; so each can be
 * opened, and destroyed, without the others. A counter is used once: keys are derived by HKDF-SHA256
 * (RFC 5869) from a salt that each start draws, and blocks are counted through. The tag is HMAC-SHA256 over
 * the commitment, cut to 16 bytes: a commitment is a hash of all that is encrypted, so whoever changes any
 * byte, or the header, ends at another one.
 */
import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

/** What of a payload stands in the leaf; lower-case hex SHA-256 both. */
export interface PayloadReference {
  /** Over tag, salt and the payload's canonical bytes. */
  readonly commitment: string;
  /** Over the bytes as stored. */
  readonly sealed: string;
}

export const payloadTag = "countersign/payload/v1\0";
export const payloadTagBytes = Buffer.byteLength(payloadTag);
export const payloadSaltBytes = 32;

export const formatVersion = 0x02;
export const keySaltBytes = 16;
const firstBlockBytes = 8;
export const headerBytes = 1 + keySaltBytes + firstBlockBytes;
export const macBytes = 16;

export const blockBytes = 16;
export const cipherName = "aes-256-ctr";
const keyBytes = 32;

export interface PayloadKeys {
  readonly cipherKey: KeyObject;
  readonly macKey: Uint8Array;
}

export function derivePayloadKeys(master: Uint8Array, keySalt: Uint8Array): PayloadKeys {
  const keys = Buffer.from(hkdfSync("sha256", master, keySalt, payloadTag, 2 * keyBytes));
  return {
    cipherKey: createSecretKey(keys.subarray(0, keyBytes)),
    macKey: keys.subarray(keyBytes),
  };
}

/** The counter block with which this block is encrypted. */
export function counterOf(block: bigint): Buffer {
  const counter = Buffer.alloc(blockBytes);
  counter.writeBigUInt64BE(block, blockBytes - firstBlockBytes);
  return counter;
}
