/**
 * What a function call means for the statement around it.
 *
 * Functions with a known effect get the verb of that effect; functions that nobody vouches for are opaque. The tags
 * join the statement's kinds, so that a policy can tell `nextval` from an advisory lock.
 */
import type { Verb } from "#/core/verb.ts";
import { libraryOf } from "./extension-functions.ts";
import { isSafeFunction, isSafeInformationFunction } from "./safe-functions.ts";

export type FunctionRule =
  | { readonly kind: "safe" }
  /** A read, but not one that could be proven: it waits, or touches the session. */
  | { readonly kind: "harmless" }
  | { readonly kind: "effect"; readonly verb: Verb; readonly tag: string }
  /** SET as a function: its arguments decide. */
  | { readonly kind: "set_config" }
  /** Safe where the catalogue tells that it is what it is called; elsewhere nobody vouches for it. */
  | { readonly kind: "extension"; readonly name: string }
  | { readonly kind: "opaque"; readonly reason: string };

export function functionRule(parts: readonly string[]): FunctionRule {
  const [schema, name] = parts.length === 2 ? parts : [null, parts[0]];
  if (name === undefined || parts.length > 2) return unknownFunction;
  if (schema === "information_schema") {
    return isSafeInformationFunction(name) ? { kind: "safe" } : unknownFunction;
  }
  if (schema !== null && schema !== "pg_catalog") return extensionRule(name);
  const rule = builtinRule(name);
  if (rule !== null) return rule;
  if (isSafeFunction(name)) return { kind: "safe" };
  return schema === null ? extensionRule(name) : unknownFunction;
}

/** The rule for a built-in that is not simply safe, or null. */
export function builtinRule(name: string): FunctionRule | null {
  if (name === "set_config") return { kind: "set_config" };
  if (harmlessFunctions.has(name)) return { kind: "harmless" };
  if (textFunctions.has(name) || name.startsWith("dblink")) return runsText;
  const effect = effectsByName.get(name);
  if (effect !== undefined) return effect;
  return prefixedEffects.find(({ prefix }) => name.startsWith(prefix))?.rule ?? null;
}

/** Extensions are made in any schema. */
function extensionRule(name: string): FunctionRule {
  return libraryOf(name) === null ? unknownFunction : { kind: "extension", name };
}

export const callsUnknown = "It calls a function that is not known to be free of effects.";

const unknownFunction: FunctionRule = { kind: "opaque", reason: callsUnknown };

const runsText: FunctionRule = {
  kind: "opaque",
  reason: "It calls a function that runs or reads what a string names.",
};

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** They wait, take a transaction id, or give up what the session itself holds. */
export const harmlessFunctions: ReadonlySet<string> = new Set(
  words(`
    pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared pg_current_xact_id pg_sleep
    pg_sleep_for pg_sleep_until pg_stat_clear_snapshot setseed txid_current
  `),
);

/** They run a query, or read a relation, that only a string names. */
const textFunctions: ReadonlySet<string> = new Set(
  words(`
    cursor_to_xml cursor_to_xmlschema database_to_xml database_to_xml_and_xmlschema
    database_to_xmlschema query_to_xml query_to_xml_and_xmlschema query_to_xmlschema schema_to_xml
    schema_to_xml_and_xmlschema schema_to_xmlschema table_to_xml table_to_xml_and_xmlschema
    table_to_xmlschema ts_rewrite ts_stat
  `),
);

interface Effect {
  readonly verb: Verb;
  readonly tag: string;
  readonly names: readonly string[];
}

export const effects: readonly Effect[] = [
  { verb: "sql.write", tag: "sequence", names: words("nextval setval") },
  {
    verb: "sql.write",
    tag: "large_object",
    names: words(`
      lo_close lo_creat lo_create lo_from_bytea lo_get lo_lseek lo_lseek64 lo_open lo_put lo_tell
      lo_tell64 lo_truncate lo_truncate64 lo_unlink loread lowrite
    `),
  },
  { verb: "sql.write", tag: "notify", names: words("pg_notify") },
  {
    verb: "sql.write",
    tag: "advisory_lock",
    names: words(`
      pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared
      pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock
      pg_try_advisory_xact_lock_shared
    `),
  },
  {
    verb: "sql.admin",
    tag: "server_file",
    names: words(`
      lo_export lo_import pg_available_wal_summaries pg_current_logfile pg_hba_file_rules
      pg_ident_file_mappings pg_read_binary_file pg_read_file pg_read_file_old
      pg_show_all_file_settings pg_stat_file pg_wal_summary_contents
    `),
  },
  {
    verb: "sql.admin",
    tag: "server_control",
    names: words(`
      pg_cancel_backend pg_export_snapshot pg_log_backend_memory_contexts pg_log_standby_snapshot
      pg_promote pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old pg_switch_wal
      pg_terminate_backend pg_wal_replay_pause pg_wal_replay_resume
    `),
  },
  {
    verb: "sql.admin",
    tag: "backup",
    names: words(`
      pg_backup_start pg_backup_stop pg_create_restore_point pg_start_backup pg_stop_backup
    `),
  },
  {
    verb: "sql.admin",
    tag: "replication",
    names: words(`
      pg_copy_logical_replication_slot pg_copy_physical_replication_slot
      pg_create_logical_replication_slot pg_create_physical_replication_slot
      pg_drop_replication_slot pg_replication_slot_advance pg_sync_replication_slots
    `),
  },
  {
    verb: "sql.admin",
    tag: "maintenance",
    names: words(`
      brin_desummarize_range brin_summarize_new_values brin_summarize_range gin_clean_pending_list
      pg_clear_attribute_stats pg_clear_relation_stats pg_extension_config_dump
      pg_import_system_collations pg_nextoid pg_restore_attribute_stats pg_restore_relation_stats
      pg_stat_force_next_flush pg_stop_making_pinned_objects
    `),
  },
];

const effectsByName: ReadonlyMap<string, FunctionRule> = new Map(
  effects.flatMap(({ verb, tag, names }) =>
    names.map((name) => [name, { kind: "effect", verb, tag }] as const),
  ),
);

/** Families that grow from version to version, and those of the extensions that ship with the server. */
export const effectPrefixes = {
  binary_upgrade_: "maintenance",
  pg_create_: "replication",
  pg_drop_: "replication",
  pg_file_: "server_file",
  pg_logdir_: "server_file",
  pg_logical_: "replication",
  pg_ls_: "server_file",
  pg_replication_origin_: "replication",
  pg_stat_reset: "maintenance",
  pg_stat_statements_reset: "maintenance",
} as const;

const prefixedEffects = Object.entries(effectPrefixes).map(([prefix, tag]) => ({
  prefix,
  rule: { kind: "effect", verb: "sql.admin", tag } as const,
}));
