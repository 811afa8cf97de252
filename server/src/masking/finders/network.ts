/** IPv4 and IPv6 addresses (RFC 4291 and 5952 texts) and MAC addresses. */
import { alphabetsOfByte, hexBit, wordBit } from "#/masking/alphabet.ts";
import { isDigit } from "#/masking/automaton/runs.ts";
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { textAt } from "./text-at.ts";

const reach = 48;
/** Before and after an anchor among colons so much belongs to an address. */
const colonsBack = 39;
const colonsAhead = 45;
const dot = 0x2e;
const colon = 0x3a;
const dash = 0x2d;

const hex = Array.from(Buffer.from("0123456789abcdefABCDEF", "latin1"));
const dashes = { sets: [hex, hex, [dash], hex, hex, [dash], hex, hex, [dash]] };
const dotted = { sets: [[dot], hex, hex, hex, hex, [dot]] };

export const networkRules: readonly Rule[] = [
  { anchor: "dotted", ahead: reach, find: findIpv4 },
  { anchor: "colons", ahead: reach, find: findColons },
  atText("::", reach, findColons),
  { anchor: dashes, ahead: reach, find: (reading, at) => findMac(reading, at, dash, 2) },
  { anchor: dotted, ahead: reach, find: (reading, at) => findMac(reading, at, dot, 4) },
];

function findIpv4(reading: Reading, at: number): void {
  const { bytes, floor, limit } = reading;
  let start = at;
  while (
    start > floor &&
    at - start < 15 &&
    (isDigit(bytes[start - 1] ?? 0) || bytes[start - 1] === dot)
  )
    start -= 1;
  const end = ipv4End(bytes, start, limit);
  reading.spend(16);
  if (
    end === 0 ||
    isWordOrJoint(bytes, start - 1, floor, limit) ||
    isWordOrJoint(bytes, end, floor, limit)
  )
    return;
  // What follows a dot is a fifth number.
  if (end + 1 < limit && bytes[end] === dot && isDigit(bytes[end + 1] ?? 0)) return;
  if (start > floor && bytes[start - 1] === dot) return;
  if (reading.since("version", start) <= 16 || isNobody(bytes, start, end)) return;
  reading.add({ entity: "ip_address", start, end, confidence: 0.85, rule: "ipv4" });
}

function ipv4End(bytes: Uint8Array, start: number, limit: number): number {
  let at = start;
  for (let octet = 0; octet < 4; octet += 1) {
    const first = at;
    let value = 0;
    while (at < limit && at - first < 3 && isDigit(bytes[at] ?? 0)) {
      value = value * 10 + (bytes[at] ?? 0) - 0x30;
      at += 1;
    }
    if (at === first || value > 255 || (at - first > 1 && bytes[first] === 0x30)) return 0;
    if (octet < 3) {
      if (at >= limit || bytes[at] !== dot) return 0;
      at += 1;
    }
  }
  return at < limit && isDigit(bytes[at] ?? 0) ? 0 : at;
}

/** Loopback, unspecified and masks: they lead to no one. */
function isNobody(bytes: Uint8Array, start: number, end: number): boolean {
  const text = textAt(bytes, start, end);
  return /^(?:127\.|0\.|255\.25[0-9]\.|255\.0\.)/.test(text) || text.startsWith("255.255.");
}

function isWordOrJoint(bytes: Uint8Array, at: number, floor: number, limit: number): boolean {
  if (at < floor || at >= limit) return false;
  const byte = bytes[at] ?? 0;
  if (((alphabetsOfByte[byte] ?? 0) & wordBit) !== 0) return !isEscape(bytes, at, floor);
  return (
    byte === dash &&
    at - 1 >= floor &&
    ((alphabetsOfByte[bytes[at - 1] ?? 0] ?? 0) & wordBit) !== 0 &&
    !isDigit(bytes[at + 1] ?? 0)
  );
}

function isEscape(bytes: Uint8Array, at: number, floor: number): boolean {
  return at - 1 >= floor && bytes[at - 1] === 0x5c;
}

