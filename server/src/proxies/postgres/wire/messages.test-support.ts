/** Messages as bytes, and what every decoder of them has to keep to. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { GatewayError } from "#/core/errors.ts";
import { type Frame, frameOf } from "./frame.ts";

export function message(type: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload);
  const bytes = Buffer.alloc(5 + body.length);
  bytes[0] = type;
  bytes.writeInt32BE(4 + body.length, 1);
  bytes.set(body, 5);
  return bytes;
}

export function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(" ", ""), "hex");
}

export function failsWith(code: string): (error: unknown) => boolean {
  return (error) => error instanceof GatewayError && error.code === code;
}

/** Text as a message can hold it. */
export const text: fc.Arbitrary<string> = fc
  .string({ unit: "grapheme", maxLength: 30 })
  .filter((value) => !value.includes("\0"));

/** A sound message is refused as soon as a byte of it is missing, or one is there too many. */
export function assertConsumedExactly(
  sound: fc.Arbitrary<readonly [unknown, Buffer]>,
  decode: (frame: Frame) => unknown,
  code: string,
): void {
  const more = fc.uint8Array({ minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(sound, fc.nat(), more, ([, bytes], at, excess) => {
      const payload = bytes.subarray(5);
      const type = bytes[0] as number;
      const wrong = [message(type, Buffer.concat([payload, excess]))];
      if (payload.length > 0) wrong.push(message(type, payload.subarray(0, at % payload.length)));
      for (const frame of wrong.map(frameOf)) assert.throws(() => decode(frame), failsWith(code));
    }),
    { numRuns: 500 },
  );
}

/** Whatever stands in a message of a known type, its decoders throw expected errors alone. */
export function assertGarbageExpected(
  types: Readonly<Record<string, number>>,
  decoders: readonly ((frame: Frame) => unknown)[],
): void {
  const type = fc.constantFrom(...Object.values(types));
  fc.assert(
    fc.property(type, fc.uint8Array({ maxLength: 40 }), (given, payload) => {
      const frame = frameOf(message(given, Buffer.from(payload)));
      for (const decode of decoders) {
        try {
          decode(frame);
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
        }
      }
    }),
    { numRuns: 1000 },
  );
}
