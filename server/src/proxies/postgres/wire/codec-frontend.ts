/**
 * What a client sends after the start-up packet: decoding it from the agent, encoding it for the upstream.
 *
 * Strings must be valid UTF-8: were invalid bytes replaced, two different statement names could look the
 * same, and the text that is judged would not be the text that runs. A message is consumed exactly.
 */
import { GatewayError } from "#/core/errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter, textBytes } from "./byte-writer.ts";
import { type Format, frontend, headerBytes } from "./codec.ts";
import type { Frame } from "./frames.ts";

export interface QueryMessage {
  readonly kind: "query";
  readonly sql: string;
}

export interface ParseMessage {
  readonly kind: "parse";
  /** Empty for the unnamed statement. */
  readonly name: string;
  readonly sql: string;
  /** Type OIDs; 0 leaves the type to the server. May be shorter than the list of parameters. */
  readonly parameterTypes: readonly number[];
}

export interface BindMessage {
  readonly kind: "bind";
  readonly portal: string;
  readonly statement: string;
  /** None: all text. One: for all. Else one for each parameter. */
  readonly parameterFormats: readonly Format[];
  readonly parameters: readonly (Buffer | null)[];
  readonly resultFormats: readonly Format[];
}

export type Target = "statement" | "portal";

export interface DescribeMessage {
  readonly kind: "describe";
  readonly target: Target;
  readonly name: string;
}

export interface ExecuteMessage {
  readonly kind: "execute";
  readonly portal: string;
  /** 0 is no limit; so is, on a server, anything below. */
  readonly rowsMax: number;
}

export interface CloseMessage {
  readonly kind: "close";
  readonly target: Target;
  readonly name: string;
}

export interface FunctionCallMessage {
  readonly kind: "function_call";
  readonly functionOid: number;
  readonly argumentFormats: readonly Format[];
  readonly arguments: readonly (Buffer | null)[];
  readonly resultFormat: Format;
}

export type FrontendMessage =
  | QueryMessage
  | ParseMessage
  | BindMessage
  | DescribeMessage
  | ExecuteMessage
  | CloseMessage
  | FunctionCallMessage
  | { readonly kind: "copy_data"; readonly data: Buffer }
  | { readonly kind: "copy_done" }
  | { readonly kind: "copy_fail"; readonly reason: string }
  /** A password or a SASL answer: which of them, only the state of the sign-in tells. */
  | { readonly kind: "sign_in" }
  | { readonly kind: "sync" }
  | { readonly kind: "flush" }
  | { readonly kind: "terminate" };

export interface SaslInitialResponse {
  readonly mechanism: string;
  readonly data: Buffer | null;
}

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

export function encodeQuery(sql: string): Buffer {
  return ByteWriter.message(frontend.query, textBytes(sql)).text(sql).finish();
}

export function encodeParse({ name, sql, parameterTypes }: Omit<ParseMessage, "kind">): Buffer {
  const size = textBytes(name) + textBytes(sql) + 2 + 4 * parameterTypes.length;
  const writer = ByteWriter.message(frontend.parse, size).text(name).text(sql);
  writer.uint16(parameterTypes.length);
  for (const type of parameterTypes) writer.uint32(type);
  return writer.finish();
}

export function encodeBind(bind: Omit<BindMessage, "kind">): Buffer {
  const { portal, statement, parameterFormats, parameters, resultFormats } = bind;
  const formatsSize = 2 * (parameterFormats.length + resultFormats.length);
  const size = textBytes(portal) + textBytes(statement) + 6 + formatsSize + valuesSize(parameters);
  const writer = ByteWriter.message(frontend.bind, size).text(portal).text(statement);
  writeFormats(writer, parameterFormats);
  writer.uint16(parameters.length);
  writeValues(writer, parameters);
  writeFormats(writer, resultFormats);
  return writer.finish();
}

export function encodeDescribe(target: Target, name: string): Buffer {
  return encodeTargeted(frontend.describe, target, name);
}

export function encodeExecute(portal: string, rowsMax = 0): Buffer {
  const writer = ByteWriter.message(frontend.execute, textBytes(portal) + 4);
  return writer.text(portal).int32(rowsMax).finish();
}

export function encodeClose(target: Target, name: string): Buffer {
  return encodeTargeted(frontend.close, target, name);
}

export function encodeCopyData(data: Uint8Array): Buffer {
  return ByteWriter.message(frontend.copyData, data.length).bytes(data).finish();
}

export function encodeCopyFail(reason: string): Buffer {
  return ByteWriter.message(frontend.copyFail, textBytes(reason)).text(reason).finish();
}

export function encodePassword(password: string): Buffer {
  return ByteWriter.message(frontend.signIn, textBytes(password)).text(password).finish();
}

export function encodeSaslInitialResponse(mechanism: string, data: Uint8Array): Buffer {
  const writer = ByteWriter.message(frontend.signIn, textBytes(mechanism) + 4 + data.length);
  return writer.text(mechanism).int32(data.length).bytes(data).finish();
}

export function encodeSaslResponse(data: Uint8Array): Buffer {
  return ByteWriter.message(frontend.signIn, data.length).bytes(data).finish();
}

/** Messages without a payload, built once. Nobody may write into them. */
export const copyDoneFrame: Buffer = ByteWriter.message(frontend.copyDone, 0).finish();
export const flushFrame: Buffer = ByteWriter.message(frontend.flush, 0).finish();
export const syncFrame: Buffer = ByteWriter.message(frontend.sync, 0).finish();
export const terminateFrame: Buffer = ByteWriter.message(frontend.terminate, 0).finish();

const targets: Readonly<Record<Target, number>> = { statement: 0x53, portal: 0x50 };

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

function encodeTargeted(type: number, target: Target, name: string): Buffer {
  return ByteWriter.message(type, 1 + textBytes(name))
    .byte(targets[target])
    .text(name)
    .finish();
}

function valuesSize(values: readonly (Uint8Array | null)[]): number {
  return values.reduce((sum, value) => sum + 4 + (value?.length ?? 0), 0);
}

function writeFormats(writer: ByteWriter, formats: readonly Format[]): void {
  writer.uint16(formats.length);
  for (const format of formats) writer.uint16(format);
}

function writeValues(writer: ByteWriter, values: readonly (Uint8Array | null)[]): void {
  for (const value of values) {
    if (value === null) writer.int32(-1);
    else writer.int32(value.length).bytes(value);
  }
}
