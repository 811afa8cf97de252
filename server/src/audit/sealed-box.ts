/**
 * Authenticated encryption of what rests in the store: AES-256-GCM under keys derived from one master key.
 *
 * Sealed bytes are 0x01 | key salt 16 | nonce 12 | ciphertext | tag 16. Random nonces under one key are good
 * for 2^32 messages (NIST SP 800-38D §8.3), which a busy log reaches within days; so each start, and after it
 * every `sealsPerKeyMax` messages, draws a salt and derives a key of its own by HKDF-SHA256 (RFC 5869). Knows
 * nothing of what is sealed.
 */
import assert from "node:assert/strict";
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from "node:crypto";
import { GatewayError } from "#/core/errors.ts";
import { randomBytes } from "#/platform/random.ts";

export interface SealedBox {
  seal(plain: Uint8Array): Uint8Array;
  /** Throws `audit.seal_broken` unless exactly these bytes were sealed under this key and tag. */
  open(sealed: Uint8Array): Uint8Array;
}

const masterKeyBytes = 32;
const cipherName = "aes-256-gcm";
const formatVersion = 0x01;
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const nonceStart = 1 + saltBytes;
const cipherStart = nonceStart + nonceBytes;
/** Keeps the chance that a nonce repeats under a key below 2^-56. */
const sealsPerKeyMax = 2 ** 20;
/** Keys of earlier starts that are kept for reading. */
const keysCachedMax = 16;

/** `tag` separates domains: what was sealed under one can't be opened under another. */
export function createSealedBox(
  masterKey: Uint8Array,
  tag: string,
  sealsPerKey = sealsPerKeyMax,
): SealedBox {
  assert.equal(masterKey.length, masterKeyBytes, "a master key has 32 bytes");
  const domain = Buffer.from(tag);
  let own = drawKey(masterKey, domain);
  let seals = 0;
  const cached = new Map<string, KeyObject>();

  function keyOf(salt: Buffer): KeyObject {
    if (salt.equals(own.salt)) return own.key;
    const name = salt.toString("latin1");
    const known = cached.get(name);
    if (known !== undefined) return known;
    const key = deriveKey(masterKey, salt, domain);
    const [oldest] = cached.keys();
    if (cached.size >= keysCachedMax && oldest !== undefined) cached.delete(oldest);
    cached.set(name, key);
    return key;
  }

  return {
    seal(plain) {
      if (seals === sealsPerKey) {
        own = drawKey(masterKey, domain);
        seals = 0;
      }
      seals += 1;
      return encrypt(own, domain, plain);
    },
    open(sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < cipherStart + tagBytes || bytes[0] !== formatVersion) throw broken();
      return decrypt(keyOf(bytes.subarray(1, nonceStart)), domain, bytes);
    },
  };
}

interface SaltedKey {
  readonly salt: Buffer;
  readonly key: KeyObject;
}

function drawKey(masterKey: Uint8Array, domain: Buffer): SaltedKey {
  const salt = randomBytes(saltBytes);
  return { salt, key: deriveKey(masterKey, salt, domain) };
}

function deriveKey(masterKey: Uint8Array, salt: Buffer, domain: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", masterKey, salt, domain, 32)));
}

/** Into one buffer: this runs for every payload of every commit. */
function encrypt({ salt, key }: SaltedKey, domain: Buffer, plain: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(cipherStart + plain.length + tagBytes);
  sealed[0] = formatVersion;
  sealed.set(salt, 1);
  sealed.set(randomBytes(nonceBytes), nonceStart);
  const cipher = createCipheriv(cipherName, key, sealed.subarray(nonceStart, cipherStart));
  cipher.setAAD(domain);
  sealed.set(cipher.update(plain), cipherStart);
  cipher.final();
  sealed.set(cipher.getAuthTag(), cipherStart + plain.length);
  return sealed;
}

function decrypt(key: KeyObject, domain: Buffer, bytes: Buffer): Buffer {
  const nonce = bytes.subarray(nonceStart, cipherStart);
  const decipher = createDecipheriv(cipherName, key, nonce, { authTagLength: tagBytes })
    .setAAD(domain)
    .setAuthTag(bytes.subarray(-tagBytes));
  const plain = decipher.update(bytes.subarray(cipherStart, -tagBytes));
  try {
    decipher.final();
  } catch (cause) {
    throw broken(cause);
  }
  return plain;
}

function broken(cause?: unknown): GatewayError {
  return new GatewayError(
    "audit.seal_broken",
    "Sealed bytes were changed, or were sealed under another key.",
    { cause },
  );
}
