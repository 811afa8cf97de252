/**
 * What a server sends: decoding it from the upstream, encoding what the gateway itself says to an agent.
 *
 * The decoders are as strict about structure as those of the other direction, but a string that is not
 * UTF-8 is read with U+FFFD: before sign-in, servers speak in an encoding of their own, and the original
 * bytes are what is forwarded.
 */
import { GatewayError } from "#/core/errors.ts";
import {
  backend,
  type ErrorFieldName,
  errorFields,
  type Format,
  headerBytes,
} from "#/proxies/postgres/codec.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter, textBytes } from "./byte-writer.ts";
import type { Frame } from "./frames.ts";

export type ErrorFields = Readonly<Partial<Record<ErrorFieldName, string>>>;

/** What the gateway's own errors and notices say. `severityText` is filled from `severity`. */
export interface OutgoingErrorFields extends ErrorFields {
  readonly severity: string;
  /** The SQLSTATE. */
  readonly code: string;
  readonly message: string;
}

export type TransactionStatus = "idle" | "transaction" | "failed";

export interface ColumnDescription {
  readonly name: string;
  /** 0 when the column is not simply one of a table. */
  readonly tableOid: number;
  /** The attribute's number in that table; system columns are negative, 0 as above. */
  readonly columnNumber: number;
  readonly typeOid: number;
  readonly typeSize: number;
  readonly typeModifier: number;
  /** Not known, so 0, where a statement and not a portal is described. */
  readonly format: Format;
}

export interface CopyResponse {
  readonly kind: "copy_in_response" | "copy_out_response" | "copy_both_response";
  readonly format: Format;
  readonly columnFormats: readonly Format[];
}

export type AuthenticationMessage =
  | { readonly kind: "authentication_ok" }
  | { readonly kind: "authentication_cleartext" }
  | { readonly kind: "authentication_md5"; readonly salt: Buffer }
  | { readonly kind: "authentication_sasl"; readonly mechanisms: readonly string[] }
  | { readonly kind: "authentication_sasl_continue"; readonly data: Buffer }
  | { readonly kind: "authentication_sasl_final"; readonly data: Buffer }
  | { readonly kind: "authentication_unsupported"; readonly request: number };

export type BackendMessage =
  | AuthenticationMessage
  | CopyResponse
  | { readonly kind: "backend_key_data"; readonly processId: number; readonly secret: Buffer }
  | { readonly kind: "bind_complete" }
  | { readonly kind: "close_complete" }
  | { readonly kind: "command_complete"; readonly tag: string }
  | { readonly kind: "copy_data"; readonly data: Buffer }
  | { readonly kind: "copy_done" }
  | { readonly kind: "data_row"; readonly values: readonly (Buffer | null)[] }
  | { readonly kind: "empty_query_response" }
  | { readonly kind: "error_response"; readonly fields: ErrorFields }
  | { readonly kind: "function_call_response"; readonly value: Buffer | null }
  | {
      readonly kind: "negotiate_protocol_version";
      readonly minor: number;
      readonly unknownOptions: readonly string[];
    }
  | { readonly kind: "no_data" }
  | { readonly kind: "notice_response"; readonly fields: ErrorFields }
  | {
      readonly kind: "notification_response";
      readonly processId: number;
      readonly channel: string;
      readonly payload: string;
    }
  | { readonly kind: "parameter_description"; readonly typeOids: readonly number[] }
  | { readonly kind: "parameter_status"; readonly name: string; readonly value: string }
  | { readonly kind: "parse_complete" }
  | { readonly kind: "portal_suspended" }
  | { readonly kind: "ready_for_query"; readonly status: TransactionStatus }
  | { readonly kind: "row_description"; readonly columns: readonly ColumnDescription[] };

export function decodeBackend(frame: Frame): BackendMessage {
  const decode = decoders[frame.type];
  if (decode === undefined) {
    throw new GatewayError("postgres.upstream_protocol", "The message type is unknown.");
  }
  const reader = new ByteReader(
    frame.source,
    frame.start + headerBytes,
    frame.end,
    "postgres.upstream_protocol",
  );
  const message = decode(reader);
  reader.done();
  return message;
}

