import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkHeaders,
  checkSessionVersion,
  encodedHeader,
  isStateless,
  type RequestHeaders,
} from "./check-headers.ts";
import { MessageProblem, parseMessage } from "./codec.ts";

const version = "2026-07-28";
const _meta = { "io.modelcontextprotocol/protocolVersion": version };

function call(name: string, callArguments: unknown = {}) {
  const params = { name, arguments: callArguments, _meta };
  const text = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  return parseMessage(Buffer.from(text));
}

function headersOf(more: RequestHeaders = {}): RequestHeaders {
  return {
    "mcp-protocol-version": version,
    "mcp-method": "tools/call",
    "mcp-name": "send",
    ...more,
  };
}

function mismatched(check: () => void): void {
  assert.throws(check, (error) => {
    return error instanceof MessageProblem && error.code === -32_020 && error.status === 400;
  });
}

test("headers that say what the message says pass, a name in its encoded form too", () => {
  checkHeaders(headersOf(), call("send"));
  const name = "sénd";
  checkHeaders(headersOf({ "mcp-name": encodedHeader(name) }), call(name));
});

const others: readonly (readonly [what: string, headers: RequestHeaders])[] = [
  ["no version", { "mcp-protocol-version": undefined }],
  ["another version", { "mcp-protocol-version": "2025-11-25" }],
  ["no method", { "mcp-method": undefined }],
  ["another method", { "mcp-method": "tools/list" }],
  ["a method in other letters", { "mcp-method": "Tools/Call" }],
  ["a method that came twice", { "mcp-method": "tools/call, tools/call" }],
  ["no name", { "mcp-name": undefined }],
  ["another name", { "mcp-name": "read" }],
  ["a name whose encoding is none", { "mcp-name": "=?base64?*?=" }],
];

for (const [what, headers] of others) {
  test(`${what} in the headers is a mismatch`, () => {
    mismatched(() => checkHeaders(headersOf(headers), call("send")));
  });
}

test("a name in a header whose bytes are no UTF-8 is none, also where it would read as the one that is called", () => {
  const encoded = (...bytes: readonly number[]) =>
    headersOf({ "mcp-name": `=?base64?${Buffer.from(bytes).toString("base64")}?=` });
  checkHeaders(encoded(0xef, 0xbf, 0xbd), call("\ufffd"));
  for (const bytes of [
    [0xff],
    [0xc0, 0x80],
    [0xe2, 0x82],
    [0xf5, 0x80, 0x80, 0x80],
    [0xed, 0xa0, 0x80],
  ]) {
    const name = Buffer.from(bytes).toString("utf8");
    mismatched(() => checkHeaders(encoded(...bytes), call(name)));
  }
});

test("a message of a version that nobody speaks, or that does not say which, is refused with those that are spoken", () => {
  const other = { "io.modelcontextprotocol/protocolVersion": "2027-01-01" };
  for (const [meta, code] of [
    [other, -32_022],
    [{}, -32_602],
  ] as const) {
    const params = { name: "send", arguments: {}, _meta: meta };
    const text = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
    const headers = headersOf({ "mcp-protocol-version": Object.values(meta)[0] ?? version });
    assert.throws(
      () => checkHeaders(headers, parseMessage(Buffer.from(text))),
      (error) => error instanceof MessageProblem && error.code === code && error.status === 400,
    );
  }
  for (const said of ["1999-01-01", "2025-11-25, 2025-11-25"]) {
    assert.throws(
      () => checkSessionVersion({ "mcp-protocol-version": said }, call("send")),
      (error) => error instanceof MessageProblem && error.code === -32_022,
    );
  }
  checkSessionVersion({}, call("send"));
  checkSessionVersion({ "mcp-protocol-version": "2025-06-18" }, call("send"));
});

test("a message that names its version is of the stateless revision without the header too", () => {
  assert.ok(isStateless({}, call("send")));
  mismatched(() => checkHeaders({}, call("send")));
});
