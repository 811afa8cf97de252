/** Addresses and keys of cryptocurrencies, each with the checksum that its coin defines. */
import { createHash } from "node:crypto";
import { alnumBit, alphabetsOfByte, bitOf, bytesOf, hexBit } from "#/masking/alphabet.ts";
import type { Anchor } from "#/masking/automaton/anchor.ts";
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { beginsWord } from "#/masking/token-shape.ts";
import { topicReach } from "#/masking/topics.ts";
import { keccak256 } from "./keccak.ts";
import { runEnd, textAt } from "./text-at.ts";

const reach = 128;
const base58Bit = bitOf("s");
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const bech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

const digits = bytesOf("d");
const letters = bytesOf("s").filter((byte) => !digits.includes(byte));
/** All that a word ends at. */
const edge = Array.from({ length: 256 }, (_, byte) => byte).filter(
  (byte) => ((alphabetsOfByte[byte] ?? 0) & alnumBit) === 0,
);
const oneOrThree = [0x31, 0x33];

/** `1` or `3` at the beginning of a word, and a letter as the second, third or fourth. */
const legacy: readonly Anchor[] = [
  { sets: [edge, oneOrThree, letters] },
  { sets: [edge, oneOrThree, digits, letters] },
  { sets: [edge, oneOrThree, digits, digits, letters] },
];

export const walletRules: readonly Rule[] = [
  ...legacy.map((anchor) => ({
    anchor,
    ahead: reach,
    find: (reading: Reading, at: number) => findBase58(reading, at + 2 - anchor.sets.length),
  })),
  atText("0x", reach, findEthereum, { fold: true }),
  ...["bc1", "ltc1", "tb1", "bnb1", "cosmos1", "addr1"].map((prefix) =>
    atText(prefix, reach, (reading, at) => findBech32(reading, at, prefix.slice(0, -1)), {
      fold: true,
    }),
  ),
  ...["xprv", "xpub", "yprv", "zprv", "zpub", "tprv"].map((prefix) =>
    atText(prefix, reach, (reading, at) => findExtended(reading, at, prefix)),
  ),
  ...[
    "litecoin",
    "ltc",
    "doge",
    "tron",
    "trx",
    "usdt",
    "dash",
    "zcash",
    "wif",
    "ripple",
    "xrp",
    "wallet",
    "bitcoin",
  ].map((word) => atText(word, reach, findNamed, { fold: true })),
];

/** Bitcoin: P2PKH and P2SH. */
function findBase58(reading: Reading, start: number): void {
  const end = runEnd(reading.bytes, start, reading.limit, alphabetsOfByte, base58Bit);
  const length = end - start;
  reading.spend(Math.min(length, 40));
  if (length < 26 || length > 35 || isWord(reading, end)) return;
  if (!isBase58Check(textAt(reading.bytes, start, end), 25)) return;
  reading.add({ entity: "crypto_wallet", start, end, confidence: 0.99, rule: "bitcoin" });
}

function isWord({ bytes, limit }: Reading, at: number): boolean {
  return at < limit && ((alphabetsOfByte[bytes[at] ?? 0] ?? 0) & alnumBit) !== 0;
}

/** After a coin's name: an address in base58check of any version, or a private key for import. */
function findNamed(reading: Reading, at: number): void {
  const { bytes, limit } = reading;
  // Where one name follows another, what stands behind both is looked at once.
  let position = Math.max(at + 1, reading.mark("wallets"));
  const last = Math.min(limit, at + 48);
  while (position < last) {
    if (((alphabetsOfByte[bytes[position] ?? 0] ?? 0) & alnumBit) === 0) {
      position += 1;
      continue;
    }
    const end = runEnd(bytes, position, limit, alphabetsOfByte, alnumBit);
    reading.spend(end - position);
    reading.setMark("wallets", end);
    const text = end - position >= 26 && end - position <= 52 ? textAt(bytes, position, end) : "";
    const rule = isBase58Check(text, 25)
      ? "base58check"
      : isBase58Check(text, 37) || isBase58Check(text, 38)
        ? "private_key"
        : isRipple(text)
          ? "ripple"
          : null;
    if (rule !== null) {
      reading.add({
        entity: rule === "private_key" ? "private_key" : "crypto_wallet",
        start: position,
        end,
        confidence: 0.98,
        rule,
      });
      return;
    }
    position = end;
  }
}

