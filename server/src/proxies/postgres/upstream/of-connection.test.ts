import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayError } from "#/core/errors.ts";
import { isOfConnection } from "./of-connection.ts";

test("a client whose own settings are refused makes no connection look as if it failed", () => {
  const refused = (sqlstate: string) =>
    new GatewayError("upstream.refused", "Refused.", { details: { sqlstate } });
  assert.ok(!isOfConnection(refused("22023"), true));
  assert.ok(!isOfConnection(refused("42704"), true));
  assert.ok(isOfConnection(refused("22023"), false));
  for (const sqlstate of ["28P01", "3D000", "53300", "57P03"]) {
    assert.ok(isOfConnection(refused(sqlstate), true), sqlstate);
  }
  assert.ok(isOfConnection(new GatewayError("upstream.unreachable", "Lost."), true));
});
