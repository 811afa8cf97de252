/**
 * Where the comments of SQL stand, given where its constants do: what is left is words, operators, quoted names and comments, and
 * an operator can't hold the beginning of a comment (PostgreSQL documentation, 4.1.3).
 */
import type { LiteralSpan } from "#/core/facts.ts";

const quote = 0x22;
const newline = 0x0a;
const carriageReturn = 0x0d;

export interface CommentSpan {
  readonly start: number;
  readonly end: number;
}

/** `literals` in their order. */
export function commentSpans(
  bytes: Uint8Array,
  literals: readonly LiteralSpan[],
): readonly CommentSpan[] {
  const comments: CommentSpan[] = [];
  let next = 0;
  for (let at = 0; at < bytes.length; ) {
    while ((literals[next]?.start ?? bytes.length) < at) next += 1;
    const literal = literals[next];
    if (literal?.start === at) {
      at = Math.max(literal.end, at + 1);
      continue;
    }
    const end = bytes[at] === quote ? quotedEnd(bytes, at) : commentEnd(bytes, at);
    if (end !== null && bytes[at] !== quote) comments.push({ start: at, end });
    at = end ?? at + 1;
  }
  return comments;
}

function quotedEnd(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(quote, start + 1);
  return end < 0 ? bytes.length : end + 1;
}

/** Null where none begins. */
function commentEnd(bytes: Uint8Array, start: number): number | null {
  if (isPair(bytes, start, "--")) {
    let end = start;
    while (end < bytes.length && bytes[end] !== newline && bytes[end] !== carriageReturn) end += 1;
    return end;
  }
  if (!isPair(bytes, start, "/*")) return null;
  let depth = 0;
  for (let at = start; at < bytes.length; at += 2) {
    if (isPair(bytes, at, "/*")) depth += 1;
    else if (isPair(bytes, at, "*/")) depth -= 1;
    else at -= 1;
    if (depth === 0) return at + 2;
  }
  return bytes.length;
}

function isPair(bytes: Uint8Array, at: number, pair: string): boolean {
  return bytes[at] === pair.charCodeAt(0) && bytes[at + 1] === pair.charCodeAt(1);
}
