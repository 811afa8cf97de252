import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayError } from "#/core/errors.ts";
import { readAnswer } from "./read-answer.ts";

const options = {
  id: "1",
  masker: { looksAt: () => false, mask: () => assert.fail("nothing is masked") },
  onAsked: () => null,
  withheld: () => "",
};

test("a message whose id or method is no JSON is the server's fault, and no accident", () => {
  for (const member of ["tru", "01", "1a", "[1", '"\\x"', "[[1,]]", '"\u0000"', "-", "nulll"]) {
    for (const message of [
      `{"jsonrpc":"2.0","id":${member},"result":{}}`,
      `{"jsonrpc":"2.0","method":${member},"params":{}}`,
      `{"jsonrpc":"2.0","id":5,"method":${member},"params":{}}`,
    ]) {
      assert.throws(
        () => readAnswer(Buffer.from(message), options),
        (error) => error instanceof GatewayError && error.code === "mcp.upstream_protocol",
        message,
      );
    }
  }
});
