/**
 * Encrypts and authenticates the journal's frames, under keys for each life of a segment, derived from the
 * journal's key and the salt of that life (HKDF-SHA256, RFC 5869).
 *
 * A life of a segment is one stream of AES-256 in counter mode, whose bytes lie where the frames lie: no byte
 * of it is used twice, because a life is written once, from its beginning on. A frame's tag is HMAC-SHA256
 * over its place, its header and its ciphertext, cut to 16 bytes. One call of the cipher and two of a hash, as
 * a cipher of its own for each frame costs more than all else that this thread does for a record. The salt
 * lies in the database and nowhere else; once it is overwritten there, what the segment held can't be read any
 * more, by anybody.
 */
import assert from "node:assert/strict";
import {
  type Cipheriv,
  createCipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from "node:crypto";
import { randomBytes } from "#/platform/random.ts";
import {
  type FrameKey,
  frameBytesMax,
  headerBytes,
  type JournalCipher,
  tagBytes,
} from "#/store/sqlite/journal/frames.ts";
import { createAuthenticator } from "./authenticator.ts";

const cipherName = "aes-256-ctr";
const saltBytes = 32;
const keyBytes = 32;
const blockBytes = 16;
const placeBytes = 8;
const tag = "countersign/journal/v3\0";

export function createJournalCipher(journalKey: Uint8Array): JournalCipher {
  return {
    newSalt: () => randomBytes(saltBytes),
    keyOf(salt) {
      const keys = Buffer.from(hkdfSync("sha256", journalKey, salt, tag, 2 * keyBytes));
      return frameKey(createSecretKey(keys.subarray(0, keyBytes)), keys.subarray(keyBytes));
    },
  };
}

function frameKey(cipherKey: KeyObject, macKey: Uint8Array): FrameKey {
  const { text, code } = createAuthenticator(macKey, placeBytes + frameBytesMax);
  let cipher: Cipheriv | null = null;
  let end = 0;

  /** Over all of the frame but the tag, in whose place it comes. */
  function tagOf(place: number, frame: Uint8Array): string {
    text.writeBigUInt64LE(BigInt(place));
    text.set(frame.subarray(0, -tagBytes), placeBytes);
    return code(placeBytes + frame.length - tagBytes);
  }

  return {
    seal(place, plain) {
      assert.equal(place, end, "the frames of a life are written from its beginning on");
      cipher ??= createCipheriv(cipherName, cipherKey, Buffer.alloc(blockBytes));
      const frame = cipher.update(plain);
      end += frame.length;
      frame.set(plain.subarray(0, headerBytes));
      frame.write(tagOf(place, frame), frame.length - tagBytes, tagBytes, "latin1");
      return frame;
    },
    open(place, frame) {
      const expected = Buffer.from(tagOf(place, frame), "latin1").subarray(0, tagBytes);
      if (!timingSafeEqual(expected, frame.subarray(-tagBytes))) return null;
      const counter = Buffer.alloc(blockBytes);
      counter.writeBigUInt64BE(BigInt(Math.floor(place / blockBytes)), blockBytes - 8);
      const stream = createCipheriv(cipherName, cipherKey, counter);
      stream.update(Buffer.alloc(place % blockBytes));
      return stream.update(frame).subarray(headerBytes, -tagBytes);
    },
  };
}
