import assert from "node:assert/strict";
import test from "node:test";
import { isLoopback } from "./loopback.ts";

test("only this machine itself counts as loopback, however its address is written", () => {
  for (const host of [
    "127.0.0.1",
    "127.8.9.1",
    "::1",
    "[::1]",
    "::ffff:127.0.0.1",
    "localhost",
    "LOCALHOST",
  ]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of [
    "",
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "128.0.0.1",
    "::2",
    "::ffff:10.0.0.1",
    "127.0.0.1.example.com",
    "localhost.example.com",
    "127.1",
  ]) {
    assert.ok(!isLoopback(host), host);
  }
});
