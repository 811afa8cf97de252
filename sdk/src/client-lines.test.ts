import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { claudeCommand, clientEntry, httpEntry, psqlCommand, shellWord } from "./client-lines.ts";

test("a shell takes what is pasted for one word, whatever is in it", () => {
  for (const text of [
    "a b",
    "it's",
    "$HOME `id`; rm *",
    "\\",
    '"',
    "a\nb",
    "''",
    "",
    "~",
    "a!b",
    "?",
    "=x",
    "#c",
  ]) {
    const shown = execFileSync("/bin/sh", ["-c", `printf %s ${shellWord(text)}`]).toString();
    assert.equal(shown, text);
  }
});

test("lines for clients have no more quotes than they need", () => {
  assert.equal(
    claudeCommand("desk", "http://127.0.0.1:7070/mcp/desk", "csa_x"),
    'claude mcp add --transport http desk http://127.0.0.1:7070/mcp/desk --header "Authorization: Bearer csa_x"',
  );
  assert.equal(
    psqlCommand("postgres://bot:csa_x@gate:7432/shop?sslmode=require"),
    'psql "postgres://bot:csa_x@gate:7432/shop?sslmode=require"',
  );
  const { mcpServers } = JSON.parse(httpEntry("desk", "https://g/mcp/desk", "csa_x")) as {
    readonly mcpServers: unknown;
  };
  const headers = { Authorization: "Bearer csa_x" };
  assert.deepEqual(mcpServers, { desk: { type: "http", url: "https://g/mcp/desk", headers } });
  assert.match(
    clientEntry("files", "https://g/mcp/files", "csa_x"),
    /"args":\["mcp","--connection","files","--url","https:\/\/g","--","COMMAND"\]/,
  );
});
