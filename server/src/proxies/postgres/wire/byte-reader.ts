/**
 * Reads the fields of one message and nothing beyond it.
 *
 * INVARIANT: `position` never passes `end`. Every read that would do so throws a `GatewayError` with the
 * code that the caller names, whatever else the underlying buffer holds after the message.
 */
import { type ErrorCode, GatewayError } from "#/core/errors.ts";
import type { Format } from "./codec.ts";

/** `ignoreBOM` keeps a leading U+FEFF: the text that is judged must be the text that is sent. */
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const replacement = "\ufffd";

export class ByteReader {
  readonly #source: Buffer;
  readonly #end: number;
  readonly #code: ErrorCode;
  #position: number;

  constructor(source: Buffer, start: number, end: number, code: ErrorCode) {
    this.#source = source;
    this.#position = start;
    this.#end = end;
    this.#code = code;
  }

  get bytesLeft(): number {
    return this.#end - this.#position;
  }

  byte(): number {
    return this.#source[this.#advance(1)] as number;
  }

  uint16(): number {
    return this.#source.readUInt16BE(this.#advance(2));
  }

  int16(): number {
    return this.#source.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#source.readInt32BE(this.#advance(4));
  }

  uint32(): number {
    return this.#source.readUInt32BE(this.#advance(4));
  }

  /** A view; it lives as long as the frame's memory does. */
  view(length: number): Buffer {
    const start = this.#advance(length);
    return this.#source.subarray(start, start + length);
  }

  rest(): Buffer {
    return this.view(this.bytesLeft);
  }

  /** A length and that many bytes; length -1 is NULL. */
  nullableView(): Buffer | null {
    const length = this.int32();
    if (length === -1) return null;
    if (length < 0) this.fail("a length is negative");
    return this.view(length);
  }

  /** A count, and so many values. */
  nullableViews(): (Buffer | null)[] {
    const count = this.uint16();
    const values: (Buffer | null)[] = [];
    for (let index = 0; index < count; index += 1) values.push(this.nullableView());
    return values;
  }

  format(): Format {
    const format = this.uint16();
    return format === 0 || format === 1 ? format : this.fail("a format is neither text nor binary");
  }

  /** A count, and so many formats. */
  formats(): Format[] {
    const count = this.uint16();
    const formats: Format[] = [];
    for (let index = 0; index < count; index += 1) formats.push(this.format());
    return formats;
  }

  /** A NUL-terminated string that must be valid UTF-8. */
  text(): string {
    const start = this.#position;
    const stop = this.#terminator();
    if (start === stop) return "";
    // Whatever is not UTF-8 becomes U+FFFD, so that a text without one is what was sent. The strict decoder takes longer.
    const text = this.#source.toString("utf8", start, stop);
    if (!text.includes(replacement)) return text;
    try {
      return strictUtf8.decode(this.#source.subarray(start, stop));
    } catch {
      return this.fail("a string is not valid UTF-8");
    }
  }

  /** A NUL-terminated string for display; bytes that are not UTF-8 become U+FFFD. */
  displayText(): string {
    const start = this.#position;
    return this.#source.toString("utf8", start, this.#terminator());
  }

  /** The message must end here. */
  done(): void {
    if (this.#position !== this.#end) this.fail("bytes are left over at its end");
  }

  fail(reason: string): never {
    throw new GatewayError(this.#code, `The message is malformed: ${reason}.`);
  }

  #advance(length: number): number {
    const start = this.#position;
    if (length > this.#end - start) this.fail("it ends too early");
    this.#position = start + length;
    return start;
  }

  #terminator(): number {
    const stop = this.#source.indexOf(0, this.#position);
    if (stop < 0 || stop >= this.#end) this.fail("a string is not terminated");
    this.#position = stop + 1;
    return stop;
  }
}
