/** What the bytes of SQL are to PostgreSQL's lexer: letters, digits, operators; and what it skips. */
const tab = 0x09;
const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
export const doubleQuote = 0x22;
export const dollar = 0x24;
export const ampersand = 0x26;
export const quote = 0x27;
const asterisk = 0x2a;
export const plus = 0x2b;
export const minus = 0x2d;
export const dot = 0x2e;
const slash = 0x2f;
export const backslash = 0x5c;
export const underscore = 0x5f;

export const isOperator = tableOf("~!@#^&|`?+-*/%<>=");
export const isDigit = tableOf("0123456789");
export const isHexDigit = tableOf("0123456789abcdefABCDEF");
export const isOctalDigit = tableOf("01234567");
export const isBinaryDigit = tableOf("01");
export const isWordStart = tableOf("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", 0x80);
export const isTagPart = tableOf(
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789",
  0x80,
);
export const isWordPart = tableOf(
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
export function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0;
}

export function isNewline(byte: number): boolean {
  return byte === newline || byte === carriageReturn;
}

/** Space, tab, newline, vertical tab, form feed, carriage return. */
export function isSpace(byte: number): boolean {
  return byte === space || (byte >= tab && byte <= carriageReturn);
}

export function skipTrivia(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    if (isSpace(byteAt(bytes, at))) at += 1;
    else if (startsLineComment(bytes, at)) at = skipLineComment(bytes, at);
    else if (startsBlockComment(bytes, at)) at = skipBlockComment(bytes, at);
    else return at;
  }
}

export function startsLineComment(bytes: Buffer, at: number): boolean {
  return byteAt(bytes, at) === minus && byteAt(bytes, at + 1) === minus;
}

export function startsBlockComment(bytes: Buffer, at: number): boolean {
  return byteAt(bytes, at) === slash && byteAt(bytes, at + 1) === asterisk;
}

export function skipLineComment(bytes: Buffer, from: number): number {
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
