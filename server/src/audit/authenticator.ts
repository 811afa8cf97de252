/**
 * HMAC-SHA256 (RFC 2104) under one key by two calls of a one-shot hash, in a fifth of the time of
 * `createHmac`, which makes an object each time: it runs for every record and every frame of the journal.
 */
import assert from "node:assert/strict";
import { hash } from "node:crypto";

export interface Authenticator {
  /** Where what is to be authenticated is written to. */
  readonly text: Buffer;
  /** Over the first bytes of the text; as characters up to U+00FF, which is how they are had fastest. */
  code(bytes: number): string;
}

/** Of SHA-256. */
const blockBytes = 64;
const hashBytes = 32;

export function createAuthenticator(key: Uint8Array, textBytesMax: number): Authenticator {
  assert(key.length <= blockBytes, "a key of at most a block");
  // Zeroes, which take no memory before they are written over: few texts are as long as they may be.
  const inner = Buffer.alloc(blockBytes + textBytesMax).fill(0x36, 0, blockBytes);
  const outer = Buffer.alloc(blockBytes + hashBytes, 0x5c);
  for (const [at, byte] of key.entries()) {
    inner[at] = 0x36 ^ byte;
    outer[at] = 0x5c ^ byte;
  }
  return {
    text: inner.subarray(blockBytes),
    code(bytes) {
      assert(bytes <= textBytesMax, "a text that has room");
      outer.write(
        hash("sha256", inner.subarray(0, blockBytes + bytes), "binary"),
        blockBytes,
        "latin1",
      );
      return hash("sha256", outer, "binary");
    },
  };
}
