import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNotCallable } from "./called-name.ts";

test("a name that could be taken for another can't be called, whatever it looks like", () => {
  for (const name of [
    "drop ",
    " drop",
    "dr\u200bop",
    "dr\u00adop",
    "drop\n",
    "drop\u0000",
    "drop\u2028",
    "\u202edrop",
    "cafe\u0301",
    "dr\u{e0041}op",
    "x".repeat(257),
    "x".repeat(1024 * 1024),
  ]) {
    for (const method of ["tools/call", "prompts/get"] as const) {
      assert.notEqual(whyNotCallable(method, name), null, JSON.stringify(name.slice(0, 20)));
    }
  }
});

test("a name with any other signs can be called", () => {
  for (const name of [
    "drop",
    'x"/y\\z',
    "a b",
    "caf\u00e9",
    "ファイル",
    "a.b-c/d:e",
    "x".repeat(256),
  ]) {
    assert.equal(whyNotCallable("tools/call", name), null, name);
  }
});

test("a URI is read in its normal form alone, in which a rule can know it", () => {
  for (const uri of [
    "file:///tmp/../etc/passwd",
    "file:///etc/./passwd",
    "file:///tmp/%2e%2e/etc/passwd",
    "file:///tmp/.%2E/etc",
    "file:///tmp/..",
    "file:///tmp/..%2fetc/passwd",
    "file:///%65tc/passwd",
    "FILE:///etc/passwd",
    "file:\\\\etc\\passwd",
    "notes://a\u200b/b",
    "../etc/passwd",
    `notes://${"x".repeat(8_192)}`,
  ]) {
    assert.notEqual(whyNotCallable("resources/read", uri), null, uri);
  }
  for (const uri of [
    "file:///etc/passwd",
    "file:///My%20Docs/a.b..c/...txt",
    "https://x.example/a?next=/../b#c",
    "crm://people/ada@example.com",
    "github://Owner/Repo%2Fx",
    "notes://run_1",
    "urn:isbn:0451450523",
  ]) {
    assert.equal(whyNotCallable("resources/read", uri), null, uri);
  }
});
