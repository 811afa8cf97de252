/**
 * What gives a held command its meaning besides its text (SEMANTICS §2): roles, search path, the settings
 * that change meaning, and identity and catalogue version of each relation and function that it uses.
 *
 * Read on the session that will execute, when the action is held and again right before the claim. It holds
 * nothing that differs between two sessions in the same state, so that a caller that comes back matches.
 */
import { hash } from "node:crypto";
import { canonicalize } from "#/core/canonical.ts";
import type { SqlFacts } from "#/core/facts.ts";
import { type Ask, textArray } from "./ask.ts";

/** Settings by which the same text can mean something else. */
const meaningfulSettings = [
  "DateStyle",
  "IntervalStyle",
  "TimeZone",
  "application_name",
  "client_encoding",
  "row_security",
  "search_path",
  "session_replication_role",
  "standard_conforming_strings",
  "transform_null_equals",
  "xmloption",
] as const;

/**
 * What a command means may also hang on the session's own past: where its cursors stand, what it set or drew.
 * No other session can match that, and no later statement of the same one, so such a command gets a value of
 * its own: it can be approved while it waits, and not be picked up later.
 */
export function isBoundToSession(command: string, { functions }: SqlFacts): boolean {
  return currentOf.test(command) || functions.some((name) => sessionFunctions.has(lastName(name)));
}

const currentOf = /\bcurrent(?:\s|\/\*[^]*?\*\/|--[^\n]*\n)+of\b/i;

const sessionFunctions: ReadonlySet<string> = new Set([
  "current_setting",
  "currval",
  "inet_client_addr",
  "inet_client_port",
  "lastval",
  "pg_backend_pid",
]);

/** What another session has to take over to give a command the same meaning; the fingerprint tells whether it has. */
export interface Meaning {
  readonly user: string;
  readonly settings: readonly (readonly [name: string, value: string | null])[];
  /** Its transaction has changed something that no other session sees. */
  readonly hasWritten: boolean;
  /** In a transaction it goes on seeing the data as its first statement did (REPEATABLE READ, SERIALIZABLE). */
  readonly keepsSnapshot: boolean;
}

export async function readMeaning(ask: Ask): Promise<Meaning> {
  const [row = []] = await ask(meaningQuery, [textArray(meaningfulSettings)]);
  const [user, written, isolation, values] = row;
  const read = JSON.parse(values ?? "[]") as readonly (string | null)[];
  return {
    user: user ?? "",
    settings: meaningfulSettings.map((name, at) => [name, read[at] ?? null] as const),
    hasWritten: written !== "f",
    keepsSnapshot: !(isolation ?? "").startsWith("read "),
  };
}

const meaningQuery = `
select current_user,
       pg_catalog.txid_current_if_assigned() is not null,
       pg_catalog.current_setting('transaction_isolation'),
       (select pg_catalog.json_agg(pg_catalog.current_setting(s.name, true) order by s.at)
          from pg_catalog.unnest($1::pg_catalog.text[]) with ordinality as s (name, at))`;

/** `own` is the value that nothing else matches, or empty. */
export async function readFingerprint(facts: SqlFacts, ask: Ask, own = ""): Promise<string> {
  const [row] = await ask(fingerprintQuery, [
    textArray(meaningfulSettings),
    textArray(lastNames([...facts.reads, ...facts.writes])),
    textArray(lastNames(facts.functions)),
    // What can't be read may call anything.
    String(facts.opaque !== null),
  ]);
  return hash("sha256", `countersign/session/v1\0${canonicalize([...(row ?? []), own])}`, "hex");
}

function lastName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** A name may hold dots; then one that is too short is looked up besides, which covers more, not less. */
function lastNames(names: readonly string[]): readonly string[] {
  const parts = names.flatMap((name) =>
    name.split(".").map((_, at, all) => all.slice(at).join(".")),
  );
  return [...new Set(parts)].toSorted();
}

/**
 * Every name is written with its schema, because the session's search path is the agent's to choose. All
 * relations and functions of a name are covered, in whatever schema, so that a new one that would be found
 * first counts as a change. With a relation count its children, what follows its rows by foreign keys, and what its views
 * and rules read and write; with each of these its columns, defaults, constraints, rules, triggers and row policies, and
 * the functions that any of them call. `xmin` is the version of a catalogue's row.
 *
 * What a function calls in turn only its body tells, and not even that where it puts texts together. So where a function
 * that somebody made is reached, all of them count, and all triggers and rules: whatever it runs is then as it was.
 */
