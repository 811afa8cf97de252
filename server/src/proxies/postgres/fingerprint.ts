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
 * first counts as a change. Columns, defaults, rules, triggers and row policies count with their relation, and so do the
 * functions that these call;
 * `xmin` is the version of a catalogue's row.
 */
const fingerprintQuery = `
select
  pg_catalog.format('%s', current_user),
  pg_catalog.format('%s', session_user),
  (select pg_catalog.string_agg(
            pg_catalog.format('%s=%s', s, pg_catalog.current_setting(s, true)), ',' order by s)
     from pg_catalog.unnest($1::pg_catalog.text[]) as s),
  (select pg_catalog.string_agg(
            pg_catalog.format('%s %s %s', c.oid, c.xmin, (
              select pg_catalog.string_agg(pg_catalog.format('%s', part.xmin), ',' order by part.kind, part.oid)
                from (select 1, a.attnum::pg_catalog.int8, a.xmin from pg_catalog.pg_attribute as a
                       where a.attrelid operator(pg_catalog.=) c.oid
                      union all
                      select 2, d.oid::pg_catalog.int8, d.xmin from pg_catalog.pg_attrdef as d
                       where d.adrelid operator(pg_catalog.=) c.oid
                      union all
                      select 3, r.oid::pg_catalog.int8, r.xmin from pg_catalog.pg_rewrite as r
                       where r.ev_class operator(pg_catalog.=) c.oid
                      union all
                      select 4, t.oid::pg_catalog.int8, t.xmin from pg_catalog.pg_trigger as t
                       where t.tgrelid operator(pg_catalog.=) c.oid
                      union all
                      select 5, p.oid::pg_catalog.int8, p.xmin from pg_catalog.pg_policy as p
                       where p.polrelid operator(pg_catalog.=) c.oid
                      union all
                      select 6, f.oid::pg_catalog.int8, f.xmin
                        from pg_catalog.pg_trigger as t
                        join pg_catalog.pg_proc as f on f.oid operator(pg_catalog.=) t.tgfoid
                       where t.tgrelid operator(pg_catalog.=) c.oid
                      union all
                      select 7, f.oid::pg_catalog.int8, f.xmin
                        from pg_catalog.pg_depend as d
                        join pg_catalog.pg_proc as f on f.oid operator(pg_catalog.=) d.refobjid
                       where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                         and (exists (select from pg_catalog.pg_rewrite as r
                                       where r.ev_class operator(pg_catalog.=) c.oid
                                         and r.oid operator(pg_catalog.=) d.objid)
                           or exists (select from pg_catalog.pg_attrdef as a
                                       where a.adrelid operator(pg_catalog.=) c.oid
                                         and a.oid operator(pg_catalog.=) d.objid)
                           or exists (select from pg_catalog.pg_constraint as k
                                       where k.conrelid operator(pg_catalog.=) c.oid
                                         and k.oid operator(pg_catalog.=) d.objid))
                     ) as part (kind, oid, xmin))), ';' order by c.oid)
     from pg_catalog.pg_class as c
    where c.relname operator(pg_catalog.=) any ($2::pg_catalog.name[])),
  (select pg_catalog.string_agg(pg_catalog.format('%s %s', p.oid, p.xmin), ';' order by p.oid)
     from pg_catalog.pg_proc as p
    where p.proname operator(pg_catalog.=) any ($3::pg_catalog.name[]))`;
