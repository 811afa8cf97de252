import assert from "node:assert/strict";
import { test } from "node:test";
import { callDetailText, callFailedText } from "./call-outcome-text.ts";

const said: readonly (readonly [string | null, string | null])[] = [
  [null, null],
  ["tool_error", "its tool reports an error"],
  ["http_503", "its server answered with HTTP status 503"],
  ["-32602", "its server refused it with error -32602"],
  ["upstream.unreachable", "its server could not be reached"],
  ["its caller had left", "its caller had left"],
  ["toString", "toString"],
];

for (const [detail, text] of said) {
  test(`the outcome ${detail} of a call is said as: ${text}`, () => {
    assert.equal(callDetailText(detail), text);
  });
}

test("of a call that never got to its server it is said that nothing was done, and of another that its server says so", () => {
  for (const detail of [
    "upstream.unreachable",
    "audit.recording_failed",
    "mcp.upstream_protocol",
    "cancelled before it was sent",
    "its caller had left",
    "what it tells could not be kept",
  ]) {
    assert.match(callFailedText(detail), /not sent/, detail);
  }
  for (const detail of ["-32602", "error", "http_503"]) {
    assert.match(callFailedText(detail), /server’s own word/, detail);
  }
});
