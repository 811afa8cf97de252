/**
 * HMAC-SHA256 (RFC 2104) over a text of 64 characters, which is a hash in hex, under one key: two calls of a
 * one-shot hash over blocks that are kept, in a fifth of the time of `createHmac`. It runs for every record.
 */
import assert from "node:assert/strict";
import { hash } from "node:crypto";

/** The bytes of the code as characters up to U+00FF, which is how they are had fastest. */
export type Authenticator = (text: string) => string;

/** Of SHA-256. */
const blockBytes = 64;
const hashBytes = 32;
const textChars = 64;

export function createAuthenticator(key: Uint8Array): Authenticator {
  assert(key.length <= blockBytes, "a key of at most a block");
  const inner = Buffer.alloc(blockBytes + textChars, 0x36);
  const outer = Buffer.alloc(blockBytes + hashBytes, 0x5c);
  for (const [at, byte] of key.entries()) {
    inner[at] = 0x36 ^ byte;
    outer[at] = 0x5c ^ byte;
  }
  return (text) => {
    assert.equal(text.length, textChars);
    inner.write(text, blockBytes, "latin1");
    outer.write(hash("sha256", inner, "binary"), blockBytes, "latin1");
    return hash("sha256", outer, "binary");
  };
}
