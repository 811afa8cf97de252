/**
 * What the gateway knows of an upstream's catalogue, shared by a connection's sessions and read again when it
 * is older than `catalogueAgeMaxMs`.
 *
 * Resolves the relation names of a command to schemas, so that a rule about `public.customers` covers
 * `customers` too, and tells whether a read is proven (SEMANTICS §4): only plain tables, built-in functions,
 * operators and casts, none of which anybody has shadowed.
 */
import { dotted, lastPart, partsOfName } from "#/core/dotted-name.ts";
import type { SqlFacts } from "#/core/facts.ts";
import type { Ask, AskedRow } from "#/proxies/postgres/ask.ts";
import {
  type KnownRelations,
  readKnownRelations,
} from "#/proxies/postgres/masked-use/known-relations.ts";
import { isBuiltinType } from "#/proxies/postgres/sql/builtin-types.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";

export interface Catalogue {
  readonly allSchemas: ReadonlySet<string>;
  /** Schemas by relation name. The same object in what is read later, as long as it would hold the same. */
  readonly schemas: ReadonlyMap<string, readonly string[]>;
  /** Names of which every relation is a table or materialised view of which reading, and planning to, runs nothing that users made. */
  readonly plain: ReadonlySet<string>;
  /** Names of functions and types that exist outside the system's schemas. */
  readonly ownNames: ReadonlySet<string>;
  /** Types of which reading a constant, already when it is parsed, runs functions that users made. */
  readonly checkingTypes: ReadonlySet<string>;
  /** Relations and functions that have such values. */
  readonly checking: ReadonlySet<string>;
  /** Those of functions that take a row, which `row.name` calls as if it were a column. */
  readonly rowFunctions: ReadonlySet<string>;
  /** Those of built-in functions that take one argument, which `(expression).name` calls. */
  readonly unary: ReadonlySet<string>;
  /** Those of volatile functions that users made, extensions aside: under a built-in's name one may run in its place. */
  readonly volatile: ReadonlySet<string>;
  /** Functions, views or defaults that somebody made and whose text says that they set the search path. */
  readonly movesPath: boolean;
  /** Triggers, or defaults by functions that somebody made: what changes rows may call such a function. */
  readonly writesCall: boolean;
  /** All relations with their columns: only where columns are masked, because reading them takes its time. */
  readonly relations: KnownRelations | "unread" | "too_many";
  /** Operators, casts or foreign tables that users made: then no read is proven. */
  readonly unprovable: boolean;
}

export const catalogueAgeMaxMs = 30_000;
/** More than this and the catalogue is taken as unprovable; names still resolve as far as it goes. */
const catalogueRowsMax = 200_000;

/** With `role` as which the session is signed in, relations are read with their columns. */
export async function readCatalogue(ask: Ask, role: string | null): Promise<Catalogue> {
  const relations = await ask(relationsQuery);
  const names = await ask(ownNamesQuery);
  const checking = await ask(checkingQuery);
  const rowFunctions = await ask(rowFunctionsQuery);
  const unary = await ask(unaryQuery);
  const volatile = await ask(volatileQuery);
  const [made] = await ask(unprovableQuery);
  const [moves] = await ask(movesPathQuery);
  const spaces = await ask("select n.nspname from pg_catalog.pg_namespace as n");
  const known = role === null ? "unread" : await readKnownRelations(ask, role);
  const schemas = new Map<string, string[]>();
  const plain = new Set<string>();
  const special = new Set<string>();
  for (const [schema, name, isPlain] of relations) {
    if (typeof schema !== "string" || typeof name !== "string") continue;
    const list = schemas.get(name);
    if (list === undefined) schemas.set(name, [schema]);
    else list.push(schema);
    (isPlain === "t" ? plain : special).add(name);
  }
  for (const name of special) plain.delete(name);
  return {
    allSchemas: new Set(spaces.map(([name]) => name ?? "")),
    schemas,
    plain,
    ownNames: new Set(names.map(([name]) => name ?? "")),
    checkingTypes: namesOf(checking.filter(([isType]) => isType === "t")),
    checking: namesOf(checking.filter(([isType]) => isType !== "t")),
    rowFunctions: new Set(rowFunctions.map(([name]) => name ?? "")),
    unary: new Set(unary.map(([name]) => name ?? "")),
    volatile: new Set(volatile.map(([name]) => name ?? "")),
    movesPath: moves?.[0] !== "f",
    writesCall: moves?.[1] !== "f",
    relations: known,
    unprovable:
      made?.[0] !== "f" ||
      [relations, names, checking].some(({ length }) => length >= catalogueRowsMax),
  };
}