const fingerprintQuery = `
with recursive leads (source, target) as materialized (
  select i.inhparent, i.inhrelid from pg_catalog.pg_inherits as i
  union all
  select k.confrelid, k.conrelid from pg_catalog.pg_constraint as k
   where k.confdeltype operator(pg_catalog.=) any ('{c,n,d}')
      or k.confupdtype operator(pg_catalog.=) any ('{c,n,d}')
  union all
  select r.ev_class, d.refobjid
    from pg_catalog.pg_rewrite as r
    join pg_catalog.pg_depend as d on d.objid operator(pg_catalog.=) r.oid
   where d.classid operator(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
     and d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
), touched (oid) as (
  select c.oid from pg_catalog.pg_class as c
   where c.relname operator(pg_catalog.=) any ($2::pg_catalog.name[])
  union
  select l.target
    from touched as t join leads as l on l.source operator(pg_catalog.=) t.oid
), part (relation, kind, oid, xmin) as (
  select t.oid, 0, c.oid, c.xmin
    from touched as t join pg_catalog.pg_class as c on c.oid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 1, a.attnum::pg_catalog.int8::pg_catalog.oid, a.xmin
    from touched as t join pg_catalog.pg_attribute as a on a.attrelid operator(pg_catalog.=) t.oid
   where a.attnum operator(pg_catalog.>) 0
  union all
  select t.oid, 2, d.oid, d.xmin
    from touched as t join pg_catalog.pg_attrdef as d on d.adrelid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 3, r.oid, r.xmin
    from touched as t join pg_catalog.pg_rewrite as r on r.ev_class operator(pg_catalog.=) t.oid
  union all
  select t.oid, 4, g.oid, g.xmin
    from touched as t join pg_catalog.pg_trigger as g on g.tgrelid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 5, p.oid, p.xmin
    from touched as t join pg_catalog.pg_policy as p on p.polrelid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 6, k.oid, k.xmin
    from touched as t join pg_catalog.pg_constraint as k on k.conrelid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 7, k.oid, k.xmin
    from touched as t
    join pg_catalog.pg_attribute as a on a.attrelid operator(pg_catalog.=) t.oid
    join pg_catalog.pg_constraint as k on k.contypid operator(pg_catalog.=) a.atttypid
   where k.contypid operator(pg_catalog.<>) 0
  union all
  select t.oid, 8, i.indexrelid, i.xmin
    from touched as t join pg_catalog.pg_index as i on i.indrelid operator(pg_catalog.=) t.oid
), class (kind, oid) as (
  values (2, 'pg_catalog.pg_attrdef'::pg_catalog.regclass),
         (3, 'pg_catalog.pg_rewrite'::pg_catalog.regclass),
         (4, 'pg_catalog.pg_trigger'::pg_catalog.regclass),
         (5, 'pg_catalog.pg_policy'::pg_catalog.regclass),
         (6, 'pg_catalog.pg_constraint'::pg_catalog.regclass),
         (7, 'pg_catalog.pg_constraint'::pg_catalog.regclass),
         (8, 'pg_catalog.pg_class'::pg_catalog.regclass)
), called (oid, xmin) as (
  select f.oid, f.xmin
    from part
    join class as c on c.kind operator(pg_catalog.=) part.kind
    join pg_catalog.pg_depend as d
      on d.classid operator(pg_catalog.=) c.oid and d.objid operator(pg_catalog.=) part.oid
    join pg_catalog.pg_proc as f on f.oid operator(pg_catalog.=) d.refobjid
   where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
  union
  select p.oid, p.xmin from pg_catalog.pg_proc as p
   where p.proname operator(pg_catalog.=) any ($3::pg_catalog.name[])
), own (kind, oid, xmin) as (
  select 1, p.oid, p.xmin from pg_catalog.pg_proc as p
   where p.oid operator(pg_catalog.>=) 16384
     and (p.pronamespace operator(pg_catalog.=) pg_catalog.pg_my_temp_schema()
       or not pg_catalog.pg_is_other_temp_schema(p.pronamespace))
  union all
  select 2, g.oid, g.xmin
    from pg_catalog.pg_trigger as g
    join pg_catalog.pg_class as c on c.oid operator(pg_catalog.=) g.tgrelid
   where not g.tgisinternal and not pg_catalog.pg_is_other_temp_schema(c.relnamespace)
  union all
  select 3, r.oid, r.xmin
    from pg_catalog.pg_rewrite as r
    join pg_catalog.pg_class as c on c.oid operator(pg_catalog.=) r.ev_class
   where r.oid operator(pg_catalog.>=) 16384
     and not pg_catalog.pg_is_other_temp_schema(c.relnamespace)
)
select
  pg_catalog.format('%s', current_user),
  pg_catalog.format('%s', session_user),
  (select pg_catalog.string_agg(
            pg_catalog.format('%s=%s', s, pg_catalog.current_setting(s, true)), ',' order by s)
     from pg_catalog.unnest($1::pg_catalog.text[]) as s),
  (select pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(
            pg_catalog.format('%s %s %s %s', relation, kind, oid, xmin), ';'
            order by relation, kind, oid, xmin::pg_catalog.text), 'UTF8'))
     from part),
  (select pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(
            pg_catalog.format('%s %s', oid, xmin), ';' order by oid), 'UTF8'))
     from called),
  (select pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(
            pg_catalog.format('%s %s %s', kind, oid, xmin), ';' order by kind, oid), 'UTF8'))
     from own
    where $4::pg_catalog.bool
       or exists (select from called as c where c.oid operator(pg_catalog.>=) 16384))`;
