/** The kinds of tokens, and where a token of each ends (scan.l of PostgreSQL 18). */
import {
  backslash,
  byteAt,
  dollar,
  dot,
  doubleQuote,
  isBinaryDigit,
  isDigit,
  isHexDigit,
  isNewline,
  isOctalDigit,
  isOperator,
  isSpace,
  isTagPart,
  isWordPart,
  isWordStart,
  minus,
  plus,
  quote,
  skipLineComment,
  startsBlockComment,
  startsLineComment,
  underscore,
} from "./sql-bytes.ts";

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

export const unfinished = -1;

/** `unfinished` where it does not end. */
export function endOf(kind: TokenKind, bytes: Buffer, at: number): number {
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
export function dollarTagEnd(bytes: Buffer, at: number): number | null {
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
