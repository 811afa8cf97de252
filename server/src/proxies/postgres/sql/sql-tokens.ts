/**
 * Cuts SQL into the tokens that PostgreSQL's own lexer cuts it into (src/backend/parser/scan.l of 18, with
 * standard_conforming_strings on), as far as they matter here: where literals, words and brackets lie.
 *
 * Works on bytes, as the server does: everything above 0x7f is part of a word. Never fails: a string or a quoted name
 * that does not end is an `unfinished` token up to the end of the text.
 */

/** Parallel arrays, because a message may have a hundred thousand tokens. */
export interface Tokens {
  readonly kinds: readonly TokenKind[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

export type TokenKind =
  | "bits"
  | "number"
  | "operator"
  | "parameter"
  | "punctuation"
  | "quoted"
  | "string"
  | "unfinished"
  | "word";

export function tokenize(bytes: Buffer): Tokens {
  const kinds: TokenKind[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = skipTrivia(bytes, 0);
  while (at < bytes.length) {
    const kind = kindAt(bytes, at);
    const end = endOf(kind, bytes, at);
    kinds.push(end === unfinished ? "unfinished" : kind);
    starts.push(at);
    ends.push(end === unfinished ? bytes.length : end);
    at = end === unfinished ? bytes.length : skipTrivia(bytes, end);
  }
  return { kinds, starts, ends };
}

export function isOperatorByte(byte: number): boolean {
  return isOperator[byte] === true;
}

const unfinished = -1;
const tab = 0x09;
const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const doubleQuote = 0x22;
const dollar = 0x24;
const ampersand = 0x26;
const quote = 0x27;
const asterisk = 0x2a;
const plus = 0x2b;
const minus = 0x2d;
const dot = 0x2e;
const slash = 0x2f;
const backslash = 0x5c;
const underscore = 0x5f;

const isOperator = tableOf("~!@#^&|`?+-*/%<>=");
const isDigit = tableOf("0123456789");
const isHexDigit = tableOf("0123456789abcdefABCDEF");
const isOctalDigit = tableOf("01234567");
const isBinaryDigit = tableOf("01");
const isWordStart = tableOf("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", 0x80);
const isTagPart = tableOf("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", 0x80);
const isWordPart = tableOf(
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789$",
  0x80,
);

function tableOf(characters: string, from = 0x100): readonly boolean[] {
  return Array.from(
    { length: 0x100 },
    (_, code) => code >= from || characters.includes(String.fromCharCode(code)),
  );
}

/** The byte, or 0 past the end: no rule looks for 0, which no message holds. */
function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0;
}

function isNewline(byte: number): boolean {
  return byte === newline || byte === carriageReturn;
}

/** Space, tab, newline, vertical tab, form feed, carriage return. */
function isSpace(byte: number): boolean {
  return byte === space || (byte >= tab && byte <= carriageReturn);
}

function skipTrivia(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    if (isSpace(byteAt(bytes, at))) at += 1;
    else if (startsLineComment(bytes, at)) at = skipLineComment(bytes, at);
    else if (startsBlockComment(bytes, at)) at = skipBlockComment(bytes, at);
    else return at;
  }
}

function startsLineComment(bytes: Buffer, at: number): boolean {
  return byteAt(bytes, at) === minus && byteAt(bytes, at + 1) === minus;
}

function startsBlockComment(bytes: Buffer, at: number): boolean {
  return byteAt(bytes, at) === slash && byteAt(bytes, at + 1) === asterisk;
}

function skipLineComment(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && !isNewline(byteAt(bytes, at))) at += 1;
  return at;
}

/** Block comments nest. */
function skipBlockComment(bytes: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < bytes.length) {
    if (startsBlockComment(bytes, at)) {
      depth += 1;
      at += 2;
    } else if (byteAt(bytes, at) === asterisk && byteAt(bytes, at + 1) === slash) {
      depth -= 1;
      at += 2;
      if (depth === 0) return at;
    } else {
      at += 1;
    }
  }
  return at;
}

function kindAt(bytes: Buffer, at: number): TokenKind {
  const byte = byteAt(bytes, at);
  const next = byteAt(bytes, at + 1);
  if (isWordStart[byte]) return wordKind(bytes, at);
  if (byte === quote) return "string";
  if (byte === doubleQuote) return "quoted";
  if (byte === dollar) {
    if (isDigit[next]) return "parameter";
    return dollarTagEnd(bytes, at) === null ? "punctuation" : "string";
  }
  if (isDigit[byte] || (byte === dot && isDigit[next])) return "number";
  return isOperator[byte] ? "operator" : "punctuation";
}

/** `e'…'`, `b'…'`, `x'…'`, `u&'…'` and `u&"…"` win over the word by being longer; `n'…'` is a word and a string. */
function wordKind(bytes: Buffer, at: number): TokenKind {
  const next = byteAt(bytes, at + 1);
  switch (byteAt(bytes, at) | 0x20) {
    case 0x65: // e
      return next === quote ? "string" : "word";
    case 0x62: // b
    case 0x78: // x
      return next === quote ? "bits" : "word";
    case 0x75: // u
      if (next !== ampersand) return "word";
      if (byteAt(bytes, at + 2) === quote) return "string";
      return byteAt(bytes, at + 2) === doubleQuote ? "quoted" : "word";
    default:
      return "word";
  }
}

