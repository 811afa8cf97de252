/** What the gateway itself says to an agent, encoded as a server would. */

import {
  authentication,
  type ColumnDescription,
  type ErrorFields,
  type OutgoingErrorFields,
  statusCodes,
  type TransactionStatus,
} from "./backend-messages.ts";
import { ByteWriter, textBytes } from "./byte-writer.ts";
import { backend, errorFields, type Format } from "./codec.ts";

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
