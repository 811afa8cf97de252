/** Passwords in connection strings, and credentials in HTTP headers. */
import { alnumBit, alphabetsOfByte, bitOf } from "#/masking/alphabet.ts";
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { isPlaceholder, isSample, textAt } from "./text-at.ts";

const uriBytesMax = 1024;
const passwordBytesMax = 256;
const headerBytesMax = 4096;
const netrcBytesMax = 512;
const tokenBit = bitOf("p");

export const connectionRules: readonly Rule[] = [
  atText("://", uriBytesMax, findUri),
  ...["password=", "pwd=", "passwd=", "password ="].map((text) =>
    atText(text, passwordBytesMax, findPair, { fold: true }),
  ),
  atText("machine ", netrcBytesMax, findNetrc),
  ...["authorization", "x-api-key", "x-auth-token"].map((text) =>
    atText(text, headerBytesMax, findHeader, { fold: true }),
  ),
];

/** `scheme://user:password@host`: the password alone is the finding; the rest stays visible. */
function findUri(reading: Reading, at: number): void {
  const { bytes, floor, limit } = reading;
  let scheme = at - 2;
  while (scheme > floor && at - scheme < schemeBytesMost && isSchemeByte(bytes[scheme - 1] ?? 0))
    scheme -= 1;
  if (at - 2 - scheme < 2) return;
  let colon = -1;
  let sign = -1;
  const from = at + 1;
  let end = from;
  for (; end < limit && !endsAuthority(bytes[end] ?? 0); end += 1) {
    if (bytes[end] === 0x3a && colon < 0) colon = end;
    if (bytes[end] === 0x40) sign = end;
  }
  reading.spend(Math.min(end - scheme, 64));
  if (colon < 0 || sign < colon + 2) return;
  const password = textAt(bytes, colon + 1, sign);
  if (password.length > passwordBytesMax || isPlaceholder(password)) return;
  if (isSample(textAt(bytes, from, colon), password)) return;
  reading.add({
    entity: "connection_string",
    start: colon + 1,
    end: sign,
    confidence: 0.9,
    rule: textAt(bytes, scheme, at - 2).toLowerCase(),
    from: scheme,
    to: end,
  });
}

/** `mariadb+mariadbconnector`. */
const schemeBytesMost = 40;

function isSchemeByte(byte: number): boolean {
  return (
    ((alphabetsOfByte[byte] ?? 0) & alnumBit) !== 0 ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}

/** Blank, quote, bracket, or the start of path, query and fragment. A slash is allowed in no password. */
function endsAuthority(byte: number): boolean {
  return (
    byte <= 0x20 ||
    byte === 0x22 ||
    byte === 0x27 ||
    byte === 0x60 ||
    byte === 0x3c ||
    byte === 0x3e ||
    byte === 0x2f ||
    byte === 0x5c ||
    byte === 0x3f ||
    byte === 0x7f
  );
}

/** `Server=…;User Id=…;Password=…` and `host=… user=… password=…`. */
function findPair(reading: Reading, at: number): void {
  const { bytes, floor, limit } = reading;
  if (reading.since("dsn", at) > 160 && !reading.follows("dsn", at)) return;
  let start = at + 1;
  while (start < limit && bytes[start] === 0x20) start += 1;
  const quote = bytes[start] === 0x27 || bytes[start] === 0x22 ? bytes[start] : 0;
  if (quote !== 0) start += 1;
  let end = start;
  const isUrl = at - 20 > floor && textAt(bytes, Math.max(floor, at - 20), at).includes("&");
  while (end < limit && !endsPair(bytes[end] ?? 0, quote ?? 0, isUrl)) end += 1;
  reading.spend(end - at);
  const value = textAt(bytes, start, end);
  // A variable or a constant that a program hands over, and the usage of a command.
  if (quote === 0 && argumentForm.test(value)) return;
  if (value.length < 3 || end === limit || isPlaceholder(value) || /^[\w.]+\(/.test(value)) {
    if (!(end === limit && reading.isEnd && value.length >= 3 && !isPlaceholder(value))) return;
  }
  reading.add({ entity: "connection_string", start, end, confidence: 0.85, rule: "pairs" });
}

const argumentForm =
  /^(?:(?:host|port|user|dbname|database|sslmode)=.*|[A-Za-z_][\w.]*,|[A-Za-z_][\w.]*\)+,?|[A-Za-z_][\w.]*(?:\[|\|\||&&|\?).*|\w*\]|None\b.*)$/;

function endsPair(byte: number, quote: number, isUrl: boolean): boolean {
  if (quote !== 0) return byte === quote || byte === 0x0a;
  return (
    byte <= 0x20 ||
    byte === 0x3b ||
    byte === 0x22 ||
    byte === 0x27 ||
    byte === 0x60 ||
    byte === 0x3c ||
    byte === 0x5c ||
    (isUrl && byte === 0x26)
  );
}

/** `machine HOST login NAME password WORD` of `.netrc` files. */
function findNetrc(reading: Reading, at: number): void {
  const { bytes, limit } = reading;
  const text = textAt(bytes, at + 1, Math.min(limit, at + netrcBytesMax));
  reading.spend(64);
  const match =
    /^[\w.:-]{1,128}\s{1,8}login\s{1,8}\S{1,128}\s{1,8}password\s{1,8}(\S{3,128})(?=\s|["'`]|$)/d.exec(
      text,
    );
  const [start, end] = match?.indices?.[1] ?? [0, 0];
  if (end === 0 || isPlaceholder(match?.[1] ?? "")) return;
  reading.add({
    entity: "connection_string",
    start: at + 1 + start,
    end: at + 1 + end,
    confidence: 0.85,
    rule: "netrc",
  });
}

const headerForm =
  /^["']?\]?\s{0,3}(?:=>|[:=,])?\s{0,3}["'`]?(?:(Basic|Bearer|Token|Api-?(?:Key|Token)|SSWS|Digest)\s+|(?=[\w]))/i;

/** `Authorization: Bearer …` in requests, in code and in JSON. */
function findHeader(reading: Reading, at: number): void {
  const { bytes, limit } = reading;
  // What stands in the value of another header is a part of it.
  if (at < reading.mark("headers")) return;
  const head = textAt(bytes, at + 1, Math.min(limit, at + 33));
  const match = headerForm.exec(head);
  reading.spend(32);
  const isKey =
    bytes[at] === 0x79 || bytes[at] === 0x59 || (bytes[at] === 0x6e && bytes[at - 4] === 0x74);
  if (match === null || (match[1] === undefined && !isKey) || !/[:=,]/.test(match[0])) return;
  const start = at + 1 + match[0].length;
  let end = start;
  while (
    end < limit &&
    (((alphabetsOfByte[bytes[end] ?? 0] ?? 0) & tokenBit) !== 0 || bytes[end] === 0x3a)
  )
    end += 1;
  reading.spend(end - start);
  reading.setMark("headers", end);
  const value = textAt(bytes, start, end);
  if (
    value.length < 8 ||
    isPlaceholder(value) ||
    value.endsWith("...") ||
    !/\d|[a-z][A-Z]|[A-Z][a-z]/.test(value) ||
    /^[a-z]+$|^[A-Z_]+$/.test(value)
  )
    return;
  reading.add({
    entity: "http_credential",
    start,
    end,
    confidence: 0.85,
    rule: (match[1] ?? "key").toLowerCase(),
  });
}
