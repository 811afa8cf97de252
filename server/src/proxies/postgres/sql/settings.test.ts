import assert from "node:assert/strict";
import { test } from "node:test";
import { checkedSettingNames, harmlessSettings, settingRule } from "./settings.ts";

function verbOf(name: string, ...values: readonly string[]): string {
  return settingRule(name, { kind: "values", values }).verb;
}

test("a setting that is not listed is administration, whatever its value", () => {
  for (const name of ["", "role", "Application_Name", "search_path ", "no_such", "app.user"]) {
    assert.equal(verbOf(name, "x"), "sql.admin", name);
    assert.equal(settingRule(name, { kind: "unknown" }).verb, "sql.admin", name);
    assert.equal(settingRule(name, { kind: "reset" }).verb, "sql.admin", name);
  }
});

test("nothing that decides over rights, memory, files or code is among the harmless settings", () => {
  const others =
    /role|authorization|security|read_only|replication|mem$|path|preload|librar|file|director|log_|ssl|password|tablespace|event_triggers|fsync|synchronous|vacuum|allow_|ignore_|zero_/;
  assert.deepEqual(
    [...harmlessSettings].filter((name) => others.test(name)),
    [],
  );
});

test("settings whose value decides are harmless for the values that are named, and for no others", () => {
  const harmless: Readonly<Record<string, readonly (readonly string[])[]>> = {
    client_encoding: [["UTF8"], ["utf-8"], ["Unicode"]],
    standard_conforming_strings: [["on"], ["TRUE"], ["1"], ["yes"]],
    default_transaction_read_only: [["on"], ["true"]],
    transaction_read_only: [["1"]],
    restrict_nonsystem_relation_kind: [["view, foreign-table"], ["foreign-table", "view"]],
    row_security: [["off"], ["FALSE"], ["0"], ["no"]],
    session_authorization: [],
    search_path: [["public"], ["$user", "public"], [""], ["pg_catalog"], ["pg_catalog", "public"]],
  };
  const others: Readonly<Record<string, readonly (readonly string[])[]>> = {
    client_encoding: [["SQL_ASCII"], ["latin1"], ["utf16"], []],
    standard_conforming_strings: [["off"], ["o"], ["t"], ["0"], []],
    default_transaction_read_only: [["off"], ["0"], []],
    transaction_read_only: [["no"]],
    restrict_nonsystem_relation_kind: [[""], ["view"], ["foreign-table"], []],
    row_security: [["on"], ["o"], []],
    session_authorization: [["postgres"], ["default"], []],
    search_path: [["a", "pg_catalog"], ['a, "pg_catalog"'], ["pg_catalog", "a", "PG_CATALOG"]],
  };
  assert.deepEqual(Object.keys(harmless).toSorted(), checkedSettingNames);
  for (const [name, lists] of Object.entries(harmless)) {
    for (const list of lists)
      assert.equal(verbOf(name, ...list), "sql.read", `${name} ${list.join()}`);
  }
  for (const [name, lists] of Object.entries(others)) {
    for (const list of lists)
      assert.notEqual(verbOf(name, ...list), "sql.read", `${name} ${list.join()}`);
  }
});

test("a value that the text does not tell is not taken for a harmless one", () => {
  for (const name of checkedSettingNames) {
    assert.notEqual(settingRule(name, { kind: "unknown" }).verb, "sql.read", name);
  }
});

test("going back to who the session began as is harmless, and taking back a protection is not", () => {
  const reset = (name: string) => settingRule(name, { kind: "reset" }).verb;
  assert.equal(reset("session_authorization"), "sql.read");
  for (const name of ["role", "row_security", "restrict_nonsystem_relation_kind"]) {
    assert.equal(reset(name), "sql.admin", name);
  }
});

test("what changes how text is read is refused, not held", () => {
  assert.equal(settingRule("client_encoding", { kind: "unknown" }).refused, "client_encoding");
  const off = settingRule("standard_conforming_strings", { kind: "values", values: ["off"] });
  assert.equal(off.refused, "string_syntax");
});
