/** Which columns a COPY FROM STDIN fills, by the catalogue of the session that will run it. */
import type { Ask } from "#/proxies/postgres/ask.ts";
import { sessionError } from "#/proxies/postgres/present.ts";
import type { CopyStatement } from "./copy-statement.ts";

export interface CopyColumn {
  readonly name: string;
  /** The type's object id. */
  readonly type: number;
}

export type CopyColumns =
  | { readonly kind: "found"; readonly columns: readonly CopyColumn[] }
  /** An error as the server would give it. */
  | { readonly kind: "refused"; readonly error: Buffer };

/** In the order in which the data has them. Never fails in the client's transaction: it only looks. */
export async function readCopyColumns(
  { schema, table, columns }: CopyStatement,
  ask: Ask,
): Promise<CopyColumns> {
  const rows = await ask(columnsQuery, [table, schema ?? ""]);
  if (rows.length === 0) {
    const name = schema === null ? table : `${schema}.${table}`;
    return refuse("42P01", `relation "${name}" does not exist`);
  }
  const all = new Map(
    rows.map(([name, type, isGenerated]) => [
      name ?? "",
      { type: Number(type), isGenerated: isGenerated === "t" },
    ]),
  );
  if (columns === null) {
    const stored = [...all].filter(([, { isGenerated }]) => !isGenerated);
    return { kind: "found", columns: stored.map(([name, { type }]) => ({ name, type })) };
  }
  const missing = columns.find((name) => !all.has(name));
  if (missing !== undefined) {
    return refuse("42703", `column "${missing}" of relation "${table}" does not exist`);
  }
  const generated = columns.find((name) => all.get(name)?.isGenerated === true);
  if (generated !== undefined) {
    return refuse("42P10", `column "${generated}" is a generated column`);
  }
  return {
    kind: "found",
    columns: columns.map((name) => ({ name, type: all.get(name)?.type ?? 0 })),
  };
}

function refuse(sqlstate: string, message: string): CopyColumns {
  return { kind: "refused", error: sessionError("ERROR", sqlstate, message) };
}

/** A name without a schema is looked up along the search path, in which `current_schemas` has what is implied. */
const columnsQuery = `
select a.attname, a.atttypid, a.attgenerated operator(pg_catalog.<>) ''
  from (select c.oid
          from pg_catalog.unnest(
                 case when $2 operator(pg_catalog.=) '' then pg_catalog.current_schemas(true)
                      else array[$2]::pg_catalog.name[] end) with ordinality as s (name, at)
          join pg_catalog.pg_namespace as n
            on n.nspname operator(pg_catalog.=) s.name
            or (s.name operator(pg_catalog.=) 'pg_temp'
                and n.oid operator(pg_catalog.=) pg_catalog.pg_my_temp_schema())
          join pg_catalog.pg_class as c
            on c.relnamespace operator(pg_catalog.=) n.oid
           and c.relname operator(pg_catalog.=) $1::pg_catalog.name
         order by s.at
         limit 1) as t
  join pg_catalog.pg_attribute as a on a.attrelid operator(pg_catalog.=) t.oid
 where a.attnum operator(pg_catalog.>) 0
   and not a.attisdropped
 order by a.attnum`;
