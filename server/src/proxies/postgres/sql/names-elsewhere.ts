/**
 * Whether a text has names that a database of another encoding than UTF-8 may take for others than the grammar here does: of letters beyond
 * ASCII it makes small ones by its own locale, it cuts names at so many of its own bytes, and where it has fewer signs several become one.
 */
import { tokenize } from "./sql-tokens.ts";

/** NAMEDATALEN, without its last byte. */
const nameBytesKept = 63;
const quotesBytes = 2;

export function namesDifferElsewhere(text: string, encoding: string): boolean {
  if (encoding === "UTF8" || !mayDiffer.test(text)) return false;
  const bytes = Buffer.from(text, "utf8");
  const { kinds, starts, ends } = tokenize(bytes);
  const isOneForSeveral = manyToOne.test(encoding);
  return kinds.some((kind, at) => {
    if (kind !== "word" && kind !== "quoted") return false;
    const token = bytes.subarray(starts[at], ends[at]);
    if (kind === "word") return token.some(isBeyondAscii);
    const mayBeCut = token.length > nameBytesKept + quotesBytes;
    // An escape of `U&"…"` is longer than what it stands for.
    return (mayBeCut || isOneForSeveral) && (isEscaped(token) || token.some(isBeyondAscii));
  });
}

/** Those of Chinese, Japanese and Korean, in which signs of Unicode that look alike are one. */
const manyToOne = /^(?:EUC|MULE)/;
// oxlint-disable-next-line no-control-regex
const mayDiffer = /[^\x00-\x7f]|u&"/i;

function isBeyondAscii(byte: number): boolean {
  return byte >= 0x80;
}

function isEscaped(token: Buffer): boolean {
  return /^u&/i.test(token.toString("latin1", 0, 2));
}
