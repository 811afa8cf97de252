import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerLines } from "./listener-lines.ts";

const at = { host: "127.0.0.1", port: 1 };
const listeners = { api: at, postgres: { ...at, port: 7432 }, http: { ...at, port: 7080 } };
const connection = (kind: string) => ({
  name: kind,
  kind,
  environment: "t",
  agents: [],
  health: null,
});

test("the listener of PostgreSQL is told where a database is configured, and not else", () => {
  const told = (...kinds: readonly string[]) =>
    listenerLines({ listeners, connections: kinds.map(connection) });
  assert.deepEqual(told("mcp", "postgres"), [
    ["postgres", "127.0.0.1:7432"],
    ["http", "127.0.0.1:7080"],
  ]);
  assert.deepEqual(told("mcp"), [["http", "127.0.0.1:7080"]]);
});
