import assert from "node:assert/strict";
import { test } from "node:test";
import { Http1Error } from "./http1-error.ts";
import { type RequestHead, requestHeadText } from "./request-head.ts";

const plain: RequestHead = {
  method: "POST",
  target: "/mcp?a=b",
  host: "tools.example:8080",
  fields: [{ accept: "application/json" }, { "x-key": "\xe9" }],
  bodyBytes: 12,
};

test("a head says what it is given, its host first and its length last", () => {
  assert.equal(
    requestHeadText(plain),
    "POST /mcp?a=b HTTP/1.1\r\nhost: tools.example:8080\r\naccept: application/json\r\nx-key: \xe9\r\ncontent-length: 12\r\n\r\n",
  );
  assert.doesNotMatch(requestHeadText({ ...plain, method: "GET", bodyBytes: null }), /length/);
});

test("of fields under one name the last stands, once", () => {
  const text = requestHeadText({ ...plain, fields: [{ accept: "a/b" }, { accept: "c/d" }] });
  assert.deepEqual(text.match(/accept: .*/g), ["accept: c/d"]);
});

test("nothing that is given begins another line, another request or another framing", () => {
  const spoilt: readonly Partial<RequestHead>[] = [
    { method: "POST / HTTP/1.1\r\nA: b" },
    { method: "" },
    { target: "/a b" },
    { target: "/a\r\nb" },
    { target: "http://elsewhere.example/" },
    { host: "a\r\nb: c" },
    { fields: [{ "a\r\nb": "c" }] },
    { fields: [{ "a:": "c" }] },
    { fields: [{ "": "c" }] },
    { fields: [{ a: "b\r\nc: d" }] },
    { fields: [{ a: "b\nc" }] },
    { fields: [{ a: "b\0" }] },
    { fields: [{ a: "\u0100" }] },
    { fields: [{ "content-length": "1" }] },
    { fields: [{ "transfer-encoding": "chunked" }] },
    { fields: [{ connection: "upgrade" }] },
  ];
  for (const change of spoilt) {
    assert.throws(
      () => requestHeadText({ ...plain, ...change }),
      Http1Error,
      JSON.stringify(change),
    );
  }
});
