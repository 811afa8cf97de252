/**
 * What it means to change a setting: `sql.read` for those that cannot change what a statement may do or how its
 * text is read, `sql.admin` for all others, known or not.
 *
 * The search path is among the harmless ones, although it decides what names mean: drivers and frameworks set it at
 * every start, the session's fingerprint covers it, and a command that waits goes stale when it changes. Only a path
 * that puts something in front of the system's own functions is not.
 */
import type { Verb } from "#/core/verb.ts";
import type { RefusedSyntax } from "./classified.ts";

/** The value as far as the text tells it: SET takes a list; `reset` stands for DEFAULT and RESET too. */
export type SettingValue =
  | { readonly kind: "values"; readonly values: readonly string[] }
  | { readonly kind: "reset" }
  | { readonly kind: "unknown" };

export interface SettingRule {
  readonly verb: Verb;
  readonly refused: RefusedSyntax | null;
}

export function settingRule(name: string, value: SettingValue): SettingRule {
  const check = checkedSettings[name];
  if (check !== undefined) return check(value);
  return harmlessSettings.has(name) ? harmless : admin;
}

/** Whatever their value is. */
export const harmlessSettings: ReadonlySet<string> = new Set([
  // How a client shows itself and what it is told.
  "application_name",
  // Why the agent says that it wants what it does.
  "countersign.reason",
  "client_min_messages",
  // How values are written and read. They change meanings within a statement, and the fingerprint covers them.
  "bytea_output",
  "datestyle",
  "extra_float_digits",
  "intervalstyle",
  "lc_monetary",
  "lc_numeric",
  "lc_time",
  "timezone",
  "xmlbinary",
  "xmloption",
  // Warnings about string syntax, and quoting in what the server prints.
  "escape_string_warning",
  "quote_all_identifiers",
  // How long a session's own work may take.
  "idle_in_transaction_session_timeout",
  "idle_session_timeout",
  "lock_timeout",
  "statement_timeout",
  "transaction_timeout",
  // How its own transactions see others.
  "default_transaction_deferrable",
  "default_transaction_isolation",
  "transaction_deferrable",
  "transaction_isolation",
  // How its queries are planned; memory is not among them.
  "constraint_exclusion",
  "cpu_index_tuple_cost",
  "cpu_operator_cost",
  "cpu_tuple_cost",
  "cursor_tuple_fraction",
  "default_statistics_target",
  "effective_cache_size",
  "enable_async_append",
  "enable_bitmapscan",
  "enable_distinct_reordering",
  "enable_gathermerge",
  "enable_group_by_reordering",
  "enable_hashagg",
  "enable_hashjoin",
  "enable_incremental_sort",
  "enable_indexonlyscan",
  "enable_indexscan",
  "enable_material",
  "enable_memoize",
  "enable_mergejoin",
  "enable_nestloop",
  "enable_parallel_append",
  "enable_parallel_hash",
  "enable_partition_pruning",
  "enable_partitionwise_aggregate",
  "enable_partitionwise_join",
  "enable_presorted_aggregate",
  "enable_self_join_elimination",
  "enable_seqscan",
  "enable_sort",
  "enable_tidscan",
  "from_collapse_limit",
  "geqo",
  "geqo_effort",
  "geqo_threshold",
  "jit",
  "jit_above_cost",
  "jit_inline_above_cost",
  "jit_optimize_above_cost",
  "join_collapse_limit",
  "min_parallel_index_scan_size",
  "min_parallel_table_scan_size",
  "parallel_setup_cost",
  "parallel_tuple_cost",
  "plan_cache_mode",
  "random_page_cost",
  "recursive_worktable_factor",
  "seq_page_cost",
  "synchronize_seqscans",
]);

const harmless: SettingRule = { verb: "sql.read", refused: null };
const admin: SettingRule = { verb: "sql.admin", refused: null };

/** Those of which the value decides. */
const checkedSettings: Readonly<Record<string, (value: SettingValue) => SettingRule>> = {
  client_encoding: (value) => mustBe(value, isUtf8, "client_encoding"),
  standard_conforming_strings: (value) => mustBe(value, isOn, "string_syntax"),
  // To give up writing is harmless; to take it back may undo what somebody meant to protect.
  default_transaction_read_only: (value) => (isEach(value, isOn) ? harmless : admin),
  transaction_read_only: (value) => (isEach(value, isOn) ? harmless : admin),
  // Off: a query that a row policy would filter fails. On may undo what somebody meant to be told of.
  row_security: (value) => (isEach(value, isOff) ? harmless : admin),
  // To refuse oneself views and foreign tables, as pg_dump does, is harmless; to take it back is not.
  restrict_nonsystem_relation_kind: (value) => (refusesAllKinds(value) ? harmless : admin),
  search_path: (value) => (keepsSystemFirst(value) ? harmless : admin),
  // Back to who the session began as, which DISCARD ALL does too: drivers send it between two users of a pool.
  session_authorization: (value) => (value.kind === "reset" ? harmless : admin),
};

export const checkedSettingNames: readonly string[] = Object.keys(checkedSettings).toSorted();

/** A reset leads back to what the session began with, which the text does not tell. */
function mustBe(
  value: SettingValue,
  accepts: (value: string) => boolean,
  refused: RefusedSyntax,
): SettingRule {
  if (value.kind === "reset") return admin;
  return isEach(value, accepts) ? harmless : { verb: "sql.opaque", refused };
}

function isEach(value: SettingValue, accepts: (value: string) => boolean): boolean {
  return value.kind === "values" && value.values.length > 0 && value.values.every(accepts);
}

/** The server compares letters and digits only; `unicode` is its old name. */
function isUtf8(value: string): boolean {
  return ["utf8", "unicode"].includes(value.toLowerCase().replace(/[^a-z0-9]/g, ""));
}

function isOn(value: string): boolean {
  return ["on", "true", "yes", "1"].includes(value.trim().toLowerCase());
}

function isOff(value: string): boolean {
  return ["off", "false", "no", "0"].includes(value.trim().toLowerCase());
}

function refusesAllKinds(value: SettingValue): boolean {
  if (value.kind !== "values") return false;
  const kinds = value.values.flatMap((list) => list.split(",")).map((kind) => kind.trim());
  return kinds.includes("view") && kinds.includes("foreign-table");
}

/** Where `pg_catalog` is not named it is searched first; named later, what precedes it stands in its front. */
function keepsSystemFirst(value: SettingValue): boolean {
  if (value.kind === "reset") return true;
  if (value.kind === "unknown") return false;
  const [, ...later] = value.values.flatMap((list) => list.split(","));
  return !later.some((schema) => schema.toLowerCase().includes("pg_catalog"));
}
