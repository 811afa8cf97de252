/**
 * An edit of what people were shown, as what it means: a pseudonym that was kept is the value that was sent.
 *
 * Guarantees that a value stays where it was, in a literal of the same column: a pseudonym elsewhere, or one that stands for nothing
 * there, is refused. Nobody needs to see a value to keep it, and nobody gets to put it where it would be seen.
 */
import { parseLabel } from "#/core/entity.ts";
import type { LiteralSpan } from "#/core/facts.ts";
import { type Pseudonym, pseudonymForm, type ShownRuns } from "#/core/pseudonym.ts";
import { literalContent } from "#/masking/action/sql-literal.ts";
import { tokenize } from "#/proxies/postgres/sql/sql-tokens.ts";

export type Restored =
  | { readonly kind: "restored"; readonly command: string; readonly kept: readonly Kept[] }
  | { readonly kind: "misplaced"; readonly why: string };

/** A value that was put back. */
interface Kept {
  readonly pseudonym: Pseudonym;
  readonly place: "string" | "number" | "comment";
  /** Its first byte in the restored text. */
  readonly start: number;
}

/** `sent`: what the edit takes the place of; what looked like a pseudonym there is none. */
export function restoreCommand(edited: string, sent: string, shown: ShownRuns): Restored {
  const byName = new Map(shown.pseudonyms.map((each) => [each.name, each]));
  const unknown = (edited.match(pseudonymForm) ?? []).find(
    (name) => !byName.has(name) && isPseudonym(name) && !sent.includes(name),
  );
  if (unknown !== undefined) {
    return { kind: "misplaced", why: `${unknown} stands for nothing in what waits.` };
  }
  const bytes = Buffer.from(asWords(edited, byName), "utf8");
  const source = Buffer.from(edited, "utf8");
  const { kinds, starts, ends } = tokenize(bytes);
  const kept: Kept[] = [];
  const parts: Buffer[] = [];
  let length = 0;
  let last = 0;
  const put = (part: Buffer) => {
    parts.push(part);
    length += part.length;
  };
  const putText = (from: number, to: number, place: Kept["place"], write: Write) => {
    const text = source.toString("utf8", from, to);
    let at = 0;
    for (const match of text.matchAll(pseudonymForm)) {
      const pseudonym = byName.get(match[0]);
      if (pseudonym === undefined) continue;
      put(Buffer.from(text.slice(at, match.index), "utf8"));
      kept.push({ pseudonym, place, start: length });
      put(Buffer.from(write(pseudonym.value), "utf8"));
      at = match.index + match[0].length;
    }
    put(Buffer.from(text.slice(at), "utf8"));
  };
  const written = new Map(shown.literals.map((each) => [each.shown, each.written]));
  for (let index = 0; index < kinds.length; index += 1) {
    const [start = 0, end = 0] = [starts[index], ends[index]];
    putText(last, start, "comment", asItIs);
    last = end;
    const text = source.toString("utf8", start, end);
    const names = namesIn(text, byName);
    const asSent = written.get(text);
    if (names.length === 0) {
      put(source.subarray(start, end));
    } else if (kinds[index] === "string") {
      if (asSent === undefined) {
        putText(start, end, "string", writerOf(text));
      } else {
        for (const name of names) kept.push({ pseudonym: name, place: "string", start: length });
        put(Buffer.from(asSent, "utf8"));
      }
    } else if (kinds[index] === "word" && names[0]?.name === text) {
      putText(start, end, "number", asItIs);
    } else {
      return misplaced(names[0]);
    }
  }
  putText(last, source.length, "comment", asItIs);
  return { kind: "restored", command: Buffer.concat(parts).toString("utf8"), kept };
}

/** Why a value is not where it was, or null. `literals` are those of the restored text. */
export function whyMoved(kept: readonly Kept[], literals: readonly LiteralSpan[]): string | null {
  for (const { pseudonym, place, start } of kept) {
    const literal = literals.find((each) => each.start <= start && start < each.end) ?? null;
    const kind = literal?.kind ?? "comment";
    const column = columnName(literal?.column ?? null);
    const isWhereItWas =
      kind === place &&
      pseudonym.places.some((each) => each.kind === kind && columnName(each.column) === column);
    if (!isWhereItWas) return misplaced(pseudonym).why;
  }
  return null;
}

/** Null where a pseudonym stands in what is no longer wholly as it was shown. */
export function restoreParameter(
  text: string | null,
  at: number,
  sent: string | null,
  shown: ShownRuns,
): { readonly why: string } | { readonly isKept: boolean } {
  const { [at]: asShown } = shown.parameters;
  if (asShown !== undefined && text === asShown) return { isKept: true };
  const name = (text?.match(pseudonymForm) ?? []).find(
    (each) => isPseudonym(each) && sent?.includes(each) !== true,
  );
  if (name === undefined) return { isKept: false };
  return {
    why: `Keep $${at + 1} as it is shown, or write all of it anew: ${name} can't stand in a part of it.`,
  };
}

type Write = (value: string) => string;

const asItIs: Write = (value) => value;

/** As a string of this form writes it (PostgreSQL documentation, 4.1.2). */
function writerOf(literal: string): Write {
  const { open } = literalContent(literal);
  if (open.startsWith("$")) return asItIs;
  return /^(?:e|u&)/i.test(open)
    ? (value) => value.replaceAll("\\", "\\\\").replaceAll("'", "''")
    : (value) => value.replaceAll("'", "''");
}

/** With words of the same length in their place, so that each is within a string, within a comment, or a token of its own. */
function asWords(text: string, byName: ReadonlyMap<string, Pseudonym>): string {
  return text.replaceAll(pseudonymForm, (name) =>
    byName.has(name) ? `_${name.slice(1, -1)}_` : name,
  );
}

function namesIn(text: string, byName: ReadonlyMap<string, Pseudonym>): readonly Pseudonym[] {
  return (text.match(pseudonymForm) ?? []).flatMap((name) => byName.get(name) ?? []);
}

function isPseudonym(name: string): boolean {
  return parseLabel(name.slice(1, name.lastIndexOf("_"))) !== null;
}

/** `public.customers.email` and `c."email"` are about `email`. */
function columnName(column: string | null): string | null {
  return column?.split(".").at(-1)?.replaceAll('"', "").toLowerCase() ?? null;
}

function misplaced(pseudonym: Pseudonym | undefined): Extract<Restored, { kind: "misplaced" }> {
  const { name = "", places = [] } = pseudonym ?? {};
  const columns = [...new Set(places.map(({ column }) => columnName(column)))].filter(
    (column) => column !== null,
  );
  const where = columns.length === 0 ? "where it stands now" : `a value of ${columns.join(" or ")}`;
  return {
    kind: "misplaced",
    why: `${name} can stay ${where} and can't be put elsewhere, because people may not see what it stands for.`,
  };
}
