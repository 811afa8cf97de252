import assert from "node:assert/strict";
import { test } from "node:test";
import { callsOwn } from "./calls-own.ts";

test("a function behind a list of hundreds of thousands is found", () => {
  const call = { FuncCall: { funcname: [{ String: { sval: "of_my_own" } }] } };
  const list = Array.from({ length: 300_000 }, () => ({ A_Const: { ival: { ival: 1 } } }));
  assert.equal(callsOwn([list], new Set()), false);
  assert.equal(callsOwn([[call, ...list]], new Set()), true);
});