/** `unfinished` where it does not end. */
function endOf(kind: TokenKind, bytes: Buffer, at: number): number {
  switch (kind) {
    case "word":
      return endOfRun(bytes, at, isWordPart);
    case "quoted":
      return endOfQuoted(bytes, bytes.indexOf(doubleQuote, at), doubleQuote, false);
    case "bits":
    case "string":
      return endOfString(bytes, at);
    case "parameter":
      return endOfRun(bytes, at + 1, isDigit);
    case "number":
      return endOfNumber(bytes, at);
    case "operator":
      return endOfOperator(bytes, at);
    case "punctuation":
      return at + 1;
    case "unfinished":
      return unfinished;
  }
}

function endOfRun(bytes: Buffer, from: number, isPart: readonly boolean[]): number {
  let at = from;
  while (at < bytes.length && isPart[byteAt(bytes, at)]) at += 1;
  return at;
}

function endOfOperator(bytes: Buffer, from: number): number {
  let at = from;
  while (isOperator[byteAt(bytes, at)] && at < bytes.length) {
    if (startsLineComment(bytes, at) || startsBlockComment(bytes, at)) break;
    at += 1;
  }
  return at;
}

function endOfString(bytes: Buffer, at: number): number {
  if (byteAt(bytes, at) === dollar) {
    const tagEnd = dollarTagEnd(bytes, at) ?? at;
    return endOfDollarQuoted(bytes, at, tagEnd);
  }
  const escapes = (byteAt(bytes, at) | 0x20) === 0x65;
  let end = endOfQuoted(bytes, bytes.indexOf(quote, at), quote, escapes);
  while (end !== unfinished) {
    const next = continuation(bytes, end);
    if (next === null) return end;
    end = endOfQuoted(bytes, next, quote, escapes);
  }
  return unfinished;
}

/** `open` is the opening quote's place. A doubled quote does not end the string. */
function endOfQuoted(bytes: Buffer, open: number, mark: number, escapes: boolean): number {
  let at = open + 1;
  while (at < bytes.length) {
    const byte = byteAt(bytes, at);
    if (escapes && byte === backslash) at += 2;
    else if (byte !== mark) at += 1;
    else if (byteAt(bytes, at + 1) === mark) at += 2;
    else return at + 1;
  }
  return unfinished;
}

/** Where a string goes on: after white space with a newline in it. Line comments count as white space there. */
function continuation(bytes: Buffer, from: number): number | null {
  let at = from;
  let sawNewline = false;
  for (;;) {
    const byte = byteAt(bytes, at);
    if (isSpace(byte)) {
      sawNewline ||= isNewline(byte);
      at += 1;
    } else if (startsLineComment(bytes, at)) {
      at = skipLineComment(bytes, at);
    } else {
      return sawNewline && byte === quote ? at : null;
    }
  }
}

/** Behind the second dollar sign of `$tag$`, or null where none begins. */
function dollarTagEnd(bytes: Buffer, at: number): number | null {
  const first = byteAt(bytes, at + 1);
  if (first === dollar) return at + 2;
  if (!isWordStart[first]) return null;
  const end = endOfRun(bytes, at + 1, isTagPart);
  return byteAt(bytes, end) === dollar ? end + 1 : null;
}

function endOfDollarQuoted(bytes: Buffer, at: number, tagEnd: number): number {
  const tag = bytes.subarray(at, tagEnd);
  const close = bytes.indexOf(tag, tagEnd);
  return close < 0 ? unfinished : close + tag.length;
}

function endOfNumber(bytes: Buffer, from: number): number {
  if (byteAt(bytes, from) === 0x30) {
    const digits = digitsOfBase[byteAt(bytes, from + 1) | 0x20];
    const end = digits === undefined ? from : endOfDigits(bytes, from + 2, digits);
    if (digits !== undefined && end > from + 2) return end;
  }
  let at = endOfDigits(bytes, from, isDigit);
  // `1..2` is a range in PL/pgSQL: the dots are no part of the number.
  if (byteAt(bytes, at) === dot && byteAt(bytes, at + 1) !== dot) {
    at = endOfDigits(bytes, at + 1, isDigit, false);
  }
  if ((byteAt(bytes, at) | 0x20) === 0x65) {
    const sign = byteAt(bytes, at + 1);
    const digits = sign === plus || sign === minus ? at + 2 : at + 1;
    if (isDigit[byteAt(bytes, digits)]) at = endOfDigits(bytes, digits, isDigit, false);
  }
  return at;
}

const digitsOfBase: Readonly<Record<number, readonly boolean[]>> = {
  0x78: isHexDigit,
  0x6f: isOctalDigit,
  0x62: isBinaryDigit,
};

/** Digits with single underscores between them; after a base prefix also before them. */
function endOfDigits(
  bytes: Buffer,
  from: number,
  isPart: readonly boolean[],
  mayStartWithUnderscore = true,
): number {
  let at = from;
  for (;;) {
    if (isPart[byteAt(bytes, at)]) at += 1;
    else if (
      byteAt(bytes, at) === underscore &&
      isPart[byteAt(bytes, at + 1)] &&
      (at > from || mayStartWithUnderscore)
    )
      at += 2;
    else return at;
  }
}