/** What is read again, with what has stayed the same in it. */
export function sinceRead(before: Catalogue | null, read: Catalogue): Catalogue {
  if (before === null || before.schemas.size !== read.schemas.size) return read;
  for (const [name, schemas] of read.schemas) {
    const were = before.schemas.get(name) ?? [];
    const isSame =
      were.length === schemas.length && schemas.every((schema) => were.includes(schema));
    if (!isSame) return read;
  }
  return { ...read, schemas: before.schemas };
}

/** The facts with every relation under its schema, as the session's search path finds it. */
export function resolveFacts(
  facts: SqlFacts,
  catalogue: Catalogue,
  searchPath: readonly string[],
): SqlFacts {
  const resolve = (names: readonly string[]) =>
    [...new Set(names.map((name) => resolveName(name, catalogue, searchPath)))].toSorted();
  return { ...facts, reads: resolve(facts.reads), writes: resolve(facts.writes) };
}

/** Whether what looks like a column may call a function that users made. */
export function mayCallRowFunction(
  { references }: Classified,
  { rowFunctions }: Pick<Catalogue, "rowFunctions">,
): boolean {
  return rowFunctions.size > 0 && references.attributes.some((name) => rowFunctions.has(name));
}

/**
 * Whether the name of a part of an expression may call a function, or convert to a type whose values functions that users made
 * check. Of a catalogue that could not be read it may.
 */
export function mayCallPart(
  { references: { parts } }: Classified,
  catalogue: Pick<Catalogue, "unary" | "ownNames" | "checkingTypes"> | null,
): boolean {
  if (parts.length === 0) return false;
  if (catalogue === null) return true;
  const { unary, ownNames, checkingTypes } = catalogue;
  return parts.some((name) => unary.has(name) || ownNames.has(name) || checkingTypes.has(name));
}

/**
 * Whether a built-in's name may stand for a volatile function that users made: by its arguments, along the search path,
 * or because the database is of a version that has no such built-in. Those that they call stable run under the lock.
 */
export function mayCallVolatile(
  { references }: Classified,
  { volatile }: Pick<Catalogue, "volatile">,
): boolean {
  return volatile.size > 0 && references.functions.some((name) => volatile.has(name));
}

/** Whether parsing alone may run a function that users made: by a constant that is a list or a row of what is checked. */
export function mayCheck(
  { relations, functions, types }: Classified["references"],
  { checking, checkingTypes }: Pick<Catalogue, "checking" | "checkingTypes">,
): boolean {
  if (checkingTypes.size === 0) return false;
  return (
    [...relations, ...functions].some((name) => checking.has(lastPart(name))) ||
    types.some((name) => checkingTypes.has(lastPart(name)))
  );
}

export function isProven(classified: Classified, catalogue: Catalogue): boolean {
  return classified.proofCandidate && runsPlainReads(classified, catalogue);
}

/** Whether it names anything but plain tables, their rows, and what is built in. */
export function namesOthersOwn(
  { relations, functions, types, attributes }: Classified["references"],
  catalogue: Pick<Catalogue, "plain" | "ownNames">,
): boolean {
  return (
    !relations.every((name) => catalogue.plain.has(lastPart(name))) ||
    [...functions, ...types, ...attributes].some((name) =>
      catalogue.ownNames.has(lastPart(name)),
    ) ||
    !types.every((name) => isBuiltinType(name) || catalogue.plain.has(lastPart(name)))
  );
}

/** Whether it runs nothing but reads of plain tables, by what is built in. */
export function runsPlainReads(
  { runsPlainReads: candidate, references }: Classified,
  catalogue: Catalogue,
): boolean {
  if (!candidate || catalogue.unprovable) return false;
  return !namesOthersOwn(references, catalogue) && !mayCheck(references, catalogue);
}

/**
 * A name with a schema stands. Without one it is the first on the search path that has it; a name that
 * nobody has yet will be made in the first schema that there is.
 */
