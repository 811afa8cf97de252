/**
 * A command as people may see it: in literals and comments alone something is replaced, so that all of it that decides what it does
 * stays visible.
 *
 * Where literals lie, and which column each belongs to, comes from the grammar of the command's language; this folder parses none.
 * A replacement shows the kind of data and, by its number, which value it is: the same value has the same number. A comment is free
 * text: what is found in it is replaced, and the rest of it stays.
 */
import type { Entity } from "#/core/entity.ts";
import type { LiteralSpan } from "#/core/facts.ts";
import type { Finder } from "#/masking/finder.ts";
import { leadOf, type Masked, maskNamed, maskText } from "#/masking/mask-text.ts";
import type { Replace } from "#/masking/replacement/replace.ts";
import { entityOfName } from "#/masking/values/column-names.ts";
import { moreExact } from "#/masking/values/value-class.ts";
import { commentSpans } from "./comments.ts";
import { type MaskedCommand, rewrite, type Span } from "./rewritten-command.ts";
import { literalContent } from "./sql-literal.ts";

/** So far before a literal its word is looked for. */
const wordReach = 64;

export function maskCommand(
  finder: Finder,
  replace: Replace,
  command: string,
  literals: readonly LiteralSpan[],
  about: About = anything,
): MaskedCommand {
  const bytes = Buffer.from(command, "utf8");
  const rewriting = rewrite(bytes);
  for (const span of spansOf(bytes, literals)) {
    const { start, end, kind } = span;
    if (kind === "parameter" || kind === "bits" || end > bytes.length) continue;
    if (start < rewriting.replacedUpTo()) continue;
    rewriting.put(span, maskSpan(finder, replace, bytes, span, about));
  }
  return rewriting.end();
}

function spansOf(bytes: Buffer, literals: readonly LiteralSpan[]): readonly Span[] {
  const byStart = (one: Span, other: Span) => one.start - other.start;
  const sorted = literals.toSorted(byStart);
  const comments = commentSpans(bytes, sorted).map(
    ({ start, end }): Span => ({ start, end, kind: "comment", column: null }),
  );
  return comments.length === 0 ? sorted : [...sorted, ...comments].toSorted(byStart);
}

function maskSpan(
  finder: Finder,
  replace: Replace,
  bytes: Buffer,
  { start, end, kind, column }: Span,
  about: About,
): Masked {
  const written = bytes.toString("utf8", start, end);
  if (kind === "comment") return maskText(finder, replace, written);
  const named = nameOf(bytes, { start, column }, about);
  return kind === "number"
    ? maskNumber(finder, replace, named, written)
    : maskString(finder, replace, named, written);
}

/** What a command is about, as far as that is known besides its text. */
export interface About {
  /** The only one that it is about; null where what is written before a column has to tell. */
  readonly table: string | null;
  /** Whether a column is masked whatever it holds. */
  readonly hides: (column: string) => boolean;
}

const anything: About = { table: null, hides: () => false };

export interface Named {
  readonly name: string;
  readonly table: string | null;
  readonly isHidden: boolean;
}

/** What a constant or a parameter is about, as far as its column or the word before it tells. */
export function nameOf(
  bytes: Buffer,
  { start, column }: Pick<Span, "start" | "column">,
  { table, hides }: About,
): Named {
  const named = columnOf(column ?? wordBefore(bytes, start));
  return { name: named.name, table: table ?? named.table, isHidden: hides(named.name) };
}

/** `public.customers.email` and `c.email` are about `email`. */
function columnOf(column: string): Omit<Named, "isHidden"> {
  const parts = column.split(".").map((part) => part.replaceAll('"', ""));
  return { name: parts.at(-1) ?? "", table: parts.at(-2) ?? null };
}

/** What its name says that it is. What is hidden whatever it is called goes as a whole too. */
export function entityOf({ name, table, isHidden }: Named): Entity | null {
  return (name === "" ? null : entityOfName(name, table)) ?? (isHidden ? "user_pattern" : null);
}

function maskNumber(finder: Finder, replace: Replace, named: Named, written: string): Masked {
  const { name } = named;
  const entity = entityOf(named);
  if (entity !== null) return { text: replace(entity, written), entities: [entity] };
  return written.length < 7
    ? { text: written, entities: [] }
    : maskNamed(finder, replace, name, written);
}

function maskString(finder: Finder, replace: Replace, named: Named, written: string): Masked {
  const { name } = named;
  const { open, inner, close, value } = literalContent(written);
  const entity = entityOf(named);
  const whole = (found: Entity) => ({
    text: `${open}${replace(found, value)}${close}`,
    entities: [found],
  });
  if (entity !== null && value !== "") return whole(moreExact(finder, entity, value));
  // What escapes and doubled quotes stand for may be what is looked for: then all of the literal goes.
  const [finding] = value === inner ? [] : finder.find(`${leadOf(name)}${value}`);
  if (finding !== undefined) return whole(finding.entity);
  const masked = maskNamed(finder, replace, name, inner);
  const [hidden] = masked.entities;
  // Not in part, where what is written is not what it means: an edit puts back what it means.
  if (hidden !== undefined && value !== inner) return whole(hidden);
  return { text: `${open}${masked.text}${close}`, entities: masked.entities };
}

/** Behind which word a literal stands that belongs to no column: `password '…'`, `secret => '…'`. */
function wordBefore(bytes: Buffer, start: number): string {
  const before = bytes.toString("latin1", Math.max(0, start - wordReach), start);
  return /([A-Za-z_][\w.]*)\s*(?:=>|:=|=)?\s*$/.exec(before)?.[1] ?? "";
}