/** Base58check: the last four bytes are the beginning of a doubled SHA-256. */
function isBase58Check(text: string, bytes: number, alphabet = base58): boolean {
  if (text.length < 26) return false;
  const decoded = decodeBase58(text, alphabet);
  if (decoded === null || decoded.length !== bytes) return false;
  const payload = decoded.subarray(0, -4);
  const hash = createHash("sha256").update(createHash("sha256").update(payload).digest()).digest();
  return hash.subarray(0, 4).equals(decoded.subarray(-4));
}

const rippleBase58 = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

function isRipple(text: string): boolean {
  return text.startsWith("r") && isBase58Check(text, 25, rippleBase58);
}

function decodeBase58(text: string, alphabet: string): Buffer | null {
  let value = 0n;
  for (const character of text) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) return null;
    value = value * 58n + BigInt(digit);
  }
  const hex = value === 0n ? "" : value.toString(16);
  const leading = /^(.)\1*/.exec(text)?.[0] ?? "";
  const zeros = leading[0] === alphabet[0] ? leading.length : 0;
  return Buffer.concat([
    Buffer.alloc(zeros),
    Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex"),
  ]);
}

/** Ethereum and its kin: EIP-55 where the case is mixed; in one case there is no checksum, and 40 digits. */
function findEthereum(reading: Reading, at: number): void {
  const { bytes, floor, limit } = reading;
  const start = at - 1;
  if (!beginsWord(bytes, start, floor)) return;
  const end = runEnd(bytes, at + 1, Math.min(limit, at + 70), alphabetsOfByte, hexBit);
  reading.spend(Math.min(end - at, 66));
  if ((end - at !== 41 && end - at !== 65) || isWord(reading, end)) return;
  const text = textAt(bytes, at + 1, end);
  if (new Set(text).size < 6) return;
  if (text.length === 64) {
    if (!/priv|secret|key|wallet|mnemonic/i.test(textAt(bytes, Math.max(floor, start - 48), start)))
      return;
    reading.add({ entity: "private_key", start, end, confidence: 0.85, rule: "ethereum" });
    return;
  }
  const mixed = /[a-f]/.test(text) && /[A-F]/.test(text);
  if (mixed && !isEip55(text)) return;
  const named = reading.since("wallet", start) <= topicReach;
  reading.add({
    entity: "crypto_wallet",
    start,
    end,
    confidence: mixed || named ? 0.98 : 0.7,
    rule: "ethereum",
  });
}

function isEip55(text: string): boolean {
  const hash = keccak256(Buffer.from(text.toLowerCase(), "latin1"));
  return Array.from(text).every((character, index) => {
    if (/\d/.test(character)) return true;
    const nibble = ((hash[index >> 1] ?? 0) >> (index % 2 === 0 ? 4 : 0)) & 15;
    return nibble >= 8 === (character === character.toUpperCase());
  });
}

/** BIP 173 and BIP 350. */
function findBech32(reading: Reading, at: number, human: string): void {
  const { bytes, floor, limit } = reading;
  const start = at - human.length;
  if (!beginsWord(bytes, start, floor)) return;
  const end = runEnd(bytes, at + 1, limit, alphabetsOfByte, alnumBit);
  reading.spend(Math.min(end - start, reach));
  const data = textAt(bytes, at + 1, end);
  if (data.length < 8 || data.length > 110) return;
  const lower = data.toLowerCase();
  if (data !== lower && data !== data.toUpperCase()) return;
  const values = Array.from(lower, (character) => bech32.indexOf(character));
  if (values.includes(-1)) return;
  const sum = polymod([...expand(human), ...values]);
  if (sum !== 1 && sum !== 0x2bc830a3) return;
  reading.add({ entity: "crypto_wallet", start, end, confidence: 0.99, rule: human });
}

function expand(human: string): readonly number[] {
  const codes = Array.from(human, (character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function polymod(values: readonly number[]): number {
  const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of generators.entries())
      if (((top >> bit) & 1) !== 0) check ^= generator;
  }
  return check;
}

/** Extended keys of BIP 32: 82 bytes in base58check. */
function findExtended(reading: Reading, at: number, prefix: string): void {
  const { bytes, floor, limit } = reading;
  const start = at + 1 - prefix.length;
  if (!beginsWord(bytes, start, floor)) return;
  const end = runEnd(bytes, start, limit, alphabetsOfByte, base58Bit);
  reading.spend(Math.min(end - start, reach));
  if (end - start < 107 || end - start > 112 || !isBase58Check(textAt(bytes, start, end), 82))
    return;
  const isPrivate = prefix.endsWith("prv");
  reading.add({
    entity: isPrivate ? "private_key" : "crypto_wallet",
    start,
    end,
    confidence: 0.99,
    rule: prefix,
  });
}