function findColons(reading: Reading, at: number): void {
  const { bytes, floor, limit } = reading;
  // All anchors of one run see the same of it.
  if (at < reading.mark("colons")) return;
  let start = at;
  while (start > floor && at - start < colonsBack && isIpv6Byte(bytes[start - 1] ?? 0)) start -= 1;
  let end = at + 1;
  const last = Math.min(limit, at + colonsAhead);
  while (end < last && (isIpv6Byte(bytes[end] ?? 0) || bytes[end] === dot)) end += 1;
  reading.setMark("colons", end);
  reading.spend(end - start);
  // What goes on is longer than any address.
  if (goesOn(bytes, start - 1, floor, limit) || goesOn(bytes, end, floor, limit)) return;
  while (end > start && bytes[end - 1] === dot) end -= 1;
  if (end - start < 6) return;
  const text = textAt(bytes, start, end);
  reading.spend(end - start);
  if (/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) {
    if (isDevice(text))
      reading.add({ entity: "mac_address", start, end, confidence: 0.95, rule: null });
    return;
  }
  if (isIpv6(text))
    reading.add({ entity: "ip_address", start, end, confidence: 0.9, rule: "ipv6" });
}

function goesOn(bytes: Uint8Array, at: number, floor: number, limit: number): boolean {
  if (at < floor || at >= limit) return false;
  return isIpv6Byte(bytes[at] ?? 0) || isWord(bytes, at, floor, limit);
}

function isIpv6Byte(byte: number): boolean {
  return byte === colon || ((alphabetsOfByte[byte] ?? 0) & hexBit) !== 0;
}

function isWord(bytes: Uint8Array, at: number, floor: number, limit: number): boolean {
  if (at < floor || at >= limit) return false;
  return ((alphabetsOfByte[bytes[at] ?? 0] ?? 0) & wordBit) !== 0 && !isEscape(bytes, at, floor);
}

function isIpv6(text: string): boolean {
  const [head = "", tail, more] = text.split("::");
  if (more !== undefined) return false;
  const groups = [...head.split(":"), ...(tail ?? "").split(":")].filter((group) => group !== "");
  const last = groups.at(-1) ?? "";
  const withIpv4 = last.includes(".");
  if (withIpv4 && !/^(?:(?:25[0-5]|2[0-4]\d|1?\d{1,2})(?:\.(?!$)|$)){4}$/.test(last)) return false;
  const words = withIpv4 ? groups.slice(0, -1) : groups;
  if (!words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return false;
  if (
    head.startsWith(":") ||
    head.endsWith(":") ||
    (tail ?? "").startsWith(":") ||
    (tail ?? "").endsWith(":")
  )
    return false;
  const count = words.length + (withIpv4 ? 2 : 0);
  if (tail === undefined) return count === 8;
  // A lone word beside :: is code (`a::b`) unless it can only be an address.
  return (
    count >= 1 &&
    count < 8 &&
    (count > 2 || words.some((word) => /\d/.test(word) && word.length >= 3))
  );
}

function findMac(reading: Reading, at: number, joint: number, width: number): void {
  const { bytes, floor, limit } = reading;
  const length = width === 2 ? 17 : 14;
  let start = at;
  while (start > floor && at - start <= length && isMacByte(bytes[start - 1] ?? 0, joint))
    start -= 1;
  let end = at + 1;
  while (end < limit && end - start <= length && isMacByte(bytes[end] ?? 0, joint)) end += 1;
  reading.spend(end - start);
  if (end - start !== length) return;
  if (isWord(bytes, start - 1, floor, limit) || isWord(bytes, end, floor, limit)) return;
  const text = textAt(bytes, start, end);
  const form =
    width === 2 ? /^(?:[0-9a-f]{2}-){5}[0-9a-f]{2}$/i : /^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$/i;
  if (form.test(text) && isDevice(text))
    reading.add({
      entity: "mac_address",
      start,
      end,
      confidence: width === 2 ? 0.95 : 0.8,
      rule: null,
    });
}

function isMacByte(byte: number, joint: number): boolean {
  return byte === joint || ((alphabetsOfByte[byte] ?? 0) & hexBit) !== 0;
}

/** All zeros and the broadcast address are no device's. */
function isDevice(text: string): boolean {
  const digits = text.replaceAll(/[^0-9a-f]/gi, "").toLowerCase();
  return !/^(?:0{12}|f{12})$/.test(digits);
}
