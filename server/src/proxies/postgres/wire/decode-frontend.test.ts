import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { type Format, frontend } from "./codec.ts";
import {
  decodeFrontend,
  decodePassword,
  decodeSaslInitialResponse,
  decodeSaslResponse,
} from "./decode-frontend.ts";
import {
  copyDoneFrame,
  encodeBind,
  encodeClose,
  encodeCopyData,
  encodeCopyFail,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodePassword,
  encodeQuery,
  encodeSaslInitialResponse,
  encodeSaslResponse,
  flushFrame,
  syncFrame,
  terminateFrame,
} from "./encode-frontend.ts";
import { Frame, frameOf } from "./frame.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import type { FrontendMessage, Target } from "./frontend-messages.ts";
import {
  assertConsumedExactly,
  assertGarbageExpected,
  failsWith,
  hex,
  message,
  text,
} from "./messages.test-support.ts";

const oid = fc.integer({ min: 0, max: 0xffff_ffff });
const value = fc.option(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)));
const format = fc.constantFrom<Format>(0, 1);
const target = fc.constantFrom<Target>("statement", "portal");

/** Formats as the protocol allows them for a number of values: none, one, or one each. */
function formatsFor(count: number) {
  return fc.constantFrom(0, 1, count).chain((length) => {
    return fc.array(format, { minLength: length, maxLength: length });
  });
}

const bind = fc.array(value, { maxLength: 8 }).chain((parameters) =>
  fc.record({
    portal: text,
    statement: text,
    parameterFormats: formatsFor(parameters.length),
    parameters: fc.constant(parameters),
    resultFormats: fc.array(format, { maxLength: 4 }),
  }),
);

/** Structured messages, each with the bytes that its encoder makes. */
const structured: fc.Arbitrary<[FrontendMessage, Buffer]> = fc.oneof(
  text.map((sql): [FrontendMessage, Buffer] => [{ kind: "query", sql }, encodeQuery(sql)]),
  fc
    .record({ name: text, sql: text, parameterTypes: fc.array(oid, { maxLength: 8 }) })
    .map((parse): [FrontendMessage, Buffer] => [{ kind: "parse", ...parse }, encodeParse(parse)]),
  bind.map((given): [FrontendMessage, Buffer] => [{ kind: "bind", ...given }, encodeBind(given)]),
  fc
    .tuple(target, text)
    .map(([of, name]): [FrontendMessage, Buffer] => [
      { kind: "describe", target: of, name },
      encodeDescribe(of, name),
    ]),
  fc
    .tuple(text, fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }))
    .map(([portal, rowsMax]): [FrontendMessage, Buffer] => [
      { kind: "execute", portal, rowsMax },
      encodeExecute(portal, rowsMax),
    ]),
  fc
    .tuple(target, text)
    .map(([of, name]): [FrontendMessage, Buffer] => [
      { kind: "close", target: of, name },
      encodeClose(of, name),
    ]),
  text.map((reason): [FrontendMessage, Buffer] => [
    { kind: "copy_fail", reason },
    encodeCopyFail(reason),
  ]),
  fc.constant<[FrontendMessage, Buffer]>([{ kind: "copy_done" }, copyDoneFrame]),
  fc.constant<[FrontendMessage, Buffer]>([{ kind: "sync" }, syncFrame]),
  fc.constant<[FrontendMessage, Buffer]>([{ kind: "flush" }, flushFrame]),
  fc.constant<[FrontendMessage, Buffer]>([{ kind: "terminate" }, terminateFrame]),
);

test("a message that is encoded and decoded is the same message", () => {
  fc.assert(
    fc.property(structured, ([expected, bytes]) => {
      assert.deepEqual(decodeFrontend(frameOf(bytes)), expected);
    }),
    { numRuns: 500 },
  );
  const data = Buffer.from("1\ta\n");
  assert.deepEqual(decodeFrontend(frameOf(encodeCopyData(data))), { kind: "copy_data", data });
});

test("a message is read from where it stands, and nothing around it counts", () => {
  fc.assert(
    fc.property(structured, fc.uint8Array({ maxLength: 20 }), ([expected, bytes], around) => {
      const source = Buffer.concat([around, bytes, around]);
      const start = around.length;
      const frame = new Frame(bytes[0] as number, source, start, start + bytes.length);
      assert.deepEqual(decodeFrontend(frame), expected);
    }),
  );
});

test("a message that is too short or too long for its content is refused", () => {
  assertConsumedExactly(structured, decodeFrontend, "postgres.malformed_message");
});

test("a string never reaches into the next message for its terminator", () => {
  const splitter = new FrameSplitter({ direction: "frontend" });
  splitter.push(Buffer.concat([message(frontend.query, "drop table t"), syncFrame, syncFrame]));
  const frame = splitter.next();
  assert.ok(frame?.kind === "frame");
  assert.throws(() => decodeFrontend(frame), failsWith("postgres.malformed_message"));
});

