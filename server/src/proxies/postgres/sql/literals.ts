/**
 * Where the constants of a text lie: the masker needs them and parses no SQL.
 *
 * Every literal and parameter of the text is among them, also those that the tree keeps no place of (a password, a
 * comment, the code of a DO block). The tree adds the column and the sign of a number.
 */
import type { LiteralSpan } from "#/core/facts.ts";
import type { Tokens } from "./sql-tokens.ts";
import type { TokenKind } from "./token-kinds.ts";

/** `constants`: where the tree has its constants, with the column that each belongs to. */
export function literalSpans(
  bytes: Buffer,
  tokens: Tokens,
  constants: ReadonlyMap<number, string | null>,
): readonly LiteralSpan[] {
  const { kinds, starts, ends } = tokens;
  const spans: LiteralSpan[] = [];
  for (let index = 0; index < kinds.length; index += 1) {
    const kind = literalKinds[kinds[index] ?? "word"];
    const start = starts[index] ?? 0;
    const end = ends[index] ?? start;
    if (kind === undefined) continue;
    const column = constants.get(start);
    if (kind !== "number" || column !== undefined) {
      spans.push({ start, end, kind, column: column ?? null });
      continue;
    }
    const signed = signOf(bytes, tokens, index, constants);
    spans.push({ start: signed?.start ?? start, end, kind, column: signed?.column ?? null });
  }
  return spans;
}

const literalKinds: Readonly<Partial<Record<TokenKind, LiteralSpan["kind"]>>> = {
  bits: "bits",
  number: "number",
  parameter: "parameter",
  string: "string",
};

const open = 0x28;
const minus = 0x2d;

/**
 * The grammar folds minus signs into the constant and puts its place at the outermost one. Within brackets
 * (`-(5)`) the span stays at the number.
 */
function signOf(
  bytes: Buffer,
  { kinds, starts, ends }: Tokens,
  number: number,
  constants: ReadonlyMap<number, string | null>,
): { readonly start: number; readonly column: string | null } | null {
  let bracketed = false;
  for (let index = number - 1; index >= 0; index -= 1) {
    const last = (ends[index] ?? 1) - 1;
    if (kinds[index] === "punctuation" && bytes[last] === open) {
      bracketed = true;
    } else if (kinds[index] !== "operator" || bytes[last] !== minus) {
      return null;
    } else if (constants.has(last)) {
      const start = bracketed ? (starts[number] ?? last) : last;
      return { start, column: constants.get(last) ?? null };
    }
  }
  return null;
}
