import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import type { BackendMessage, TransactionStatus } from "./backend-messages.ts";
import { backend, errorFields, type Format } from "./codec.ts";
import { encodeNegotiateProtocolVersion } from "./codec-startup.ts";
import { decodeBackend, rowsOfTag } from "./decode-backend.ts";
import {
  authenticationOkFrame,
  bindCompleteFrame,
  closeCompleteFrame,
  emptyQueryFrame,
  encodeAuthenticationSasl,
  encodeAuthenticationSaslContinue,
  encodeAuthenticationSaslFinal,
  encodeBackendKeyData,
  encodeCommandComplete,
  encodeDataRow,
  encodeErrorResponse,
  encodeNoticeResponse,
  encodeParameterStatus,
  encodeReadyForQuery,
  encodeRowDescription,
  noDataFrame,
  parseCompleteFrame,
} from "./encode-backend.ts";
import { frameOf } from "./frame.ts";
import {
  assertConsumedExactly,
  assertGarbageExpected,
  failsWith,
  hex,
  message,
  text,
} from "./messages.test-support.ts";

function decodeHex(type: number, digits: string): BackendMessage {
  return decodeBackend(frameOf(message(type, hex(digits))));
}

const word = text.filter((value) => value !== "");
const oid = fc.integer({ min: 0, max: 0xffff_ffff });
const int16 = fc.integer({ min: -0x8000, max: 0x7fff });
const value = fc.option(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)));
const column = fc.record(
  {
    name: text,
    tableOid: oid,
    columnNumber: int16,
    typeOid: oid,
    typeSize: int16,
    typeModifier: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
    format: fc.constantFrom<Format>(0, 1),
  },
  { noNullPrototype: true },
);
const fields = fc.record(
  {
    severity: word,
    code: word,
    message: text,
    ...Object.fromEntries(errorFields.slice(3).map(([name]) => [name, text])),
  },
  { requiredKeys: ["severity", "code", "message"], noNullPrototype: true },
);

/** Structured messages, each with the bytes that its encoder makes. */
const structured: fc.Arbitrary<[BackendMessage, Buffer]> = fc.oneof(
  fc
    .array(word, { maxLength: 3 })
    .map((mechanisms): [BackendMessage, Buffer] => [
      { kind: "authentication_sasl", mechanisms },
      encodeAuthenticationSasl(mechanisms),
    ]),
  fc
    .constantFrom<TransactionStatus>("idle", "transaction", "failed")
    .map((status): [BackendMessage, Buffer] => [
      { kind: "ready_for_query", status },
      encodeReadyForQuery(status),
    ]),
  fc
    .tuple(text, text)
    .map(([name, given]): [BackendMessage, Buffer] => [
      { kind: "parameter_status", name, value: given },
      encodeParameterStatus(name, given),
    ]),
  text.map((tag): [BackendMessage, Buffer] => [
    { kind: "command_complete", tag },
    encodeCommandComplete(tag),
  ]),
  fc
    .array(column, { maxLength: 5 })
    .map((columns): [BackendMessage, Buffer] => [
      { kind: "row_description", columns },
      encodeRowDescription(columns),
    ]),
  fc
    .array(value, { maxLength: 8 })
    .map((values): [BackendMessage, Buffer] => [
      { kind: "data_row", values },
      encodeDataRow(values),
    ]),
  fc
    .array(word, { maxLength: 3 })
    .map((unknownOptions): [BackendMessage, Buffer] => [
      { kind: "negotiate_protocol_version", minor: 2, unknownOptions },
      encodeNegotiateProtocolVersion(2, unknownOptions),
    ]),
  fields.map((given): [BackendMessage, Buffer] => [
    { kind: "error_response", fields: { severityText: given.severity, ...given } },
    encodeErrorResponse(given),
  ]),
  fc.constant<[BackendMessage, Buffer]>([{ kind: "authentication_ok" }, authenticationOkFrame]),
  fc.constant<[BackendMessage, Buffer]>([{ kind: "bind_complete" }, bindCompleteFrame]),
  fc.constant<[BackendMessage, Buffer]>([{ kind: "close_complete" }, closeCompleteFrame]),
  fc.constant<[BackendMessage, Buffer]>([{ kind: "empty_query_response" }, emptyQueryFrame]),
  fc.constant<[BackendMessage, Buffer]>([{ kind: "no_data" }, noDataFrame]),
  fc.constant<[BackendMessage, Buffer]>([{ kind: "parse_complete" }, parseCompleteFrame]),
);

test("a message that is encoded and decoded is the same message", () => {
  fc.assert(
    fc.property(structured, ([expected, bytes]) => {
      assert.deepEqual(decodeBackend(frameOf(bytes)), expected);
    }),
    { numRuns: 500 },
  );
  const data = Buffer.from("v=abc");
  assert.deepEqual(decodeBackend(frameOf(encodeAuthenticationSaslContinue(data))), {
    kind: "authentication_sasl_continue",
    data,
  });
  assert.deepEqual(decodeBackend(frameOf(encodeAuthenticationSaslFinal(data))), {
    kind: "authentication_sasl_final",
    data,
  });
});

test("a message that is too short or too long for its content is refused", () => {
  assertConsumedExactly(structured, decodeBackend, "postgres.upstream_protocol");
});

