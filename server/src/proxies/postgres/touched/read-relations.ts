/**
 * Reads the relations that a statement names, and those behind its views, from the catalogue.
 *
 * Guarantees that names are looked up by the server itself: those of the statement along the session's search path,
 * those in views along that under which the catalogue prints them. What could not be read whole is not known.
 */
import type { RawStmt } from "libpg-query";
import { type Ask, textArray } from "#/proxies/postgres/ask.ts";
import type { Classifier } from "#/proxies/postgres/sql/facts.ts";
import { fieldsOf, listOf, partOf, textOf } from "./node.ts";
import type { NamedIn, Relation, Relations } from "./relations.ts";

const relationsMax = 200;
/** Rounds of views behind views. */
const roundsMax = 12;

/** A sentence where they can't be told. */
export async function readRelations(
  trees: readonly RawStmt[],
  ask: Ask,
  classifier: Classifier,
): Promise<Relations | string> {
  const known = new Map<string, Relation>();
  const oids = new Map<string, string | null>();
  const path = (await ask("show search_path"))[0]?.[0] ?? "";
  let where: NamedIn = "statement";
  let names = namesIn(trees);
  for (let round = 0; names.length > 0; round += 1) {
    if (round >= roundsMax || oids.size + names.length > relationsMax) return tooMany;
    // Its own names first: whatever follows, the catalogue's own path is left behind.
    if (where === "view") await ask(setPath, ["pg_catalog"]);
    const found = await lookUp(names, ask);
    for (const [at, name] of names.entries()) oids.set(keyOf(name, where), found[at] ?? null);
    await ask(setPath, ["pg_catalog"]);
    const isNew = (oid: string | null): oid is string => oid !== null && !known.has(oid);
    const described = await describe([...new Set(found.filter(isNew))], ask, classifier);
    for (const relation of described) known.set(relation.oid, relation);
    where = "view";
    names = namesIn(described.map(({ query }) => query)).filter(
      (name) => !oids.has(keyOf(name, "view")),
    );
  }
  await ask(setPath, [path]);
  if (await hasTemporary([...oids.keys()], ask)) return temporary;
  return {
    named(schema, name, namedIn) {
      const oid = oids.get(keyOf([schema, name], namedIn));
      return oid === undefined || oid === null ? null : (known.get(oid) ?? null);
    },
  };
}

const tooMany = "It names more relations, with those behind its views, than are looked into.";
const temporary = "A temporary table has a name that it uses, and only its own session sees that.";

type Name = readonly [schema: string | null, name: string];

function keyOf([schema, name]: Name, where: NamedIn): string {
  return JSON.stringify([where, schema, name]);
}

/** Of relations, wherever they stand; queries of WITH are among them and lead nowhere. */
export function namesIn(tree: unknown): readonly Name[] {
  const names = new Map<string, Name>();
  const pending: unknown[] = [tree];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (Array.isArray(at)) for (const each of at as readonly unknown[]) pending.push(each);
    const fields = fieldsOf(at);
    if (fields === null) continue;
    // In a wrapper or bare, as COPY and definitions hold it.
    const name = textOf(fields["relname"]);
    if (name !== null) {
      const found: Name = [textOf(fields["schemaname"]), name];
      names.set(keyOf(found, "statement"), found);
    }
    for (const part of Object.values(fields)) if (typeof part === "object") pending.push(part);
  }
  return [...names.values()];
}

async function lookUp(names: readonly Name[], ask: Ask): Promise<readonly (string | null)[]> {
  const rows = await ask(lookUpQuery, [
    textArray(names.map(([schema]) => schema ?? "")),
    textArray(names.map(([, name]) => name)),
  ]);
  return rows.map(([oid]) => oid ?? null);
}