/** The number at the end of a command tag: rows written, or sent. Null where the tag has none. */
export function rowsOfTag(tag: string): number | null {
  const digits = /^(?:SELECT|INSERT \d+|UPDATE|DELETE|MERGE|COPY|FETCH|MOVE) (\d{1,15})$/.exec(
    tag,
  )?.[1];
  return digits === undefined ? null : Number(digits);
}

export function encodeErrorResponse(fields: OutgoingErrorFields): Buffer {
  return encodeFields(backend.errorResponse, fields);
}

export function encodeNoticeResponse(fields: OutgoingErrorFields): Buffer {
  return encodeFields(backend.noticeResponse, fields);
}

export function encodeNotificationResponse(
  processId: number,
  channel: string,
  payload: string,
): Buffer {
  const size = 4 + textBytes(channel) + textBytes(payload);
  const writer = ByteWriter.message(backend.notificationResponse, size).uint32(processId);
  return writer.text(channel).text(payload).finish();
}

export function encodeReadyForQuery(status: TransactionStatus): Buffer {
  return ByteWriter.message(backend.readyForQuery, 1).byte(statusCodes[status]).finish();
}

export function encodeAuthenticationSasl(mechanisms: readonly string[]): Buffer {
  const size = mechanisms.reduce((sum, name) => sum + textBytes(name), 5);
  const writer = ByteWriter.message(backend.authentication, size).int32(authentication.sasl);
  for (const name of mechanisms) writer.text(name);
  return writer.byte(0).finish();
}

export function encodeAuthenticationSaslContinue(data: Uint8Array): Buffer {
  return encodeAuthentication(authentication.saslContinue, data);
}

export function encodeAuthenticationSaslFinal(data: Uint8Array): Buffer {
  return encodeAuthentication(authentication.saslFinal, data);
}

/** The secret has 4 bytes in protocol 3.0 and up to 256 in 3.2. */
export function encodeBackendKeyData(processId: number, secret: Uint8Array): Buffer {
  const writer = ByteWriter.message(backend.backendKeyData, 4 + secret.length);
  return writer.uint32(processId).bytes(secret).finish();
}

export function encodeParameterStatus(name: string, value: string): Buffer {
  const writer = ByteWriter.message(backend.parameterStatus, textBytes(name) + textBytes(value));
  return writer.text(name).text(value).finish();
}

export function encodeCommandComplete(tag: string): Buffer {
  return ByteWriter.message(backend.commandComplete, textBytes(tag)).text(tag).finish();
}

export function encodeCopyInResponse(format: Format, columns: number): Buffer {
  const writer = ByteWriter.message(backend.copyInResponse, 3 + 2 * columns);
  writer.byte(format).uint16(columns);
  for (let column = 0; column < columns; column += 1) writer.uint16(format);
  return writer.finish();
}

export function encodeRowDescription(columns: readonly ColumnDescription[]): Buffer {
  const size = columns.reduce((sum, column) => sum + textBytes(column.name) + 18, 2);
  const writer = ByteWriter.message(backend.rowDescription, size).uint16(columns.length);
  for (const column of columns) {
    writer
      .text(column.name)
      .uint32(column.tableOid)
      .uint16(column.columnNumber & 0xffff);
    writer.uint32(column.typeOid).uint16(column.typeSize & 0xffff);
    writer.int32(column.typeModifier).uint16(column.format);
  }
  return writer.finish();
}

export function encodeDataRow(values: readonly (Uint8Array | null)[]): Buffer {
  const size = values.reduce((sum, value) => sum + 4 + (value?.length ?? 0), 2);
  const writer = ByteWriter.message(backend.dataRow, size).uint16(values.length);
  for (const value of values) {
    if (value === null) writer.int32(-1);
    else writer.int32(value.length).bytes(value);
  }
  return writer.finish();
}

