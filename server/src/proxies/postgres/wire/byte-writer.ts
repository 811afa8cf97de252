/**
 * Builds one message in one allocation: the caller states the payload's size, then fills exactly that.
 *
 * A wrong size is a programmer's mistake and asserts. Text that the protocol can't carry unchanged (a NUL,
 * a lone surrogate) throws, because the bytes sent would differ from the text that was judged.
 */
import assert from "node:assert/strict";
import { GatewayError } from "#/core/errors.ts";
import { headerBytes, int32Max } from "./codec.ts";

export class ByteWriter {
  readonly #bytes: Buffer;
  #position = 0;

  private constructor(length: number) {
    if (length > int32Max) {
      throw new GatewayError("postgres.unencodable", "The message is too large for the protocol.");
    }
    this.#bytes = Buffer.allocUnsafe(length);
  }

  /** A typed message: type, length, payload. */
  static message(type: number, payloadBytes: number): ByteWriter {
    const writer = new ByteWriter(headerBytes + payloadBytes);
    writer.byte(type);
    writer.int32(4 + payloadBytes);
    return writer;
  }

  /** A packet of the start-up phase, which has no type: length, payload. */
  static untyped(payloadBytes: number): ByteWriter {
    const writer = new ByteWriter(4 + payloadBytes);
    writer.int32(4 + payloadBytes);
    return writer;
  }

  byte(value: number): this {
    this.#position = this.#bytes.writeUInt8(value, this.#position);
    return this;
  }

  /** Counts are sent in sixteen bits without a sign. */
  uint16(value: number): this {
    if (value > 0xffff) {
      throw new GatewayError("postgres.unencodable", "The message has more than 65535 elements.");
    }
    this.#position = this.#bytes.writeUInt16BE(value, this.#position);
    return this;
  }

  int32(value: number): this {
    this.#position = this.#bytes.writeInt32BE(value, this.#position);
    return this;
  }

  uint32(value: number): this {
    this.#position = this.#bytes.writeUInt32BE(value, this.#position);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#bytes.set(value, this.#position);
    this.#position += value.length;
    return this;
  }

  text(value: string): this {
    this.#position += this.#bytes.write(value, this.#position, "utf8");
    return this.byte(0);
  }

  finish(): Buffer {
    assert.equal(this.#position, this.#bytes.length, "a message must fill the size that it stated");
    return this.#bytes;
  }
}

/** The bytes of a NUL-terminated string. Checks that the protocol can carry it unchanged. */
export function textBytes(value: string): number {
  if (value.includes("\0")) {
    throw new GatewayError("postgres.unencodable", "The text holds a NUL character.");
  }
  if (!value.isWellFormed()) {
    throw new GatewayError("postgres.unencodable", "The text is not well-formed Unicode.");
  }
  return Buffer.byteLength(value, "utf8") + 1;
}
