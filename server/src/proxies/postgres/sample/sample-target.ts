/** The table whose rows are shown, as the catalogue has it, and which of its columns. */
import type { ColumnMark } from "#/core/column-mark.ts";
import { entityOfName } from "#/masking/values/column-names.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import { listOf } from "#/proxies/postgres/touched/node.ts";
import { marksOn } from "#/proxies/postgres/touched/present-touching.ts";
import { kinJson, ofGenerated } from "#/proxies/postgres/touched/read-relations.ts";
import type { Assigned } from "./assigned.ts";
import type { Write } from "./sampled-run.ts";

export interface SampleTarget {
  /** `schema.name`. */
  readonly name: string;
  /** Without its schema. */
  readonly table: string;
  /** As SQL writes it. */
  readonly quoted: string;
  readonly version: number;
  /** Those that are shown: of the key, then what is assigned, then what is made of that, then others. */
  readonly columns: readonly TargetColumn[];
  readonly columnsMore: number;
}

export interface TargetColumn {
  readonly name: string;
  /** As the database writes it. */
  readonly type: string;
  /** By its name in the catalogue, such as `int4` or `text[]`. */
  readonly typeName: string;
  readonly isEnum: boolean;
  readonly isGenerated: boolean;
  readonly isKey: boolean;
  /** By the statement, or as one that is made of what it assigns. */
  readonly isAssigned: boolean;
  /** Marked by the configuration. */
  readonly sensitive: boolean;
  /** It is made of columns that are not shown. */
  readonly isDerived: boolean;
}

/** Of each row. */
const sampleColumnsMax = 12;

interface TargetOptions {
  readonly assigned: Assigned;
  readonly kind: Write["kind"];
  readonly marks: readonly ColumnMark[];
}

/** To be asked with `pg_catalog` alone as the search path. Null where the role may not read the table. */
export async function readTarget(
  oid: string,
  { assigned, kind, marks }: TargetOptions,
  ask: Ask,
): Promise<SampleTarget | null> {
  const [row] = await ask(targetQuery, [oid]);
  const [quoted, name, table, version, mayRead, kin, described] = row ?? [];
  if (!quoted || !name || !table || mayRead !== "t") return null;
  const relation = { name, kin: listOf(JSON.parse(kin ?? "[]")).map(String) };
  const own = marksOn(relation, marks);
  const isMarked = (column: string) => own.some((mark) => mark.isOnColumn(column));
  const isHidden = (column: string) => isMarked(column) || entityOfName(column, table) !== null;
  const isAssigned = (column: string) => assigned.columns?.includes(column) ?? true;
  const all = listOf(JSON.parse(described ?? "[]"))
    .map(listOf)
    .map(([column, type, typeName, isEnum, madeOf, isKey]): TargetColumn => {
      const isGenerated = madeOf !== null;
      return {
        name: String(column),
        type: String(type),
        typeName: String(typeName),
        isEnum: isEnum === true,
        isGenerated,
        isKey: isKey === true,
        isAssigned: isGenerated
          ? listOf(madeOf).some((source) => isAssigned(String(source)))
          : isAssigned(String(column)),
        sensitive: isMarked(String(column)),
        isDerived: listOf(madeOf).some((source) => isHidden(String(source))),
      };
    });
  const shown = all
    .filter((column) => kind !== "UpdateStmt" || rank(column) < lastRank)
    .toSorted((one, other) => rank(one) - rank(other))
    .slice(0, sampleColumnsMax);
  if (shown.length === 0) return null;
  return {
    name,
    table,
    quoted,
    version: Number(version),
    columns: shown,
    columnsMore: all.length - shown.length,
  };
}

const lastRank = 3;

function rank({ isKey, isAssigned, isGenerated }: TargetColumn): number {
  if (isKey) return 0;
  if (!isAssigned) return lastRank;
  return isGenerated ? 2 : 1;
}

const targetQuery = `
select format('%I.%I', n.nspname, c.relname), n.nspname || '.' || c.relname, c.relname,
       current_setting('server_version_num'),
       has_table_privilege(c.oid, 'select'),
       ${kinJson},
       (select json_agg(json_build_array(
                 a.attname, format_type(a.atttypid, a.atttypmod),
                 case when e.oid is null then t.typname else e.typname || '[]' end,
                 coalesce(e.typtype, t.typtype) = 'e',
                 case when a.attgenerated <> '' then (
                   select coalesce(json_agg(s.attname), '[]')
                     from pg_attrdef as g
                     join pg_depend as d on ${ofGenerated("g.oid")}
                      and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
                     join pg_attribute as s on s.attrelid = d.refobjid and s.attnum = d.refobjsubid
                    where g.adrelid = c.oid and g.adnum = a.attnum) end,
                 exists (select from pg_index as x
                          where x.indrelid = c.oid and x.indisprimary and a.attnum = any (x.indkey)))
                 order by a.attnum)
          from pg_attribute as a
          join pg_type as t on t.oid = a.atttypid
          left join pg_type as e on e.oid = t.typelem and t.typcategory = 'A'
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
 where c.oid = $1::oid`;
