import assert from "node:assert/strict";
import { test } from "node:test";
import { readStartUpSettings } from "./start-up-settings.ts";

function read(parameters: Readonly<Record<string, string>>) {
  return readStartUpSettings({ parameters: new Map(Object.entries(parameters)) });
}

test("what a session may set without being asked about is carried from the start-up packet, by itself or among the options", () => {
  for (const [parameters, expected] of [
    [{ user: "bot", database: "shop" }, {}],
    [
      { TimeZone: "UTC", DateStyle: "ISO" },
      { timezone: "UTC", datestyle: "ISO" },
    ],
    [{ search_path: "sales, public" }, { search_path: "sales, public" }],
    [
      { options: "-c search_path=sales -c statement_timeout=5s --geqo=off" },
      { search_path: "sales", statement_timeout: "5s", geqo: "off" },
    ],
    [{ options: "-c default_transaction_read_only=on" }, { default_transaction_read_only: "on" }],
    // The server takes the options first.
    [{ options: "-c datestyle=German", DateStyle: "ISO" }, { datestyle: "ISO" }],
    [{ options: "-c client_encoding=utf8", client_encoding: "'UTF8'" }, {}],
    [{ client_encoding: "utf_8" }, {}],
  ] as const) {
    const found = read(parameters);
    assert.equal(found.refused, null);
    assert.deepEqual(Object.fromEntries(found.settings), expected, JSON.stringify(parameters));
  }
});

test("what people would be asked about in a session is refused at its start, each setting by name", () => {
  for (const [parameters, told] of [
    [{ session_replication_role: "replica" }, /: session_replication_role\./],
    [{ options: "-c role=admin -c work_mem=1GB" }, /: role, work_mem\./],
    [{ options: "-crole=admin" }, /: role\./],
    [{ search_path: "other, pg_catalog" }, /: search_path\./],
    [{ default_transaction_read_only: "off" }, /: default_transaction_read_only\./],
    [{ options: "-c standard_conforming_strings=off" }, /: standard_conforming_strings\./],
    [{ some_extension: "on", "other.setting": "on" }, /: some_extension, other\.setting\./],
    [{ options: "-c client_encoding=LATIN1" }, /LATIN1/],
    [{ client_encoding: "LATIN1", options: "-c client_encoding=UTF8" }, /LATIN1/],
    [{ options: "-c geqo=off -e" }, /-c NAME=VALUE/],
    [{ replication: "true" }, /Replication/],
  ] as const) {
    assert.match(read(parameters).refused ?? "", told, JSON.stringify(parameters));
  }
});
