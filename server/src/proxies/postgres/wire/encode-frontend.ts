/** What the gateway sends to an upstream, encoded as a client would. */
import { ByteWriter, textBytes } from "./byte-writer.ts";
import { type Format, frontend } from "./codec.ts";
import { type BindMessage, type ParseMessage, type Target, targets } from "./frontend-messages.ts";

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
