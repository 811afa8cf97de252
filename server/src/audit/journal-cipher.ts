/**
 * Encrypts the journal's frames: AES-256-GCM under a key for each life of a segment, derived from the
 * journal's key and the salt of that life (HKDF-SHA256, RFC 5869).
 *
 * The nonce is the frame's number: no number is used twice under a key, because every start gives each
 * segment a new salt. The salt lies in the database and nowhere else; once it is overwritten there, what the
 * segment held can't be read any more, by anybody.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync } from "node:crypto";
import { randomBytes } from "#/platform/random.ts";
import type { JournalCipher } from "#/store/sqlite/journal/frames.ts";

const cipherName = "aes-256-gcm";
const saltBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const tag = "countersign/journal/v1\0";

export function createJournalCipher(journalKey: Uint8Array): JournalCipher {
  return {
    newSalt: () => randomBytes(saltBytes),
    keyOf(salt) {
      const key = createSecretKey(Buffer.from(hkdfSync("sha256", journalKey, salt, tag, 32)));
      return {
        seal(number, header, plain) {
          const cipher = createCipheriv(cipherName, key, nonceOf(number)).setAAD(header);
          const text = cipher.update(plain);
          cipher.final();
          return Buffer.concat([text, cipher.getAuthTag()]);
        },
        open(number, header, sealed) {
          const decipher = createDecipheriv(cipherName, key, nonceOf(number), {
            authTagLength: tagBytes,
          })
            .setAAD(header)
            .setAuthTag(sealed.subarray(-tagBytes));
          const plain = decipher.update(sealed.subarray(0, -tagBytes));
          try {
            decipher.final();
          } catch {
            return null;
          }
          return plain;
        },
      };
    },
  };
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeBigUInt64LE(BigInt(number), nonceBytes - 8);
  return nonce;
}