test("messages that the gateway only receives are decoded", () => {
  const cases: [number, string, BackendMessage][] = [
    [backend.authentication, "00000003", { kind: "authentication_cleartext" }],
    [
      backend.authentication,
      "00000005 01020304",
      { kind: "authentication_md5", salt: Buffer.from([1, 2, 3, 4]) },
    ],
    [backend.authentication, "00000007", { kind: "authentication_unsupported", request: 7 }],
    [backend.authentication, "00000008 0102", { kind: "authentication_unsupported", request: 8 }],
    [
      backend.parameterDescription,
      "0002 00000017 00000019",
      { kind: "parameter_description", typeOids: [23, 25] },
    ],
    [
      backend.copyInResponse,
      "00 0001 0000",
      { kind: "copy_in_response", format: 0, columnFormats: [0] },
    ],
    [
      backend.copyOutResponse,
      "01 0001 0001",
      { kind: "copy_out_response", format: 1, columnFormats: [1] },
    ],
    [
      backend.copyBothResponse,
      "00 0000",
      { kind: "copy_both_response", format: 0, columnFormats: [] },
    ],
    [backend.copyData, "0102", { kind: "copy_data", data: Buffer.from([1, 2]) }],
    [backend.copyDone, "", { kind: "copy_done" }],
    [backend.functionCallResponse, "ffffffff", { kind: "function_call_response", value: null }],
    [
      backend.functionCallResponse,
      "00000001 07",
      { kind: "function_call_response", value: Buffer.from([7]) },
    ],
    [
      backend.notificationResponse,
      "80000001 6300 7000",
      { kind: "notification_response", processId: 0x8000_0001, channel: "c", payload: "p" },
    ],
    [backend.portalSuspended, "", { kind: "portal_suspended" }],
  ];
  for (const [type, digits, expected] of cases) {
    assert.deepEqual(decodeHex(type, digits), expected);
  }
});

test("a malformed message is an upstream's fault and refused", () => {
  const cases: Record<string, [number, string]> = {
    "an unknown type": [0x7a, ""],
    "a status that is none": [backend.readyForQuery, "58"],
    "a format that is none": [backend.copyOutResponse, "02 0000"],
    "a column format that is none": [backend.copyOutResponse, "00 0001 0002"],
    "a value longer than the row": [backend.dataRow, "0001 00000002 61"],
    "a value of length -2": [backend.dataRow, "0001 fffffffe"],
    "a cancel key that is too short": [backend.backendKeyData, "00000001 010203"],
    "a cancel key that is too long": [backend.backendKeyData, `00000001 ${"07".repeat(257)}`],
    "fields without a terminator": [backend.errorResponse, "53 4500"],
    "a field without a terminator": [backend.errorResponse, "53 45"],
    "an MD5 salt that is too short": [backend.authentication, "00000005 010203"],
  };
  for (const [what, [type, digits]] of Object.entries(cases)) {
    assert.throws(() => decodeHex(type, digits), failsWith("postgres.upstream_protocol"), what);
  }
});

test("a cancel key may have any length from 4 to 256 bytes", () => {
  for (const length of [4, 32, 256]) {
    const secret = Buffer.alloc(length, 9);
    assert.deepEqual(decodeBackend(frameOf(encodeBackendKeyData(0xffff_ffff, secret))), {
      kind: "backend_key_data",
      processId: 0xffff_ffff,
      secret,
    });
  }
});

test("an error can be read in any encoding, and unknown fields do not hide it", () => {
  const expected = { severity: "FATAL", message: "r\ufffdle" };
  assert.deepEqual(decodeHex(backend.errorResponse, "56 464154414c00 7a 7800 4d 72f46c6500 00"), {
    kind: "error_response",
    fields: expected,
  });
});

test("an error has the fields that drivers need, in the order of a server", () => {
  const bytes = encodeErrorResponse({
    severity: "ERROR",
    code: "42501",
    message: "No.",
    detail: "{}",
    hint: "Ask.",
  });
  assert.equal(bytes[0], backend.errorResponse);
  assert.equal(bytes.subarray(5).toString(), "SERROR\0VERROR\0C42501\0MNo.\0D{}\0HAsk.\0\0");
  const notice = encodeNoticeResponse({ severity: "NOTICE", code: "00000", message: "waits" });
  assert.equal(notice.toString("latin1"), "N\0\0\0\x23SNOTICE\0VNOTICE\0C00000\0Mwaits\0\0");
});

test("words of people can't forge a field of an error", () => {
  const bytes = encodeErrorResponse({
    severity: "ERROR",
    code: "42501",
    message: "denied\0C00000\0Mallowed\ud800",
  });
  const decoded = decodeBackend(frameOf(bytes));
  assert.ok(decoded.kind === "error_response");
  assert.equal(decoded.fields.code, "42501");
  assert.equal(decoded.fields.message, "denied\ufffdC00000\ufffdMallowed\ufffd");
});

test("a command tag tells how many rows, or that it does not say", () => {
  const cases: [string, number | null][] = [
    ["SELECT 1", 1],
    ["INSERT 0 25", 25],
    ["DELETE 0", 0],
    ["COPY 12345678901", 12_345_678_901],
    ["MERGE 3", 3],
    ["CREATE TABLE", null],
    ["BEGIN", null],
    ["CREATE TABLE 5", null],
    ["SELECT", null],
    ["", null],
  ];
  for (const [tag, rows] of cases) assert.equal(rowsOfTag(tag), rows, tag);
});

test("garbage in a known type never throws anything but an expected error", () => {
  assertGarbageExpected(backend, [decodeBackend]);
});
