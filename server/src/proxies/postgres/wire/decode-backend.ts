/**
 * What a server sends, decoded.
 *
 * As strict about structure as the decoders of the other direction, but a string that is not UTF-8 is read with U+FFFD: before
 * sign-in, servers speak in an encoding of their own, and the original bytes are what is forwarded.
 */
import { GatewayError } from "#/core/errors.ts";
import {
  type AuthenticationMessage,
  authentication,
  type BackendMessage,
  type ColumnDescription,
  type CopyResponse,
  type ErrorFields,
  statusCodes,
} from "./backend-messages.ts";
import { ByteReader } from "./byte-reader.ts";
import { backend, type ErrorFieldName, errorFields, headerBytes } from "./codec.ts";
import type { Frame } from "./frame.ts";

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