test("a malformed message is refused", () => {
  const cases: Record<string, [number, string | Buffer]> = {
    "a query with an interior NUL": [frontend.query, "select 1\0; drop table t\0"],
    "a query with two terminators": [frontend.query, "select 1\0\0"],
    "an empty query message": [frontend.query, ""],
    "SQL that is not UTF-8": [frontend.query, hex("73ff00")],
    "SQL with an overlong NUL": [frontend.query, hex("c08000")],
    "SQL with an encoded surrogate": [frontend.query, hex("eda08000")],
    "a statement name that is not UTF-8": [frontend.parse, hex("ff00 7300 0000")],
    "more parameter types than there are": [frontend.parse, hex("00 7300 0002 00000017")],
    "a count of parameter types that was negative": [frontend.parse, hex("00 7300 ffff")],
    "a value longer than the message": [frontend.bind, hex("00 00 0000 0001 00000005 61 0000")],
    "a value of length -2": [frontend.bind, hex("00 00 0000 0001 fffffffe 0000")],
    "a format that is none": [frontend.bind, hex("00 00 0001 0002 0000 0000")],
    "two formats for three values": [
      frontend.bind,
      hex("00 00 0002 0000 0000 0003 ffffffff ffffffff ffffffff 0000"),
    ],
    "two formats for one value": [frontend.bind, hex("00 00 0002 0000 0000 0001 ffffffff 0000")],
    "a description of neither": [frontend.describe, "X\0"],
    "a description without a name": [frontend.describe, "S"],
    "a close of neither": [frontend.close, "s\0"],
    "an execute without a limit": [frontend.execute, "\0"],
    "a sync with a payload": [frontend.sync, "x"],
    "a terminate with a payload": [frontend.terminate, "\0"],
    "a copy failure without a terminator": [frontend.copyFail, "why"],
  };
  for (const [what, [type, payload]] of Object.entries(cases)) {
    const frame = frameOf(message(type, payload));
    assert.throws(() => decodeFrontend(frame), failsWith("postgres.malformed_message"), what);
  }
});

test("a byte order mark stays in the text that is judged", () => {
  const bytes = encodeQuery("\ufeffselect 1");
  assert.deepEqual(decodeFrontend(frameOf(bytes)), { kind: "query", sql: "\ufeffselect 1" });
});

test("a bound value is a view of the message, and NULL is not an empty value", () => {
  const bytes = encodeBind({
    portal: "",
    statement: "s",
    parameterFormats: [1],
    parameters: [Buffer.from("abc"), null, Buffer.alloc(0)],
    resultFormats: [],
  });
  const decoded = decodeFrontend(frameOf(bytes));
  assert.ok(decoded.kind === "bind");
  const [first, second, third] = decoded.parameters;
  assert.equal(first?.buffer, bytes.buffer);
  assert.deepEqual([first?.toString(), second, third?.length], ["abc", null, 0]);
});

test("a function call is decoded, so that it can be refused by name", () => {
  const payload = hex("000003bc 0001 0001 0002 00000001 07 ffffffff 0000");
  assert.deepEqual(decodeFrontend(frameOf(message(frontend.functionCall, payload))), {
    kind: "function_call",
    functionOid: 956,
    argumentFormats: [1],
    arguments: [Buffer.from([7]), null],
    resultFormat: 0,
  });
});

test("sign-in answers are read by what was asked", () => {
  assert.equal(decodePassword(frameOf(encodePassword("ünïcode"))), "ünïcode");
  const data = Buffer.from("n,,n=,r=abc");
  const initial = frameOf(encodeSaslInitialResponse("SCRAM-SHA-256", data));
  assert.deepEqual(decodeSaslInitialResponse(initial), { mechanism: "SCRAM-SHA-256", data });
  assert.deepEqual(decodeSaslResponse(frameOf(encodeSaslResponse(data))), data);
  assert.deepEqual(decodeFrontend(initial), { kind: "sign_in" });
  const none = message(frontend.signIn, hex("5300 ffffffff"));
  assert.deepEqual(decodeSaslInitialResponse(frameOf(none)), { mechanism: "S", data: null });
  const wrong = [
    message(frontend.signIn, "SCRAM-SHA-256"),
    message(frontend.signIn, hex("5300 00000002 61")),
    message(frontend.signIn, hex("5300 00000001 6161")),
    message(frontend.query, hex("5300 ffffffff")),
  ];
  for (const frame of wrong.map(frameOf)) {
    assert.throws(() => decodeSaslInitialResponse(frame), failsWith("postgres.malformed_message"));
    assert.throws(() => decodePassword(frame), failsWith("postgres.malformed_message"));
  }
});

test("an unknown type is refused", () => {
  assert.throws(
    () => decodeFrontend(frameOf(message(0x7a, ""))),
    failsWith("postgres.unknown_message"),
  );
});

test("a text that would change on the way to the upstream is not sent", () => {
  for (const sql of ["select 1\0; drop table t", "select '\ud800'"]) {
    assert.throws(() => encodeQuery(sql), failsWith("postgres.unencodable"));
    assert.throws(
      () => encodeParse({ name: "", sql, parameterTypes: [] }),
      failsWith("postgres.unencodable"),
    );
  }
  const parameters = Array.from({ length: 65_536 }, () => null);
  const tooMany = {
    portal: "",
    statement: "",
    parameterFormats: [],
    parameters,
    resultFormats: [],
  };
  assert.throws(() => encodeBind(tooMany), failsWith("postgres.unencodable"));
});

test("garbage in a known type never throws anything but an expected error", () => {
  assertGarbageExpected(frontend, [decodeFrontend, decodePassword, decodeSaslInitialResponse]);
});
