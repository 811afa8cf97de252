/**
 * A statement about a table that is there, or that is created, with a column, a constraint or a type that is not. As of objects that are not
 * there (`missing-object.ts`) no Parse tells of it, and the server is asked by the look-up that the statement would begin with.
 *
 * It is asked only where nothing else would be said first: that the table is somebody else's, of another kind, in use by this session.
 */
import type { RawStmt } from "libpg-query";
import { textArray } from "#/proxies/postgres/ask.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { reservedPrefix } from "#/proxies/postgres/names.ts";
import { type NamedPart, type NamedParts, namedParts } from "#/proxies/postgres/sql/named-parts.ts";
import type { ErrorFields } from "#/proxies/postgres/wire/backend-messages.ts";
import { looksFirst } from "./missing-object.ts";
import { askAside, charactersOf } from "./parse-only.ts";

/** Null where all may be there, or something else may come first. */
export async function findMissingPart(
  dialogue: Dialogue,
  command: string,
  trees: readonly RawStmt[] | null,
): Promise<ErrorFields | null> {
  const [only, more] = trees ?? [];
  if (only?.stmt === undefined || more !== undefined || dialogue.status === "failed") return null;
  const named = namedParts(only.stmt);
  if (named === null) return null;
  if ((await lookUp(dialogue, named, named.parts)) === null) return null;
  // One of them is not there: the first of them is the one that the server would speak of.
  for (const part of named.parts) {
    const found = await lookUp(dialogue, named, [part]);
    if (found !== null) return asTold(found, part, command);
  }
  return null;
}

async function lookUp(
  dialogue: Dialogue,
  { after, relation }: NamedParts,
  parts: readonly NamedPart[],
): Promise<ErrorFields | null> {
  const { schemaname = "", relname = "" } = relation;
  const questions = parts.map(({ address: { type, names, args } }) => ({
    sql: queries[after],
    parameters: [type, textArray(names), textArray(args), schemaname, relname],
  }));
  const found = await askAside(dialogue, questions);
  return found !== null && missing.includes(found.code ?? "") ? found : null;
}

/** Of a schema that a type is in, a column, and of anything else. */
const missing: readonly string[] = ["3F000", "42703", "42704"];

function asTold(found: ErrorFields, { at, code, words }: NamedPart, command: string): ErrorFields {
  const message = words !== null && found.code === code ? { message: words } : {};
  const place = at === null ? {} : { position: String(placeOf(command, at)) };
  return { ...found, ...message, ...place };
}

function placeOf(command: string, at: number): number {
  return charactersOf(Buffer.from(command, "utf8"), at) + 1;
}

/** Fails where it is not there. */
function lookingUp(when: string): string {
  return `
select case
  when ${looksFirst}
   and ${when}
  then (select a.classid is null
          from pg_catalog.pg_get_object_address($1::pg_catalog.text, $2::pg_catalog.text[], $3::pg_catalog.text[]) as a)
   end
 where $4::pg_catalog.text is not null and $5::pg_catalog.text is not null`;
}

/** A plain table of the session's own, which nothing else inherits from or goes by. */
const isOwnTable = `exists (
  select from pg_catalog.pg_class as c
   where c.oid operator(pg_catalog.=) pg_catalog.to_regclass(
           case $4::pg_catalog.text when '' then '' else pg_catalog.concat(pg_catalog.quote_ident($4::pg_catalog.text), '.') end
             operator(pg_catalog.||) pg_catalog.quote_ident($5::pg_catalog.text))
     and c.relkind operator(pg_catalog.=) 'r' and c.relpersistence operator(pg_catalog.<>) 't'
     and c.reloftype operator(pg_catalog.=) 0 and not c.relispartition and not c.relhassubclass
     and c.oid operator(pg_catalog.>=) 16384
     and pg_catalog.pg_has_role(c.relowner, 'usage')
     and not exists (select from pg_catalog.pg_trigger as t
                      where t.tgrelid operator(pg_catalog.=) c.oid and t.tgdeferrable)`;

const isUnused = `not exists (
  select from pg_catalog.pg_cursors as p where not pg_catalog.starts_with(p.name, '${reservedPrefix}'))`;

const queries: Readonly<Record<NamedParts["after"], string>> = {
  changing: lookingUp(`${isOwnTable}) and ${isUnused}`),
  indexing: lookingUp(`${isOwnTable}
     and pg_catalog.has_schema_privilege(c.relnamespace, 'create'))
   and ${isUnused}
   and pg_catalog.current_setting('default_tablespace') operator(pg_catalog.=) ''`),
  creating: lookingUp(`exists (
  select from pg_catalog.pg_namespace as n
   where n.nspname operator(pg_catalog.=) case $4::pg_catalog.text when '' then pg_catalog.current_schema() else $4::pg_catalog.name end
     and pg_catalog.has_schema_privilege(n.oid, 'create'))`),
};
