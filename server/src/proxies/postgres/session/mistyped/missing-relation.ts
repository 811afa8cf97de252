/**
 * A change of a relation that is not there: DROP, ALTER and TRUNCATE look names up only when they run, so that no Parse tells of it
 * (`parse-only.ts`). The catalogue does, asked on the session itself; the error is the one that the server would give, in its words.
 *
 * Only of what the server looks up before anything else: the first relation that is named. What could run before that is asked
 * about (event triggers), and so is a transaction whose snapshot is older than what the statement would find.
 */
import type { Node, RangeVar, RawStmt } from "libpg-query";
import type { Ask } from "#/proxies/postgres/ask.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { stringsOf } from "#/proxies/postgres/sql/tree.ts";
import type { ErrorFields } from "#/proxies/postgres/wire/backend-messages.ts";

/** Null where there may be such a relation, or something else may come first. */
export async function findMissingRelation(
  dialogue: Pick<Dialogue, "status" | "ask">,
  trees: readonly RawStmt[] | null,
): Promise<ErrorFields | null> {
  const [only, more] = trees ?? [];
  if (only?.stmt === undefined || more !== undefined || dialogue.status === "failed") return null;
  const changed = firstChanged(only.stmt);
  return changed === null ? null : lookUp(dialogue.ask.bind(dialogue), changed);
}

interface Changed {
  readonly schema: string | null;
  readonly name: string;
  /** What the server calls it where it is not there. */
  readonly called: (qualified: string) => string;
  readonly code: string;
}

function firstChanged(stmt: Node): Changed | null {
  if ("DropStmt" in stmt) {
    const { objects = [], removeType = "", missing_ok, concurrent } = stmt.DropStmt;
    const kind = dropped[removeType];
    const [first] = objects;
    if (kind === undefined || missing_ok || concurrent || first === undefined) return null;
    const path = "List" in first ? stringsOf(first.List.items) : [];
    const name = path.at(-1);
    if (name === undefined || path.length > 2) return null;
    const schema = path.length === 2 ? (path[0] ?? null) : null;
    return { schema, name, called: () => `${kind.word} "${name}"`, code: kind.code };
  }
  if ("TruncateStmt" in stmt) {
    const [first] = stmt.TruncateStmt.relations ?? [];
    return first !== undefined && "RangeVar" in first ? ofRelation(first.RangeVar) : null;
  }
  if ("AlterTableStmt" in stmt) {
    const { relation, missing_ok, cmds = [], objtype = "" } = stmt.AlterTableStmt;
    const isPlain = cmds.every((cmd) => "AlterTableCmd" in cmd && !detaches(cmd.AlterTableCmd));
    return missing_ok || !isPlain || !altered.includes(objtype) ? null : ofRelation(relation);
  }
  if ("RenameStmt" in stmt) {
    const { relation, missing_ok, renameType = "", relationType = "" } = stmt.RenameStmt;
    const type = renameType === "OBJECT_COLUMN" ? relationType : renameType;
    return missing_ok || !altered.includes(type) ? null : ofRelation(relation);
  }
  return null;
}

/** Not within a transaction, which the server says first. */
function detaches({ subtype }: { readonly subtype?: string }): boolean {
  return subtype === "AT_DetachPartition" || subtype === "AT_DetachPartitionFinalize";
}

function ofRelation(relation: RangeVar | undefined): Changed | null {
  const { catalogname, schemaname = null, relname } = relation ?? {};
  if (relname === undefined || catalogname !== undefined) return null;
  const called = (qualified: string) => `relation "${qualified}"`;
  return { schema: schemaname, name: relname, called, code: noTable };
}

const noTable = "42P01";
const noObject = "42704";
const noSchema = "3F000";

const dropped: Readonly<Record<string, { readonly word: string; readonly code: string }>> = {
  OBJECT_FOREIGN_TABLE: { word: "foreign table", code: noObject },
  OBJECT_INDEX: { word: "index", code: noObject },
  OBJECT_MATVIEW: { word: "materialized view", code: noTable },
  OBJECT_SEQUENCE: { word: "sequence", code: noTable },
  OBJECT_TABLE: { word: "table", code: noTable },
  OBJECT_VIEW: { word: "view", code: noTable },
};

const altered: readonly string[] = Object.keys(dropped);

async function lookUp(ask: Ask, { schema, name, called, code }: Changed) {
  const [row] = await ask(missingQuery, [name, schema ?? "", schema === null ? "" : "t"]);
  const [isMissing, hasSchema] = row ?? [];
  if (isMissing !== "t") return null;
  if (schema !== null && hasSchema !== "t") {
    return { severity: "ERROR", code: noSchema, message: `schema "${schema}" does not exist` };
  }
  const qualified = schema === null ? name : `${schema}.${name}`;
  return { severity: "ERROR", code, message: `${called(qualified)} does not exist` };
}

/** Asked along the client's own search path. */
const missingQuery = `
select pg_catalog.current_setting('transaction_isolation') operator(pg_catalog.=) any ('{read committed,read uncommitted}')
   and not exists (select from pg_catalog.pg_event_trigger as e where e.evtenabled operator(pg_catalog.<>) 'D')
   and not exists (
     select from pg_catalog.pg_class as c
       join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) c.relnamespace
      where c.relname operator(pg_catalog.=) $1::pg_catalog.name
        and case when $3::pg_catalog.text operator(pg_catalog.=) 't' then n.nspname operator(pg_catalog.=) $2::pg_catalog.name
                 else pg_catalog.pg_table_is_visible(c.oid) end),
       exists (select from pg_catalog.pg_namespace as n where n.nspname operator(pg_catalog.=) $2::pg_catalog.name)`;
