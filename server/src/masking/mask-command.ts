/**
 * A command as people may see it: literals alone are replaced, so that all of it that decides what it does stays visible.
 *
 * Where literals lie, and which column each belongs to, comes from the grammar of the command's language; this folder parses none.
 * A replacement shows the kind of data and, by its number, which value it is: the same value has the same number.
 */

import type { Entity } from "#/core/entity.ts";
import type { LiteralSpan } from "#/core/facts.ts";
import { entityOfName } from "./column-names.ts";
import type { Finder } from "./finder.ts";
import { leadOf, type Masked, maskNamed } from "./mask-text.ts";
import type { Replace } from "./replace.ts";
import { literalContent } from "./sql-literal.ts";
import { moreExact } from "./value-class.ts";

/** So far before a literal its word is looked for. */
const wordReach = 64;

export interface MaskedCommand {
  readonly text: string;
  /** In bytes of the command as it was: where something was replaced, and what. */
  readonly replaced: readonly {
    readonly start: number;
    readonly end: number;
    readonly entities: readonly Entity[];
  }[];
}

export function maskCommand(
  finder: Finder,
  replace: Replace,
  command: string,
  literals: readonly LiteralSpan[],
): MaskedCommand {
  const bytes = Buffer.from(command, "utf8");
  const replaced: { start: number; end: number; entities: readonly Entity[] }[] = [];
  let text = "";
  let last = 0;
  for (const { start, end, kind, column } of literals.toSorted(
    (one, other) => one.start - other.start,
  )) {
    if (kind === "parameter" || kind === "bits" || start < last || end > bytes.length) continue;
    const written = bytes.toString("utf8", start, end);
    const named = columnOf(column ?? wordBefore(bytes, start));
    const masked =
      kind === "number"
        ? maskNumber(finder, replace, named, written)
        : maskString(finder, replace, named, written);
    if (masked.entities.length === 0) continue;
    text += bytes.toString("utf8", last, start) + masked.text;
    replaced.push({ start, end, entities: masked.entities });
    last = end;
  }
  return { text: text + bytes.toString("utf8", last), replaced };
}

interface Named {
  readonly name: string;
  readonly table: string | null;
}

/** `public.customers.email` and `c.email` are about `email`. */
function columnOf(column: string): Named {
  const parts = column.split(".").map((part) => part.replaceAll('"', ""));
  return { name: parts.at(-1) ?? "", table: parts.at(-2) ?? null };
}

function maskNumber(
  finder: Finder,
  replace: Replace,
  { name, table }: Named,
  written: string,
): Masked {
  const entity = name === "" ? null : entityOfName(name, table);
  if (entity !== null) return { text: replace(entity, written), entities: [entity] };
  return written.length < 7
    ? { text: written, entities: [] }
    : maskNamed(finder, replace, name, written);
}

function maskString(
  finder: Finder,
  replace: Replace,
  { name, table }: Named,
  written: string,
): Masked {
  const { open, inner, close, value } = literalContent(written);
  const entity = name === "" ? null : entityOfName(name, table);
  const whole = (found: Entity) => ({
    text: `${open}${replace(found, value)}${close}`,
    entities: [found],
  });
  if (entity !== null && value !== "") return whole(moreExact(finder, entity, value));
  // What escapes and doubled quotes stand for may be what is looked for: then all of the literal goes.
  const [finding] = value === inner ? [] : finder.find(`${leadOf(name)}${value}`);
  if (finding !== undefined) return whole(finding.entity);
  const masked = maskNamed(finder, replace, name, inner);
  return { text: `${open}${masked.text}${close}`, entities: masked.entities };
}

/** Behind which word a literal stands that belongs to no column: `password '…'`, `secret => '…'`. */
function wordBefore(bytes: Buffer, start: number): string {
  const before = bytes.toString("latin1", Math.max(0, start - wordReach), start);
  return /([A-Za-z_][\w.]*)\s*(?:=>|:=|=)?\s*$/.exec(before)?.[1] ?? "";
}
