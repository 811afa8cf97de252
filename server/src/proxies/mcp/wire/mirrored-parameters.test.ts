import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseJson } from "#/proxies/mcp/json/parse-json.ts";
import type { RequestHeaders } from "./check-headers.ts";
import { MessageProblem, rpcCodes } from "./codec.ts";
import { checkParameters, mirroredHeader, mirroredIn } from "./mirrored-parameters.ts";

test("arguments that a schema mirrors are found by their path, and nothing that is no header's name", () => {
  const schema = {
    type: "object",
    properties: {
      region: { type: "string", "x-mcp-header": "Region" },
      tenant: {
        type: "object",
        properties: { id: { type: "integer", "x-mcp-header": "Tenant-Id" } },
      },
      bad: { type: "string", "x-mcp-header": "a\r\nb" },
      plain: { type: "string" },
    },
  };
  assert.deepEqual(mirroredIn(schema), [
    { header: "Region", path: ["region"] },
    { header: "Tenant-Id", path: ["tenant", "id"] },
  ]);
  assert.deepEqual(mirroredIn(null), []);
  assert.deepEqual(mirroredIn([1]), []);
});

const region = { header: "Region", path: ["where", "region"] };
const mirrored = [region, { header: "Count", path: ["count"] }];

const sentOf = (text: string) => ({ node: parseJson(text), text });
const check = (headers: RequestHeaders, text: string) =>
  checkParameters(headers, mirrored, sentOf(text), "1");

function mismatched(headers: RequestHeaders, text: string): void {
  assert.throws(
    () => check(headers, text),
    (error) => error instanceof MessageProblem && error.code === rpcCodes.headerMismatch,
    `${JSON.stringify(headers)} ${text}`,
  );
}

test("a mirrored argument has to stand in its header", () => {
  const headers = { "mcp-param-region": "eu", "mcp-param-count": "42" };
  check(headers, '{"where":{"region":"eu"},"count":42.0}');
  check({ "mcp-param-count": "7.0" }, '{"count":7,"where":{"region":null}}');
  check({ "mcp-param-other": "x" }, "{}");
  mismatched({ "mcp-param-region": "us" }, '{"where":{"region":"eu"}}');
  mismatched({}, '{"where":{"region":"eu"}}');
  mismatched({ "mcp-param-region": "eu" }, "{}");
});

test("a number in a header is the argument's to its last digit, and nothing that only reads like one", () => {
  const count = (said: string) => ({ "mcp-param-count": said });
  for (const [said, sent] of [
    ["9007199254740993", "9007199254740993"],
    ["0.10", "1e-1"],
    ["1e+21", "1000000000000000000000"],
    ["-0", "0"],
  ] as const) {
    check(count(said), `{"count":${sent}}`);
  }
  for (const [said, sent] of [
    ["9007199254740992", "9007199254740993"],
    ["100.00000000000000001", "100"],
    ["1e400", "2e400"],
    ["01", "1"],
    ["+1", "1"],
    ["0x1", "1"],
    [" 1", "1"],
    ["1.", "1"],
    ["true", "1"],
    ["1", "true"],
  ] as const) {
    mismatched(count(said), `{"count":${sent}}`);
  }
});

test("a text in a header is the argument's sign by sign, also where both are numbers", () => {
  const named = (said: string) => ({ "mcp-param-region": said });
  check(named("01"), '{"where":{"region":"01"}}');
  for (const said of ["1", "01.0", "1e0"]) mismatched(named(said), '{"where":{"region":"01"}}');
  mismatched(named("42.0"), '{"where":{"region":"42"}}');
  mismatched(named("TRUE"), '{"where":{"region":true}}');
});

test("whatever an argument is, its header can be sent, and is read back as the same", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.boolean()), (value) => {
      if (typeof value === "string" ? !value.isWellFormed() : Number.isNaN(Number(value))) return;
      if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return;
      const sent = sentOf(JSON.stringify({ where: { region: value } }));
      const header = mirroredHeader(region, sent) ?? "";
      assert.match(header, /^[\x20-\x7e\t]*$/);
      checkParameters({ "mcp-param-region": header }, [region], sent, "1");
    }),
  );
});

test("the header of an edit has the digits that were written", () => {
  const sent = sentOf('{"where":{"region":12345678901234567890.50}}');
  assert.equal(mirroredHeader(region, sent), "12345678901234567890.50");
});
