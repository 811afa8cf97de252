/**
 * What a client sends after the start-up packet, decoded.
 *
 * Strings must be valid UTF-8: were invalid bytes replaced, two different statement names could look the
 * same, and the text that is judged would not be the text that runs. A message is consumed exactly.
 */
import { GatewayError } from "#/core/errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { type Format, frontend, headerBytes } from "./codec.ts";
import type { Frame } from "./frame.ts";
import {
  type BindMessage,
  type FrontendMessage,
  type FunctionCallMessage,
  type ParseMessage,
  type SaslInitialResponse,
  type Target,
  targets,
} from "./frontend-messages.ts";

export function decodeFrontend(frame: Frame): FrontendMessage {
  const decode = decoders[frame.type];
  if (decode === undefined) {
    throw new GatewayError("postgres.unknown_message", "The message type is unknown.");
  }
  const reader = payloadReader(frame);
  const message = decode(reader);
  reader.done();
  return message;
}

/** A `sign_in` frame where a password was asked for. */
export function decodePassword(frame: Frame): string {
  const reader = signInReader(frame);
  const password = reader.text();
  reader.done();
  return password;
}

/** A `sign_in` frame where the client chooses a SASL mechanism. */
export function decodeSaslInitialResponse(frame: Frame): SaslInitialResponse {
  const reader = signInReader(frame);
  const mechanism = reader.text();
  const data = reader.nullableView();
  reader.done();
  return { mechanism, data };
}

/** A `sign_in` frame in the midst of a SASL exchange. */
export function decodeSaslResponse(frame: Frame): Buffer {
  return signInReader(frame).rest();
}

type Decoder = (reader: ByteReader) => FrontendMessage;

const decoders: Readonly<Record<number, Decoder>> = {
  [frontend.query]: (reader) => ({ kind: "query", sql: reader.text() }),
  [frontend.parse]: decodeParse,
  [frontend.bind]: decodeBind,
  [frontend.describe]: (reader) => ({
    kind: "describe",
    target: readTarget(reader),
    name: reader.text(),
  }),
  [frontend.execute]: (reader) => ({
    kind: "execute",
    portal: reader.text(),
    rowsMax: reader.int32(),
  }),
  [frontend.close]: (reader) => ({
    kind: "close",
    target: readTarget(reader),
    name: reader.text(),
  }),
  [frontend.functionCall]: decodeFunctionCall,
  [frontend.copyData]: (reader) => ({ kind: "copy_data", data: reader.rest() }),
  [frontend.copyDone]: () => ({ kind: "copy_done" }),
  [frontend.copyFail]: (reader) => ({ kind: "copy_fail", reason: reader.text() }),
  [frontend.signIn]: (reader) => {
    reader.rest();
    return { kind: "sign_in" };
  },
  [frontend.sync]: () => ({ kind: "sync" }),
  [frontend.flush]: () => ({ kind: "flush" }),
  [frontend.terminate]: () => ({ kind: "terminate" }),
};

function payloadReader(frame: Frame): ByteReader {
  return new ByteReader(
    frame.source,
    frame.start + headerBytes,
    frame.end,
    "postgres.malformed_message",
  );
}

function signInReader(frame: Frame): ByteReader {
  const reader = payloadReader(frame);
  if (frame.type !== frontend.signIn) reader.fail("a sign-in answer was expected");
  return reader;
}

function decodeParse(reader: ByteReader): ParseMessage {
  const name = reader.text();
  const sql = reader.text();
  const count = reader.uint16();
  const parameterTypes: number[] = [];
  for (let index = 0; index < count; index += 1) parameterTypes.push(reader.uint32());
  return { kind: "parse", name, sql, parameterTypes };
}

function decodeBind(reader: ByteReader): BindMessage {
  const portal = reader.text();
  const statement = reader.text();
  const parameterFormats = reader.formats();
  const parameters = reader.nullableViews();
  checkFormatCount(reader, parameterFormats, parameters);
  const resultFormats = reader.formats();
  return { kind: "bind", portal, statement, parameterFormats, parameters, resultFormats };
}

function decodeFunctionCall(reader: ByteReader): FunctionCallMessage {
  const functionOid = reader.uint32();
  const argumentFormats = reader.formats();
  const values = reader.nullableViews();
  checkFormatCount(reader, argumentFormats, values);
  const resultFormat = reader.format();
  return {
    kind: "function_call",
    functionOid,
    argumentFormats,
    arguments: values,
    resultFormat,
  };
}

function readTarget(reader: ByteReader): Target {
  const code = reader.byte();
  if (code === targets.statement) return "statement";
  if (code === targets.portal) return "portal";
  return reader.fail("it names neither a statement nor a portal");
}

function checkFormatCount(
  reader: ByteReader,
  formats: readonly Format[],
  values: readonly unknown[],
): void {
  if (formats.length > 1 && formats.length !== values.length) {
    reader.fail("it has formats for another number of values");
  }
}