const authentication = {
  ok: 0,
  cleartext: 3,
  md5: 5,
  sasl: 10,
  saslContinue: 11,
  saslFinal: 12,
} as const;

/** Messages that never vary, built once. Nobody may write into them. */
export const authenticationOkFrame: Buffer = encodeAuthentication(
  authentication.ok,
  new Uint8Array(),
);
export const bindCompleteFrame: Buffer = ByteWriter.message(backend.bindComplete, 0).finish();
export const closeCompleteFrame: Buffer = ByteWriter.message(backend.closeComplete, 0).finish();
export const emptyQueryFrame: Buffer = ByteWriter.message(backend.emptyQueryResponse, 0).finish();
export const noDataFrame: Buffer = ByteWriter.message(backend.noData, 0).finish();
export const parseCompleteFrame: Buffer = ByteWriter.message(backend.parseComplete, 0).finish();

const statusCodes: Readonly<Record<TransactionStatus, number>> = {
  idle: 0x49,
  transaction: 0x54,
  failed: 0x45,
};

const errorFieldNames: ReadonlyMap<number, ErrorFieldName> = new Map(
  errorFields.map(([name, code]) => [code, name]),
);

type Decoder = (reader: ByteReader) => BackendMessage;

const decoders: Readonly<Record<number, Decoder>> = {
  [backend.authentication]: decodeAuthentication,
  [backend.backendKeyData]: decodeBackendKeyData,
  [backend.bindComplete]: () => ({ kind: "bind_complete" }),
  [backend.closeComplete]: () => ({ kind: "close_complete" }),
  [backend.commandComplete]: (reader) => ({ kind: "command_complete", tag: reader.displayText() }),
  [backend.copyBothResponse]: (reader) => decodeCopyResponse(reader, "copy_both_response"),
  [backend.copyData]: (reader) => ({ kind: "copy_data", data: reader.rest() }),
  [backend.copyDone]: () => ({ kind: "copy_done" }),
  [backend.copyInResponse]: (reader) => decodeCopyResponse(reader, "copy_in_response"),
  [backend.copyOutResponse]: (reader) => decodeCopyResponse(reader, "copy_out_response"),
  [backend.dataRow]: (reader) => ({ kind: "data_row", values: reader.nullableViews() }),
  [backend.emptyQueryResponse]: () => ({ kind: "empty_query_response" }),
  [backend.errorResponse]: (reader) => ({ kind: "error_response", fields: readFields(reader) }),
  [backend.functionCallResponse]: (reader) => ({
    kind: "function_call_response",
    value: reader.nullableView(),
  }),
  [backend.negotiateProtocolVersion]: decodeNegotiateProtocolVersion,
  [backend.noData]: () => ({ kind: "no_data" }),
  [backend.noticeResponse]: (reader) => ({ kind: "notice_response", fields: readFields(reader) }),
  [backend.notificationResponse]: (reader) => ({
    kind: "notification_response",
    processId: reader.uint32(),
    channel: reader.displayText(),
    payload: reader.displayText(),
  }),
  [backend.parameterDescription]: decodeParameterDescription,
  [backend.parameterStatus]: (reader) => ({
    kind: "parameter_status",
    name: reader.displayText(),
    value: reader.displayText(),
  }),
  [backend.parseComplete]: () => ({ kind: "parse_complete" }),
  [backend.portalSuspended]: () => ({ kind: "portal_suspended" }),
  [backend.readyForQuery]: decodeReadyForQuery,
  [backend.rowDescription]: decodeRowDescription,
};

