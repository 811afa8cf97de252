/**
 * What texts have in common that differ in the values of their constants only: everything but where these stand.
 *
 * Only what the values cannot change is shared: one SELECT, INSERT, UPDATE, DELETE or MERGE that sets nothing, and
 * of its constants plain strings and plain decimal numbers. All else is part of the key as it is written.
 */
import type { LiteralSpan } from "#/core/facts.ts";
import type { Classified, Statement } from "./classified.ts";
import type { Tokens } from "./sql-tokens.ts";

export interface Template {
  readonly classified: Classified;
  readonly statement: Statement;
  readonly literals: readonly LiteralPlace[];
  /** The semicolon that ends the statement, or null where the text ends it. */
  readonly endToken: number | null;
}

/** A literal by the tokens that it is made of. */
interface LiteralPlace {
  readonly token: number;
  /** The operator whose last character is the number's sign. */
  readonly signToken: number | null;
  readonly kind: LiteralSpan["kind"];
  readonly column: string | null;
}

/** The same for two texts if and only if they differ in nothing but the values of plain constants. */
export function templateKey(bytes: Buffer, { kinds, starts, ends }: Tokens): string {
  let key = "";
  let from = 0;
  for (let index = 0; index < kinds.length; index += 1) {
    const kind = kinds[index];
    if (kind !== "string" && kind !== "number") continue;
    const [start, end] = [starts[index] ?? 0, ends[index] ?? 0];
    const mark = kind === "string" ? stringMark(bytes, start) : numberMark(bytes, start, end);
    if (mark === null || isEscape(bytes, starts[index - 1], ends[index - 1])) continue;
    key += bytes.toString("latin1", from, start) + mark;
    from = end;
  }
  return key + bytes.toString("latin1", from);
}

/** Null where values may matter. */
export function toTemplate(classified: Classified, tokens: Tokens): Template | null {
  const { statements, facts, refused } = classified;
  const [statement] = statements;
  const isPlain = statement !== undefined && statements.length === 1 && refused === null;
  if (!isPlain || statement.start !== 0 || facts.settings.length > 0) return null;
  if (facts.kinds.some((kind) => !templatedKinds.has(kind))) return null;
  const endToken = tokens.starts.indexOf(statement.end);
  const byEnd = new Map(tokens.ends.map((end, token) => [end, token]));
  return {
    classified,
    statement,
    literals: facts.literals.map((literal) => placeOf(literal, tokens, byEnd)),
    endToken: endToken < 0 ? null : endToken,
  };
}

export function fillTemplate(
  { classified, statement, literals, endToken }: Template,
  text: string,
  bytes: Buffer,
  { starts, ends }: Tokens,
): Classified {
  const spans = literals.map(({ token, signToken, kind, column }) => {
    const start = signToken === null ? starts[token] : (ends[signToken] ?? 0) - 1;
    return Object.freeze({ start: start ?? 0, end: ends[token] ?? 0, kind, column });
  });
  const end = endToken === null ? bytes.length : (starts[endToken] ?? bytes.length);
  return Object.freeze({
    ...classified,
    text,
    facts: Object.freeze({ ...classified.facts, literals: Object.freeze(spans) }),
    statements: Object.freeze([Object.freeze({ ...statement, end })]),
  });
}

/** Of statements whose meaning no constant in them changes. */
const templatedKinds: ReadonlySet<string> = new Set([
  "delete",
  "insert",
  "merge",
  "select",
  "update",
  "upsert",
]);

const quote = 0x27;
const dot = 0x2e;

// No text holds a NUL, so that no mark is mistaken for text.
const marks = { string: "\0s", integer: "\0i", decimal: "\0d" } as const;

function stringMark(bytes: Buffer, start: number): string | null {
  return bytes[start] === quote ? marks.string : null;
}

/** Behind UESCAPE it says how the name or string before it is read. */
function isEscape(bytes: Buffer, start = 0, end = 0): boolean {
  return end - start === 7 && bytes.toString("latin1", start, end).toLowerCase() === "uescape";
}

/** Digits, with a point among them or not. */
function numberMark(bytes: Buffer, start: number, end: number): string | null {
  let points = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === dot) points += 1;
    else if (byte < 0x30 || byte > 0x39) return null;
  }
  return points === 0 ? marks.integer : marks.decimal;
}

function placeOf(
  { start, end, kind, column }: LiteralSpan,
  { starts }: Tokens,
  byEnd: ReadonlyMap<number, number>,
): LiteralPlace {
  const token = byEnd.get(end) ?? -1;
  const isSigned = starts[token] !== start;
  return { token, signToken: isSigned ? (byEnd.get(start + 1) ?? -1) : null, kind, column };
}
