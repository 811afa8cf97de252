/**
 * Seals the payloads of a commit together: one call of the cipher for all of them, and no buffer of its own
 * for each, because this runs for every record. What comes out is described in `payload-format.ts`.
 */
import { type Cipheriv, createCipheriv, hash } from "node:crypto";
import { randomBytes } from "#/platform/random.ts";
import { type Authenticator, createAuthenticator } from "./authenticator.ts";
import {
  blockBytes,
  cipherName,
  counterOf,
  derivePayloadKeys,
  formatVersion,
  headerBytes,
  keySaltBytes,
  macBytes,
  type PayloadReference,
  payloadSaltBytes,
  payloadTag,
  payloadTagBytes,
} from "./payload-format.ts";

export interface SealedPayload {
  readonly reference: PayloadReference;
  readonly sealed: Uint8Array;
}

export interface PayloadSealer {
  /** In their order, each under a salt of its own. */
  seal(payloads: readonly Uint8Array[]): readonly SealedPayload[];
}

/** Payloads that are encrypted by one call; a longer one is by itself. */
const sealedTogetherBytesMax = 256 * 1024;
/** Under one key. Far below what its counter could count, and what AES is good for. */
const blocksPerKeyMax = 2 ** 32;

/**
 * In front of a payload's ciphertext: while it is plain, the tag that the commitment covers; in what is
 * stored, the header. A multiple of the cipher's block, so that the ciphertext begins at a border.
 */
const leadBytes = 2 * blockBytes;
const hashChars = 64;
const tagStart = leadBytes - payloadTagBytes;
const headerStart = leadBytes - headerBytes;

export function createPayloadSealer(
  master: Uint8Array,
  blocksPerKey = blocksPerKeyMax,
): PayloadSealer {
  let stream = beginStream(master);
  return {
    seal(payloads) {
      const sealed: SealedPayload[] = [];
      for (let from = 0; from < payloads.length; ) {
        const to = endOfChunk(payloads, from);
        if (stream.blocks >= blocksPerKey) stream = beginStream(master);
        sealChunk(stream, payloads.slice(from, to), sealed);
        from = to;
      }
      return sealed;
    },
  };
}

interface Stream {
  readonly cipher: Cipheriv;
  /** Version and key salt; the rest is each payload's. */
  readonly header: Buffer;
  readonly authenticator: Authenticator;
  /** Encrypted so far. */
  blocks: number;
}

function beginStream(master: Uint8Array): Stream {
  const keySalt = randomBytes(keySaltBytes);
  const { cipherKey, macKey } = derivePayloadKeys(master, keySalt);
  const header = Buffer.alloc(headerBytes);
  header[0] = formatVersion;
  header.set(keySalt, 1);
  return {
    cipher: createCipheriv(cipherName, cipherKey, counterOf(0n)),
    header,
    authenticator: createAuthenticator(macKey, hashChars),
    blocks: 0,
  };
}

function sealChunk(stream: Stream, payloads: readonly Uint8Array[], sealed: SealedPayload[]): void {
  const plain = layOut(payloads);
  const cipher = stream.cipher.update(plain);
  let start = 0;
  for (const { length } of payloads) {
    const cipherStart = start + leadBytes;
    const end = cipherStart + payloadSaltBytes + length;
    const commitment = hash("sha256", plain.subarray(start + tagStart, end));
    cipher.set(stream.header, start + headerStart);
    const firstBlock = stream.blocks + cipherStart / blockBytes;
    cipher.writeBigUInt64BE(BigInt(firstBlock), cipherStart - 8);
    stream.authenticator.text.write(commitment, "latin1");
    cipher.write(stream.authenticator.code(hashChars), end, macBytes, "latin1");
    const stored = cipher.subarray(start + headerStart, end + macBytes);
    sealed.push({ reference: { commitment, sealed: hash("sha256", stored) }, sealed: stored });
    start += roomOf(length);
  }
  stream.blocks += plain.length / blockBytes;
}

/** Tag, salt and payload of each, one behind the other, with room for what is stored around them. */
function layOut(payloads: readonly Uint8Array[]): Buffer {
  let bytes = 0;
  for (const { length } of payloads) bytes += roomOf(length);
  const plain = Buffer.alloc(bytes);
  let start = 0;
  for (const payload of payloads) {
    plain.write(payloadTag, start + tagStart, "latin1");
    plain.set(randomBytes(payloadSaltBytes), start + leadBytes);
    plain.set(payload, start + leadBytes + payloadSaltBytes);
    start += roomOf(payload.length);
  }
  return plain;
}

function roomOf(payloadBytes: number): number {
  const bytes = leadBytes + payloadSaltBytes + payloadBytes + macBytes;
  return Math.ceil(bytes / blockBytes) * blockBytes;
}

function endOfChunk(payloads: readonly Uint8Array[], from: number): number {
  let bytes = 0;
  let to = from;
  for (; to < payloads.length && bytes < sealedTogetherBytesMax; to += 1) {
    bytes += payloads[to]?.length ?? 0;
  }
  return to;
}
