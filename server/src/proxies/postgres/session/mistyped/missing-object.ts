/**
 * A statement about what is not there: DROP, ALTER, GRANT, COMMENT and the like look names up only when they run, so that no Parse tells of
 * it (`parse-only.ts`). The server is asked by `pg_get_object_address`, which looks an object up as they do and runs nothing, on the
 * session itself, in a transaction that is read-only and undone. The error is the server's own.
 *
 * Only of what the server looks up before anything else (`named-objects.ts`). What could run before that is asked about (event
 * triggers), and so is a transaction whose snapshot is older than what the statement would find.
 */
import type { RawStmt } from "libpg-query";
import { textArray } from "#/proxies/postgres/ask.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import type { AnyFunction, NamedObjects } from "#/proxies/postgres/sql/looked-up.ts";
import { namedObjects } from "#/proxies/postgres/sql/named-objects.ts";
import type { ObjectAddress } from "#/proxies/postgres/sql/object-address.ts";
import type { ErrorFields } from "#/proxies/postgres/wire/backend-messages.ts";
import { askAside } from "./parse-only.ts";

/** Null where it may be there, or something else may come first. */
export async function findMissingObject(
  dialogue: Dialogue,
  trees: readonly RawStmt[] | null,
): Promise<ErrorFields | null> {
  const [only, more] = trees ?? [];
  if (only?.stmt === undefined || more !== undefined || dialogue.status === "failed") return null;
  const named = namedObjects(only.stmt);
  if (named === null || !isIn(dialogue, named)) return null;
  const { anyFunction, addresses, right, relation } = named;
  if (anyFunction !== null) return lookForFunction(dialogue, anyFunction);
  const found = await lookUp(dialogue, addresses, right);
  return found?.code === noTable && relation !== null ? asKind(found, addresses, relation) : found;
}

function isIn({ status }: Dialogue, { within }: NamedObjects): boolean {
  if (within === "anywhere") return true;
  return (status === "transaction") === (within === "client's transaction");
}

const noTable = "42P01";
/** Of a schema, a database, a column, a function, a relation, and of anything else. */
const missing: readonly string[] = ["3F000", "3D000", "42703", "42883", noTable, "42704"];

async function lookUp(
  dialogue: Dialogue,
  addresses: readonly ObjectAddress[],
  right: NamedObjects["right"],
): Promise<ErrorFields | null> {
  const questions = addresses.map(({ type, names, args }) => ({
    sql: addressQuery,
    parameters: [type, textArray(names), textArray(args), right],
  }));
  const found = await askAside(dialogue, questions);
  return found !== null && missing.includes(found.code ?? "") ? found : null;
}

/** DROP calls a relation by the kind that it was to be, without its schema. */
function asKind(
  found: ErrorFields,
  [address]: readonly ObjectAddress[],
  { word, code }: NonNullable<NamedObjects["relation"]>,
): ErrorFields {
  return { ...found, code, message: `${word} "${address?.names.at(-1) ?? ""}" does not exist` };
}

/** The gateway's own words here: there is no question to which the server gives them. */
async function lookForFunction(
  dialogue: Dialogue,
  { word, names }: AnyFunction,
): Promise<ErrorFields | null> {
  const [name, schema = null, ...more] = names.toReversed();
  if (name === undefined || more.length > 0) return null;
  const [row] = await dialogue.ask(functionQuery, [name, schema ?? "", schema === null ? "" : "t"]);
  const [isMissing, hasSchema] = row ?? [];
  if (isMissing !== "t") return null;
  return schema !== null && hasSchema !== "t"
    ? { severity: "ERROR", code: "3F000", message: `schema "${schema}" does not exist` }
    : {
        severity: "ERROR",
        code: "42883",
        message: `could not find ${word} named "${names.join(".")}"`,
      };
}

/** Nothing runs before it, and what it finds is what the statement would. */
export const looksFirst = `
pg_catalog.current_setting('transaction_isolation') operator(pg_catalog.=) any ('{read committed,read uncommitted}')
   and not exists (select from pg_catalog.pg_event_trigger as e where e.evtenabled operator(pg_catalog.<>) 'D')`;

/** Fails where it is not there. */
const addressQuery = `
select case
  when ${looksFirst}
   and ($4::pg_catalog.text operator(pg_catalog.=) 'none'
        or exists (select from pg_catalog.pg_roles as r
                    where r.rolname operator(pg_catalog.=) current_user and (r.rolsuper or r.rolcreaterole)))
  then (select a.classid is null
          from pg_catalog.pg_get_object_address($1::pg_catalog.text, $2::pg_catalog.text[], $3::pg_catalog.text[]) as a)
   end`;

/** Asked along the client's own search path. */
const functionQuery = `
select ${looksFirst}
   and not exists (
     select from pg_catalog.pg_proc as p
       join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) p.pronamespace
      where p.proname operator(pg_catalog.=) $1::pg_catalog.name
        and case when $3::pg_catalog.text operator(pg_catalog.=) 't' then n.nspname operator(pg_catalog.=) $2::pg_catalog.name
                 else n.nspname operator(pg_catalog.=) any (pg_catalog.current_schemas(true)) end)
   and not exists (
     select from pg_catalog.pg_namespace as n
      where n.nspname operator(pg_catalog.=) $2::pg_catalog.name and not pg_catalog.has_schema_privilege(n.oid, 'usage')),
       exists (select from pg_catalog.pg_namespace as n where n.nspname operator(pg_catalog.=) $2::pg_catalog.name)`;
