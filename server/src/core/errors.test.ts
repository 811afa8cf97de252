import assert from "node:assert/strict";
import { test } from "node:test";
import { asGatewayError, causeText, GatewayError, traceOf } from "./errors.ts";

const secret = "hunter2-of-somebody";

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail("it throws");
}

/** Errors as programs and their libraries throw them, with what they were reading in the message. */
const unforeseen: Readonly<Record<string, unknown>> = {
  "a parser's": thrownBy(() => JSON.parse(`${secret} is no JSON`)),
  "one with a message over lines": new TypeError(
    `first\n    at ${secret} (file:///x.ts:1:1)\nlast`,
  ),
  "an assertion's": thrownBy(() => assert.deepEqual({ password: secret }, {})),
  "one with fields": Object.assign(new RangeError(secret), { detail: secret, code: "22P02" }),
  "one with a cause": new Error("outer", { cause: new Error(secret) }),
  "one whose name is the message": Object.assign(new Error(secret), { stack: `Error: ${secret}` }),
  "a text": secret,
};

for (const [what, error] of Object.entries(unforeseen)) {
  test(`the trace of ${what} says where it came up, and not what it was reading`, () => {
    const trace = traceOf(error);
    assert.ok(!trace.includes(secret), trace);
    if (error instanceof TypeError)
      assert.match(trace, /^TypeError\n {4}at .*errors\.test\.ts:\d+:\d+/);
    assert.ok(!causeText(asGatewayError(error, "The session failed.")).includes(secret));
  });
}

test("what was foreseen keeps its words in the log, and the code of a system's error is kept", () => {
  const refused = new GatewayError("upstream.refused", "The upstream refused.", {
    cause: new Error("role is not permitted to log in"),
  });
  assert.equal(causeText(refused), "role is not permitted to log in");
  assert.match(traceOf(refused), /^GatewayError upstream\.refused: The upstream refused\./);
  const full = Object.assign(new Error("x"), { code: "ERR_SQLITE_ERROR", errstr: "disk is full" });
  assert.match(traceOf(full), /^Error ERR_SQLITE_ERROR disk is full\n/);
});
