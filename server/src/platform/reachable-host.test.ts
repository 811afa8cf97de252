import assert from "node:assert/strict";
import { test } from "node:test";
import { reachableHost } from "./reachable-host.ts";

test("agents are told an address that leads to the gateway, also where it listens on all", () => {
  const people = "https://countersign.example.com:8443/";
  assert.equal(reachableHost("10.0.0.5", people), "10.0.0.5");
  assert.equal(reachableHost("fd00::5", people), "[fd00::5]");
  assert.equal(reachableHost("0.0.0.0", people), "countersign.example.com");
  assert.equal(reachableHost("::", people), "countersign.example.com");
  assert.equal(reachableHost("::", ""), "localhost");
});
