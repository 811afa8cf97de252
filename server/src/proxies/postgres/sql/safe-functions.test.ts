import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  builtinRule,
  effectPrefixes,
  effects,
  functionRule,
  harmlessFunctions,
} from "./effects.ts";
import { isKnownAttribute, isSafeFunction, safeFunctions } from "./safe-functions.ts";

/** `pg_proc` of PostgreSQL 18.4: all names of `pg_catalog`, and those with a volatile overload. */
const catalogue = JSON.parse(
  readFileSync(new URL("./builtin-functions-18.json", import.meta.url), "utf8"),
) as { readonly others: string; readonly volatile: string };
const volatileNames = catalogue.volatile.split(" ");
const names = new Set([...catalogue.others.split(" "), ...volatileNames]);
const safe = Object.values(safeFunctions).flat();

test("the safe list names built-in functions only, each once", () => {
  const types = ["inet", "json", "jsonb", "uuid"];
  assert.deepEqual(
    safe.filter((name) => !names.has(name) && !types.includes(name)),
    [],
  );
  assert.deepEqual(
    safe.filter((name, index) => safe.indexOf(name) !== index),
    [],
  );
});

test("a volatile function is on the safe list only for a reason that stands here", () => {
  const reasons: Readonly<Record<string, readonly string[]>> = {
    "it draws or reads the clock": [
      "array_sample",
      "array_shuffle",
      "clock_timestamp",
      "gen_random_uuid",
      "random",
      "random_normal",
      "timeofday",
      "uuidv4",
      "uuidv7",
    ],
    "it tells what the session did or is": ["current_query", "currval", "lastval"],
    "it tells of a state that changes while the query runs": [
      "pg_blocking_pids",
      "pg_collation_actual_version",
      "pg_current_wal_flush_lsn",
      "pg_current_wal_insert_lsn",
      "pg_current_wal_lsn",
      "pg_database_collation_actual_version",
      "pg_database_size",
      "pg_get_wait_events",
      "pg_indexes_size",
      "pg_is_in_recovery",
      "pg_is_wal_replay_paused",
      "pg_jit_available",
      "pg_last_committed_xact",
      "pg_last_wal_receive_lsn",
      "pg_last_wal_replay_lsn",
      "pg_last_xact_replay_timestamp",
      "pg_lock_status",
      "pg_notification_queue_usage",
      "pg_partition_ancestors",
      "pg_partition_tree",
      "pg_prepared_xact",
      "pg_relation_size",
      "pg_safe_snapshot_blocking_pids",
      "pg_sequence_last_value",
      "pg_stat_get_io",
      "pg_stat_get_recovery_prefetch",
      "pg_stat_get_xact_function_calls",
      "pg_stat_get_xact_function_self_time",
      "pg_stat_get_xact_function_total_time",
      "pg_stat_get_xact_numscans",
      "pg_stat_get_xact_tuples_deleted",
      "pg_stat_get_xact_tuples_fetched",
      "pg_stat_get_xact_tuples_hot_updated",
      "pg_stat_get_xact_tuples_inserted",
      "pg_stat_get_xact_tuples_newpage_updated",
      "pg_stat_get_xact_tuples_returned",
      "pg_stat_get_xact_tuples_updated",
      "pg_table_size",
      "pg_tablespace_size",
      "pg_total_relation_size",
      "pg_xact_commit_timestamp",
      "pg_xact_status",
      "txid_status",
    ],
  };
  const volatileAndSafe = volatileNames.filter(isSafeFunction);
  assert.deepEqual(volatileAndSafe.toSorted(), Object.values(reasons).flat().toSorted());
});

test("a function has one rule: what is safe has no effect", () => {
  for (const name of safe) assert.equal(builtinRule(name), null, name);
  const listed = [...effects.flatMap((effect) => effect.names), ...harmlessFunctions];
  assert.deepEqual(
    listed.filter((name, index) => listed.indexOf(name) !== index),
    [],
  );
});

test("no built-in function with a telling name passes as safe", () => {
  const telling =
    /^(lo_|lo(read|write)|pg_(ls|read|write|file_|reload|rotate|terminate|cancel|promote|switch|create|drop|copy|logical|replication_(slot|origin_(?!oid))|stat_reset|advisory|try|notify|sleep|import|export|backup|start_|stop_|restore|clear|log_|sync|nextoid)|set_config|setval|nextval|binary_upgrade|query_to|cursor_to|table_to|schema_to|database_to|dblink|brin_|gin_clean|ts_(stat|rewrite)|currtid)/;
  assert.deepEqual(
    [...names].filter((name) => telling.test(name) && isSafeFunction(name)),
    [],
  );
  for (const prefix of Object.keys(effectPrefixes)) {
    assert.notEqual(functionRule([`${prefix}of_a_later_version`]).kind, "safe");
  }
});

test("a name that is read as a part of an expression is no built-in function", () => {
  const attributes = [...names].filter(isKnownAttribute);
  assert.deepEqual(attributes, []);
});

test("a schema of somebody's own makes every name unknown", () => {
  assert.equal(functionRule(["lower"]).kind, "safe");
  assert.equal(functionRule(["pg_catalog", "lower"]).kind, "safe");
  assert.equal(functionRule(["public", "lower"]).kind, "opaque");
  assert.equal(functionRule(["public", "set_config"]).kind, "opaque");
  assert.equal(functionRule(["db", "pg_catalog", "lower"]).kind, "opaque");
  assert.equal(functionRule(["public", "nextval"]).kind, "opaque");
  assert.equal(functionRule(["information_schema", "lower"]).kind, "opaque");
  assert.equal(functionRule([]).kind, "opaque");
});
