/**
 * Cuts SQL into the tokens that PostgreSQL's own lexer cuts it into (src/backend/parser/scan.l of 18, with
 * standard_conforming_strings on), as far as they matter here: where literals, words and brackets lie.
 *
 * Works on bytes, as the server does: everything above 0x7f is part of a word. Never fails: a string or a quoted name
 * that does not end is an `unfinished` token up to the end of the text.
 */
import {
  ampersand,
  byteAt,
  dollar,
  dot,
  doubleQuote,
  isDigit,
  isOperator,
  isWordStart,
  quote,
  skipTrivia,
} from "./sql-bytes.ts";
import { dollarTagEnd, endOf, type TokenKind, unfinished } from "./token-kinds.ts";

/** Parallel arrays, because a message may have a hundred thousand tokens. */
export interface Tokens {
  readonly kinds: readonly TokenKind[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

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