async function describe(
  oids: readonly string[],
  ask: Ask,
  classifier: Classifier,
): Promise<readonly Relation[]> {
  if (oids.length === 0) return [];
  const rows = await ask(describeQuery, [`{${oids.join(",")}}`]);
  return rows.map(([oid, name, isView, columns, generated, definition, kin, secured]) => ({
    oid: oid ?? "",
    name: name ?? "",
    isView: isView === "t",
    columns: textsOf(columns),
    generatedFrom: generatedOf(generated),
    query: definition === null || definition === undefined ? null : queryOf(definition, classifier),
    kin: textsOf(kin),
    hasRowSecurity: secured !== "f",
  }));
}

function queryOf(definition: string, classifier: Classifier): Relation["query"] {
  const [tree, ...more] = classifier.trees(definition) ?? [];
  const select = partOf(tree?.stmt, "SelectStmt");
  return more.length > 0 ? null : select;
}

function textsOf(json: string | null | undefined): readonly string[] {
  return listOf(JSON.parse(json ?? "[]")).map(String);
}

function generatedOf(json: string | null | undefined): Relation["generatedFrom"] {
  const pairs = listOf(JSON.parse(json ?? "[]")).map(listOf);
  return new Map(pairs.map(([name, sources]) => [String(name), listOf(sources).map(String)]));
}

async function hasTemporary(keys: readonly string[], ask: Ask): Promise<boolean> {
  const names = keys.map((key) => String(listOf(JSON.parse(key))[2]));
  const [row] = await ask(temporaryQuery, [textArray([...new Set(names)])]);
  return row?.[0] !== "f";
}

const setPath = "select pg_catalog.set_config('search_path', $1, false)";

const lookUpQuery = `
select pg_catalog.to_regclass(case when n.schema operator(pg_catalog.=) '' then pg_catalog.format('%I', n.name)
                                   else pg_catalog.format('%I.%I', n.schema, n.name) end)::pg_catalog.oid
  from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]))
       with ordinality as n (schema, name, at)
 order by n.at`;

const temporaryQuery = `
select exists (select from pg_catalog.pg_class as c
                where c.relpersistence operator(pg_catalog.=) 't'
                  and c.relname operator(pg_catalog.=) any ($1::pg_catalog.name[]))`;

/** The names of what `c` is a part of by inheritance, and of what is a part of it; `pg_catalog` is the search path. */
export const kinJson = `(with recursive up (oid) as (
          select i.inhparent from pg_inherits as i where i.inhrelid = c.oid
          union
          select i.inhparent from pg_inherits as i join up on up.oid = i.inhrelid
        ), down (oid) as (
          select i.inhrelid from pg_inherits as i where i.inhparent = c.oid
          union
          select i.inhrelid from pg_inherits as i join down on down.oid = i.inhparent
        )
        select json_agg(k.name) from (
          select s.nspname || '.' || r.relname as name
            from pg_class as r join pg_namespace as s on s.oid = r.relnamespace
           where r.oid in (select up.oid from up union select down.oid from down)
           limit 1000) as k)`;

/** A dependency `d` of the column `a` of `c`, which has this default; before 15 it was the column's own. */
export const ofGenerated = (attrdef: string): string =>
  `((d.classid = 'pg_attrdef'::regclass and d.objid = ${attrdef})
    or (d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = a.attnum))`;

/** To be asked with `pg_catalog` alone as the search path, so that what it prints has its schemas. */
const describeQuery = `
select c.oid,
       n.nspname || '.' || c.relname,
       c.relkind in ('v', 'm'),
       (select json_agg(a.attname order by a.attnum) from pg_attribute as a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
       (select json_agg(json_build_array(a.attname, (
                 select coalesce(json_agg(s.attname), '[]') from pg_depend as d
                   join pg_attribute as s on s.attrelid = d.refobjid and s.attnum = d.refobjsubid
                  where ${ofGenerated("e.oid")}
                    and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid)))
          from pg_attribute as a join pg_attrdef as e on e.adrelid = a.attrelid and e.adnum = a.attnum
         where a.attrelid = c.oid and a.attgenerated <> '' and not a.attisdropped),
       case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
       ${kinJson},
       c.relrowsecurity
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
 where c.oid = any ($1::oid[])`;