function decodeAuthentication(reader: ByteReader): AuthenticationMessage {
  const request = reader.int32();
  switch (request) {
    case authentication.ok:
      return { kind: "authentication_ok" };
    case authentication.cleartext:
      return { kind: "authentication_cleartext" };
    case authentication.md5:
      return { kind: "authentication_md5", salt: reader.view(4) };
    case authentication.sasl:
      return { kind: "authentication_sasl", mechanisms: readMechanisms(reader) };
    case authentication.saslContinue:
      return { kind: "authentication_sasl_continue", data: reader.rest() };
    case authentication.saslFinal:
      return { kind: "authentication_sasl_final", data: reader.rest() };
    default:
      reader.rest();
      return { kind: "authentication_unsupported", request };
  }
}

function readMechanisms(reader: ByteReader): string[] {
  const mechanisms: string[] = [];
  for (let name = reader.displayText(); name !== ""; name = reader.displayText()) {
    mechanisms.push(name);
  }
  return mechanisms;
}

function decodeBackendKeyData(reader: ByteReader): BackendMessage {
  const processId = reader.uint32();
  const secret = reader.rest();
  if (secret.length < 4 || secret.length > 256) reader.fail("the cancel key has no valid length");
  return { kind: "backend_key_data", processId, secret };
}

function decodeCopyResponse(reader: ByteReader, kind: CopyResponse["kind"]): CopyResponse {
  const format = reader.byte();
  if (format !== 0 && format !== 1) return reader.fail("a format is neither text nor binary");
  return { kind, format, columnFormats: reader.formats() };
}

function decodeNegotiateProtocolVersion(reader: ByteReader): BackendMessage {
  const version = reader.uint32();
  const count = reader.int32();
  const unknownOptions: string[] = [];
  for (let index = 0; index < count; index += 1) unknownOptions.push(reader.displayText());
  return { kind: "negotiate_protocol_version", minor: version & 0xffff, unknownOptions };
}

function decodeParameterDescription(reader: ByteReader): BackendMessage {
  const count = reader.uint16();
  const typeOids: number[] = [];
  for (let index = 0; index < count; index += 1) typeOids.push(reader.uint32());
  return { kind: "parameter_description", typeOids };
}

function decodeReadyForQuery(reader: ByteReader): BackendMessage {
  const code = reader.byte();
  for (const status of ["idle", "transaction", "failed"] as const) {
    if (statusCodes[status] === code) return { kind: "ready_for_query", status };
  }
  return reader.fail("the transaction status is unknown");
}

function decodeRowDescription(reader: ByteReader): BackendMessage {
  const count = reader.uint16();
  const columns: ColumnDescription[] = [];
  for (let index = 0; index < count; index += 1) {
    columns.push({
      name: reader.displayText(),
      tableOid: reader.uint32(),
      columnNumber: reader.int16(),
      typeOid: reader.uint32(),
      typeSize: reader.int16(),
      typeModifier: reader.int32(),
      format: reader.format(),
    });
  }
  return { kind: "row_description", columns };
}

/** Fields of unknown codes are ignored, as the protocol asks. */
function readFields(reader: ByteReader): ErrorFields {
  const fields: Partial<Record<ErrorFieldName, string>> = {};
  for (let code = reader.byte(); code !== 0; code = reader.byte()) {
    const value = reader.displayText();
    const name = errorFieldNames.get(code);
    if (name !== undefined) fields[name] = value;
  }
  return fields;
}

function encodeAuthentication(request: number, data: Uint8Array): Buffer {
  const writer = ByteWriter.message(backend.authentication, 4 + data.length);
  return writer.int32(request).bytes(data).finish();
}

/** These texts hold words of people; what the protocol can't carry in them is replaced, not refused. */
function encodeFields(type: number, given: OutgoingErrorFields): Buffer {
  const all: ErrorFields = { severityText: given.severity, ...given };
  const fields: [number, string][] = [];
  let size = 1;
  for (const [name, code] of errorFields) {
    const value = all[name];
    if (value === undefined) continue;
    const text = value.replaceAll("\0", "\ufffd").toWellFormed();
    fields.push([code, text]);
    size += 1 + textBytes(text);
  }
  const writer = ByteWriter.message(type, size);
  for (const [code, text] of fields) writer.byte(code).text(text);
  return writer.byte(0).finish();
}