function resolveName(name: string, catalogue: Catalogue, searchPath: readonly string[]): string {
  const [only = "", ...more] = partsOfName(name);
  if (more.length > 0) return name;
  const having = catalogue.schemas.get(only);
  const found =
    searchPath.find((schema) => having?.includes(schema)) ??
    searchPath.find((schema) => schema !== "pg_catalog" && catalogue.allSchemas.has(schema));
  return found === undefined ? name : dotted([found, only]);
}

function namesOf(rows: readonly AskedRow[]): ReadonlySet<string> {
  return new Set(rows.map(([, name]) => name ?? ""));
}

/**
 * Planning alone evaluates what is constant in the expressions of indexes, partition keys, statistics and checks, also of
 * what inherits: a table of which one calls what users made, extensions aside, runs it in any read.
 */
const relationsQuery = `
with recursive called (class, oid) as (
  select d.classid, d.objid
    from pg_catalog.pg_depend as d
   where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
     and d.refobjid operator(pg_catalog.>=) 16384
     and d.classid operator(pg_catalog.=) any (array['pg_catalog.pg_class'::pg_catalog.regclass,
         'pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass]::pg_catalog.oid[])
     and not exists (
       select from pg_catalog.pg_depend as e
        where e.classid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
          and e.objid operator(pg_catalog.=) d.refobjid
          and e.deptype operator(pg_catalog.=) 'e')
), planned (oid) as (
  select coalesce(i.indrelid, k.conrelid, s.stxrelid, c.oid)
    from called as c
    left join pg_catalog.pg_index as i on i.indexrelid operator(pg_catalog.=) c.oid
     and c.class operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
    left join pg_catalog.pg_constraint as k on k.oid operator(pg_catalog.=) c.oid
     and c.class operator(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass
    left join pg_catalog.pg_statistic_ext as s on s.oid operator(pg_catalog.=) c.oid
     and c.class operator(pg_catalog.=) 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
  union
  select i.inhparent
    from planned as p join pg_catalog.pg_inherits as i on i.inhrelid operator(pg_catalog.=) p.oid
)
select n.nspname, c.relname,
       c.relkind operator(pg_catalog.=) any ('{r,p,m}') and not c.relrowsecurity
         and not exists (select from planned as p where p.oid operator(pg_catalog.=) c.oid)
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) c.relnamespace
 where c.relkind operator(pg_catalog.=) any ('{r,p,m,v,f,S}')
   and n.nspname operator(pg_catalog.<>) all ('{pg_toast}')
 limit ${catalogueRowsMax}`;

const ownNamesQuery = `
select p.proname
  from pg_catalog.pg_proc as p
 where p.oid operator(pg_catalog.>=) 16384
union
select t.typname
  from pg_catalog.pg_type as t
 where t.oid operator(pg_catalog.>=) 16384
   and t.typtype operator(pg_catalog.=) any ('{b,d,e,r,m}')
   and t.typelem operator(pg_catalog.=) 0
 limit ${catalogueRowsMax}`;

/**
 * A constant of a domain is checked when it is planned; one of a list, a row or a range is read when it is parsed, and
 * with it what is a domain in there (`name[]` names the domain itself). Found from the domains whose checks call what
 * users made.
 */
