import assert from "node:assert/strict";
import { test } from "node:test";
import { claimsText } from "./facts-text.ts";

test("what a server claims of a tool is one sentence, which says that it is only claimed", () => {
  const none = { readOnly: false, destructive: false, idempotent: false, openWorld: true };
  assert.equal(claimsText({ claims: none }), "its server promises nothing of it");
  assert.equal(
    claimsText({ claims: { ...none, destructive: true, idempotent: true, openWorld: false } }),
    "its server says that it may destroy data, that a second call like it changes nothing more and that it stays among its own data, which nobody has checked",
  );
});
