/** One message as bytes, or several that pass together. */
import { headerBytes } from "./codec.ts";

/** One whole message. Views are made when asked for and share memory with the chunk. */
export class Frame {
  readonly kind = "frame";
  readonly type: number;
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;

  constructor(type: number, source: Buffer, start: number, end: number) {
    this.type = type;
    this.source = source;
    this.start = start;
    this.end = end;
  }

  /** Type, length and payload, as they came. */
  get bytes(): Buffer {
    return this.source.subarray(this.start, this.end);
  }

  get payload(): Buffer {
    return this.source.subarray(this.start + headerBytes, this.end);
  }
}

/** Adjacent messages of one type, or a piece of one: bytes to be passed on as they are. */
export interface Run {
  readonly kind: "run";
  readonly type: number;
  readonly bytes: Buffer;
  /** How many messages end in these bytes. */
  readonly framesEnded: number;
  /** Whether the last message goes on in the next run. */
  readonly unfinished: boolean;
}

/** One whole frame as bytes, such as an encoder made, ready for the decoders. */
export function frameOf(bytes: Buffer): Frame {
  return new Frame(bytes[0] ?? 0, bytes, 0, bytes.length);
}
