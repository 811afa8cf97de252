/**
 * Which version of its catalogue a database has: another text once anybody has changed, whether through the gateway or past it, what
 * `readCatalogue` reads. Rows carry the number of the transaction that wrote them, so that few milliseconds tell, and no row is returned.
 *
 * Of the system's own objects nothing is told, and of temporary relations neither: those of the session itself are made through the gateway.
 */
import type { Ask } from "#/proxies/postgres/ask.ts";

/** With `columns` where relations are read with theirs. */
export async function readCatalogueVersion(ask: Ask, columns: boolean): Promise<string> {
  const [row] = await ask(columns ? withColumns : withoutColumns);
  return `${columns ? "columns" : "relations"} ${row?.[0] ?? ""}`;
}

/** From here on what a database's users have made is numbered. */
const ownFrom = "16384";

function versionQuery(parts: readonly string[]): string {
  return `
select pg_catalog.concat(pg_catalog.count(*), ' ', pg_catalog.sum(
         pg_catalog.hashint8extended(v.oid::pg_catalog.int8, v.xmin::pg_catalog.text::pg_catalog.int8)))
  from (${parts.join("\n union all ")}) as v`;
}

/** Relations, types of rows, and indexes: what one of these calls, planning runs. */
const lasting =
  "x.relkind operator(pg_catalog.=) any ('{r,p,m,v,f,S,c,i,I}') and x.relpersistence operator(pg_catalog.<>) 't'";

function ownOf(catalogue: string, more = ""): string {
  return `select x.oid, x.xmin from pg_catalog.${catalogue} as x where x.oid operator(pg_catalog.>=) ${ownFrom}${more}`;
}

function columnsOf(relations: string): string {
  return `select a.attrelid, a.xmin
     from pg_catalog.pg_attribute as a
     join pg_catalog.pg_class as x on x.oid operator(pg_catalog.=) a.attrelid
    where a.attrelid operator(pg_catalog.>=) ${ownFrom} and a.attnum operator(pg_catalog.>) 0 and ${relations}`;
}

const parts = [
  ownOf("pg_class", ` and ${lasting}`),
  ownOf(
    "pg_type",
    " and x.typrelid operator(pg_catalog.=) 0 and x.typelem operator(pg_catalog.=) 0",
  ),
  ...[
    "pg_attrdef",
    "pg_cast",
    "pg_operator",
    "pg_proc",
    "pg_rewrite",
    "pg_statistic_ext",
    "pg_trigger",
  ].map((catalogue) => ownOf(catalogue)),
  ownOf("pg_namespace", " and x.nspname operator(pg_catalog.!~) '^pg_(toast_)?temp_'"),
  // What belongs to an extension is not what users made.
  `select d.objid, d.xmin from pg_catalog.pg_depend as d
    where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
      and d.deptype operator(pg_catalog.=) 'e'`,
  "select x.oid, x.xmin from pg_catalog.pg_constraint as x where x.contypid operator(pg_catalog.>) 0",
  `select i.inhrelid, i.xmin
     from pg_catalog.pg_inherits as i join pg_catalog.pg_class as x on x.oid operator(pg_catalog.=) i.inhrelid
    where ${lasting}`,
];

const withoutColumns = versionQuery([...parts, columnsOf("x.relkind operator(pg_catalog.=) 'c'")]);
const withColumns = versionQuery([...parts, columnsOf(lasting)]);
