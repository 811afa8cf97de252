import assert from "node:assert/strict";
import { test } from "node:test";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { readsDefinitions } from "./definitions.ts";

const classifier = await createClassifier({ bytesMax: 1_000_000 });
const known = {
  read: { ownFunctions: new Set(["btrim", "leak"]) },
  shadowed: new Set(["pg_views"]),
};

/** What a query of these calls its columns tells nothing. */
const describing: readonly string[] = [
  "",
  "select 1 as token",
  'select (select t.alias from pg_catalog.ts_token_type(c.cfgparser) as t) as "Token" from pg_catalog.pg_ts_config as c',
  "select relname as password from pg_class",
  "select table_name as secret from information_schema.tables",
  "select x.n as pin from information_schema._pg_expandarray('{1}'::int[]) as x",
  "select pg_catalog.btrim(relname) as token from pg_class",
  "with c as (select oid from pg_class) select oid as token from c",
  "copy (select relname as token from pg_class) to stdout",
];

/** Of these it does. */
const telling: readonly string[] = [
  "select name as token from customers",
  "select c.name as token from pg_class, customers as c",
  "select (select token from sessions limit 1) from pg_class",
  "select definition as token from pg_views",
  "select leak() as token from pg_class",
  "select btrim(relname) as token from pg_class",
  "select most_common_vals::text as token from pg_catalog.pg_stats",
  "select rolpassword as token from pg_catalog.pg_authid",
  "select query as token from pg_catalog.pg_stat_activity",
  "select setting as token from pg_catalog.pg_settings",
  "select option_value as token from information_schema.user_mapping_options",
  "select current_setting('app.token') as token",
  "select pg_catalog.current_setting('app.token') as token from pg_class",
  "select unheard_of() as token from pg_class",
  'show "app.token"',
  "fetch all from c",
  "execute unheard_of",
  "explain select relname as token from pg_class",
  "insert into t select relname from pg_class returning x as token",
  "no sql",
];

test("what a query calls its columns counts, unless it reads nothing but what describes the database", () => {
  const told = [...describing, ...telling].filter((sql) =>
    readsDefinitions(classifier.classify(sql), known),
  );
  assert.deepEqual(told, describing);
});

test("while nothing is known of a database only names with their schema count", () => {
  const sure = ["select relname as token from pg_catalog.pg_class"];
  const told = [...sure, ...describing].filter((sql) =>
    readsDefinitions(classifier.classify(sql), null),
  );
  const named = describing.filter((sql) => !/btrim|from pg_class/.test(sql));
  assert.deepEqual(told, [...sure, ...named]);
});