const checkingQuery = `
with recursive checked (oid, holds) as (
  select k.contypid, false
    from pg_catalog.pg_constraint as k
    join pg_catalog.pg_depend as d on d.objid operator(pg_catalog.=) k.oid
   where k.contypid operator(pg_catalog.<>) 0
     and d.classid operator(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass
     and d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
  union
  select next.oid, true
    from checked as c
   cross join lateral (
     select t.oid from pg_catalog.pg_type as t
      where t.typelem operator(pg_catalog.=) c.oid or t.typbasetype operator(pg_catalog.=) c.oid
      union all
     select t.oid from pg_catalog.pg_type as t
       join pg_catalog.pg_attribute as a on a.attrelid operator(pg_catalog.=) t.typrelid
      where a.atttypid operator(pg_catalog.=) c.oid
      union all
     select x.oid from pg_catalog.pg_range as r
      cross join lateral pg_catalog.unnest(array[r.rngtypid, r.rngmultitypid]) as x (oid)
      where r.rngsubtype operator(pg_catalog.=) c.oid
   ) as next (oid)
), holder as (
  select t.oid, t.typname from pg_catalog.pg_type as t
   where t.oid operator(pg_catalog.=) any (select c.oid from checked as c where c.holds)
)
select true, t.typname from pg_catalog.pg_type as t
 where t.oid operator(pg_catalog.=) any (select c.oid from checked as c)
union
select false, c.relname from pg_catalog.pg_class as c
  join pg_catalog.pg_attribute as a on a.attrelid operator(pg_catalog.=) c.oid
  join holder as h on h.oid operator(pg_catalog.=) a.atttypid
union
select false, p.proname from pg_catalog.pg_proc as p
  join holder as h on h.oid operator(pg_catalog.=) p.prorettype
    or h.oid operator(pg_catalog.=) any (p.proargtypes)
    or h.oid operator(pg_catalog.=) any (p.proallargtypes)
 limit ${catalogueRowsMax}`;

const rowFunctionsQuery = `
select distinct p.proname
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_type as t on t.oid operator(pg_catalog.=) p.proargtypes[0]
 where p.oid operator(pg_catalog.>=) 16384
   and p.pronargs operator(pg_catalog.-) p.pronargdefaults operator(pg_catalog.<=) 1
   and t.typtype operator(pg_catalog.=) any ('{c,p,d}')
 limit ${catalogueRowsMax}`;

const unaryQuery = `
select distinct p.proname
  from pg_catalog.pg_proc as p
 where p.oid operator(pg_catalog.<) 16384
   and p.pronargs operator(pg_catalog.-) p.pronargdefaults operator(pg_catalog.<=) 1
 limit ${catalogueRowsMax}`;

/** An aggregate counts as immutable itself: what it calls for each row tells. */
const volatileQuery = `
select distinct p.proname
  from pg_catalog.pg_proc as p
 where p.oid operator(pg_catalog.>=) 16384
   and (p.provolatile operator(pg_catalog.=) 'v'
     or exists (
       select from pg_catalog.pg_aggregate as a
         join pg_catalog.pg_proc as f
           on f.oid operator(pg_catalog.=) any (array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
                a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::pg_catalog.oid[])
        where a.aggfnoid operator(pg_catalog.=) p.oid and f.provolatile operator(pg_catalog.=) 'v'))
   and not exists (
     select from pg_catalog.pg_depend as d
      where d.classid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
        and d.objid operator(pg_catalog.=) p.oid
        and d.deptype operator(pg_catalog.=) 'e')
 limit ${catalogueRowsMax}`;

/** 2078 is `set_config`, as parsed texts are kept. */
const movesPathQuery = `
select exists (
         select from pg_catalog.pg_proc as p
          where p.oid operator(pg_catalog.>=) 16384
            and (p.prosrc operator(pg_catalog.~*) 'search_path|set_config'
                 or p.prosqlbody::pg_catalog.text operator(pg_catalog.~) ':funcid 2078 ')
            and not exists (
              select from pg_catalog.pg_depend as d
               where d.classid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                 and d.objid operator(pg_catalog.=) p.oid
                 and d.deptype operator(pg_catalog.=) 'e'))
    or exists (select from pg_catalog.pg_rewrite as r
                where r.oid operator(pg_catalog.>=) 16384
                  and r.ev_action::pg_catalog.text operator(pg_catalog.~) ':funcid 2078 ')
    or exists (select from pg_catalog.pg_attrdef as d
                where d.adbin::pg_catalog.text operator(pg_catalog.~) ':funcid 2078 '),
       exists (select from pg_catalog.pg_trigger as g where not g.tgisinternal)
    or exists (select from pg_catalog.pg_attrdef as d
                where d.adbin::pg_catalog.text operator(pg_catalog.~) ':funcid (2078|[1-9]\\d{4,}) ')`;

const unprovableQuery = `
select exists (select from pg_catalog.pg_operator as o where o.oid operator(pg_catalog.>=) 16384)
    or exists (select from pg_catalog.pg_cast as c where c.oid operator(pg_catalog.>=) 16384)
    or exists (select from pg_catalog.pg_class as f where f.relkind operator(pg_catalog.=) 'f')`;
