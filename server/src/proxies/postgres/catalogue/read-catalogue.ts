/** The queries that read an upstream's catalogue. Every name in them is the system's own, whatever the search path. */
import { type Ask, type AskedRow, textArray } from "#/proxies/postgres/ask.ts";
import { readKnownRelations } from "#/proxies/postgres/masked-use/known-relations.ts";
import { extensionFunctionNames, libraryOf } from "#/proxies/postgres/sql/extension-functions.ts";
import type { Catalogue } from "./catalogue.ts";

/** More than this and the catalogue is taken as unprovable; names still resolve as far as it goes. */
const catalogueRowsMax = 200_000;

/** With `role` as which the session is signed in, relations are read with their columns. */
export async function readCatalogue(ask: Ask, role: string | null): Promise<Catalogue> {
  const relations = await ask(relationsQuery);
  const names = await ask(ownNamesQuery);
  const checking = await ask(checkingQuery);
  const rowFunctions = await ask(rowFunctionsQuery);
  const unary = await ask(unaryQuery);
  const extension = await ask(extensionQuery, [textArray(extensionFunctionNames)]);
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
    extensionFunctions: new Set(
      extension.flatMap(([name, library]) =>
        typeof name === "string" && library === libraryOf(name) ? [name] : [],
      ),
    ),
    volatile: new Set(volatile.map(([name]) => name ?? "")),
    movesPath: moves?.[0] !== "f",
    writesCall: moves?.[1] !== "f",
    relations: known,
    unprovable:
      made?.[0] !== "f" ||
      [relations, names, checking].some(({ length }) => length >= catalogueRowsMax),
  };
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

/**
 * Names of which every function that is not built in is of one library, an aggregate by all that it calls. 13 is the language C, in which
 * only a superuser can make a function.
 */
const extensionQuery = `
with code (name, library) as (
  select p.proname, case when p.prolang operator(pg_catalog.=) 13 then p.probin end
    from pg_catalog.pg_proc as p
   where p.oid operator(pg_catalog.>=) 16384
     and p.prokind operator(pg_catalog.<>) 'a'
     and p.proname operator(pg_catalog.=) any ($1::pg_catalog.name[])
  union all
  select p.proname, case when f.prolang operator(pg_catalog.=) 13 then f.probin end
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_aggregate as a on a.aggfnoid operator(pg_catalog.=) p.oid
    join pg_catalog.pg_proc as f
      on f.oid operator(pg_catalog.=) any (array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
           a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::pg_catalog.oid[])
   where p.oid operator(pg_catalog.>=) 16384
     and p.proname operator(pg_catalog.=) any ($1::pg_catalog.name[])
)
select c.name, pg_catalog.min(c.library)
  from code as c
 group by c.name
having pg_catalog.bool_and(c.library is not null)
   and pg_catalog.min(c.library) operator(pg_catalog.=) pg_catalog.max(c.library)`;

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
