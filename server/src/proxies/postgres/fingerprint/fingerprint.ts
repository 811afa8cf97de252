/**
 * What gives a held command its meaning besides its text (SEMANTICS §2): roles, search path, the settings
 * that change meaning, and identity and catalogue version of each relation and function that it uses.
 *
 * Read on the session that will execute, when the action is held and again right before the claim. It holds
 * nothing that differs between two sessions in the same state, so that a caller that comes back matches.
 */
import { hash } from "node:crypto";
import type { Parameter } from "#/core/action.ts";
import { canonicalize } from "#/core/canonical.ts";
import { lastPart } from "#/core/dotted-name.ts";
import type { SqlFacts } from "#/core/facts.ts";
import { type Ask, textArray } from "#/proxies/postgres/ask.ts";
import type { References } from "#/proxies/postgres/sql/classified.ts";
import { fingerprintQuery } from "./fingerprint-query.ts";

/** Settings by which the same text can mean something else. */
const meaningfulSettings = [
  "DateStyle",
  "IntervalStyle",
  "TimeZone",
  "application_name",
  "array_nulls",
  "bytea_output",
  "client_encoding",
  "default_text_search_config",
  "extra_float_digits",
  "lc_monetary",
  "lc_numeric",
  "lc_time",
  "quote_all_identifiers",
  "row_security",
  "search_path",
  "session_replication_role",
  "standard_conforming_strings",
  "timezone_abbreviations",
  "transform_null_equals",
  "xmlbinary",
  "xmloption",
] as const;

/**
 * What a command means may also hang on the session's own past: where its cursors stand, what it set or drew.
 * No other session can match that, and no later statement of the same one, so such a command gets a value of
 * its own: it can be approved while it waits, and not be picked up later.
 */
export function isBoundToSession(command: string, { functions }: SqlFacts): boolean {
  return currentOf.test(command) || functions.some((name) => sessionFunctions.has(lastPart(name)));
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

/** What a command uses, of which the catalogue tells. */
export interface Used {
  readonly facts: Pick<SqlFacts, "reads" | "writes" | "functions" | "opaque">;
  /** Names of types and operators in its text. */
  readonly references: Pick<References, "types" | "operators">;
  readonly parameters: readonly Pick<Parameter, "type">[];
}

export interface Fingerprinted {
  readonly fingerprint: string;
  /** Those of somebody's own that it asks for, as far as they are set. */
  readonly settings: Meaning["settings"];
}

/** `own` is the value that nothing else matches, or empty. */
export async function readFingerprint(
  { facts, references, parameters }: Used,
  ask: Ask,
  own = "",
): Promise<Fingerprinted> {
  const [row = []] = await ask(fingerprintQuery, [
    textArray(meaningfulSettings),
    textArray(lastNames([...facts.reads, ...facts.writes])),
    textArray(lastNames(facts.functions)),
    // What can't be read may call anything.
    String(facts.opaque !== null),
    textArray(lastNames(references.types)),
    textArray([...new Set(parameters.map(({ type }) => String(type)))].toSorted()),
    textArray(lastNames(references.operators)),
  ]);
  return {
    fingerprint: hash("sha256", `countersign/session/v4\0${canonicalize([...row, own])}`, "hex"),
    settings: JSON.parse(row.at(-1) ?? "[]") as Meaning["settings"],
  };
}

function lastNames(names: readonly string[]): readonly string[] {
  return [...new Set(names.map(lastPart))].toSorted();
}
