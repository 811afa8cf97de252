import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOrigin } from "./origin.ts";

const publicUrl = "https://gateway.example";

function isRefused(host: string | undefined, origin?: string, url = publicUrl): boolean {
  try {
    checkOrigin({ host, origin }, url);
    return false;
  } catch {
    return true;
  }
}

test("the gateway answers under its own name, on this machine, and under an address in digits", () => {
  for (const host of [
    "gateway.example",
    "gateway.example:7070",
    "GATEWAY.example",
    "localhost:7070",
    "127.0.0.1:7070",
    "[::1]:7070",
    "10.1.2.3",
  ]) {
    assert.equal(isRefused(host), false, host);
  }
});

test("under any other name, or none, it answers nothing", () => {
  for (const host of [
    undefined,
    "",
    "evil.example",
    "gateway.example.evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "user@evil.example",
    "[::1",
  ]) {
    assert.equal(isRefused(host), true, String(host));
  }
});

test("of pages, only its own may ask", () => {
  assert.equal(isRefused("gateway.example", publicUrl), false);
  for (const origin of [
    "",
    "null",
    "http://gateway.example",
    "https://gateway.example:8443",
    "https://other.example",
    "http://localhost:3000",
  ]) {
    assert.equal(isRefused("gateway.example", origin), true, origin);
  }
});

test("while the gateway does not know its own name yet, no page may ask", () => {
  assert.equal(isRefused("127.0.0.1:7070", "http://127.0.0.1:7070", ""), true);
  assert.equal(isRefused("127.0.0.1:7070", undefined, ""), false);
});
