import assert from "node:assert/strict";
import { test } from "node:test";
import { agentReasonCharsMax, readAgentReason } from "./agent-reason.ts";

test("what says nothing is no reason", () => {
  for (const said of ["", "  ", "\n\t"]) assert.equal(readAgentReason(said), null);
  assert.equal(readAgentReason(" clean up \n"), "clean up");
});

test("a reason is bounded, says that it was cut, and is never cut within a character", () => {
  const whole = "x".repeat(agentReasonCharsMax);
  assert.equal(readAgentReason(whole), whole);
  for (const said of [
    `${whole}x`,
    "😀".repeat(agentReasonCharsMax),
    `x${"😀".repeat(agentReasonCharsMax)}`,
  ]) {
    const reason = readAgentReason(said) ?? "";
    assert(reason.length <= agentReasonCharsMax);
    assert(reason.endsWith("…") && reason.isWellFormed());
  }
  assert.equal(readAgentReason("half \ud83d"), "half \ufffd");
});
