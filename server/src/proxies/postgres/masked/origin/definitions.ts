/**
 * Whether a message reads nothing but what describes the database, or nothing at all: then what it calls its columns is its own words, and tells
 * nothing of values. Clients head such columns as they like: psql's `\dF+` heads kinds of words "Token".
 *
 * A closed world: what holds values of tables, settings, statements, options or credentials is not among these relations and functions.
 */
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import {
  isSafeFunction,
  isSafeInformationFunction,
  safeFunctions,
} from "#/proxies/postgres/sql/safe-functions.ts";
import type { RelationsRead } from "./read-relations.ts";

/** Null where what is in the database is not known: then only names with their schema count. */
type Known = {
  readonly read: Pick<RelationsRead, "ownFunctions">;
  readonly shadowed: ReadonlySet<string>;
} | null;

export function readsDefinitions(
  { statements, facts }: Pick<Classified, "statements" | "facts">,
  known: Known,
): boolean {
  return (
    facts.opaque === null &&
    facts.writes.length === 0 &&
    statements.every(
      ({ kind }) => kind === "select" || kind === "execute" || kind === "copy_out",
    ) &&
    facts.functions.every((name) => givesNoValue(name, known)) &&
    facts.reads.every((name) => isDefinition(name, known))
  );
}

/** Names that the system has given to a relation and somebody else too: a temporary relation comes before the system's own. */
export function shadowedIn({ relations }: Pick<RelationsRead, "relations">): ReadonlySet<string> {
  const others = [...relations.values()].filter(({ schema }) => schema !== "pg_catalog");
  return new Set(others.map(({ name }) => name).filter((name) => definitions.has(name)));
}

function isDefinition(name: string, known: Known): boolean {
  const [schema, relation] = partsOf(name);
  switch (schema) {
    case "pg_catalog":
      return definitions.has(relation);
    case "information_schema":
      return !/^_pg_|_options$/.test(relation);
    case null:
      return definitions.has(relation) && known?.shadowed.has(relation) === false;
    default:
      return false;
  }
}

function givesNoValue(name: string, known: Known): boolean {
  const [schema, called] = partsOf(name);
  if (schema === "information_schema") return isSafeInformationFunction(called);
  const isBuiltIn =
    schema === "pg_catalog" || (schema === null && known?.read.ownFunctions.has(called) === false);
  return isBuiltIn && isSafeFunction(called) && !valued.has(called);
}

/** `schema.name`, where no schema is written null. */
function partsOf(name: string): readonly [string | null, string] {
  const dot = name.indexOf(".");
  return dot === -1 ? [null, name] : [name.slice(0, dot), name.slice(dot + 1)];
}

/** What functions that read nothing of tables give all the same: settings, statements, options, others' connections. */
const valued: ReadonlySet<string> = new Set([
  ...safeFunctions.systemViews,
  ...safeFunctions.replication,
  "current_query",
  "current_setting",
  "pg_listening_channels",
  "pg_options_to_table",
  "pg_stat_get_activity",
  "pg_stat_get_backend_activity",
]);

const definitions: ReadonlySet<string> = new Set(
  `pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_cast pg_class pg_collation pg_constraint pg_conversion
   pg_database pg_default_acl pg_depend pg_description pg_enum pg_event_trigger pg_extension pg_index pg_inherits pg_init_privs pg_language
   pg_namespace pg_opclass pg_operator pg_opfamily pg_parameter_acl pg_partitioned_table pg_policy pg_proc pg_publication
   pg_publication_namespace pg_publication_rel pg_range pg_rewrite pg_sequence pg_shdepend pg_shdescription pg_statistic_ext pg_tablespace
   pg_transform pg_trigger pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type
   pg_available_extensions pg_available_extension_versions pg_group pg_indexes pg_matviews pg_policies pg_publication_tables pg_rules
   pg_tables pg_timezone_abbrevs pg_timezone_names pg_views`
    .trim()
    .split(/\s+/),
);
