/**
 * Splits a byte stream into PostgreSQL frames, however the network cut it into chunks.
 *
 * Guarantees:
 * - A frame that lies in one chunk is delivered as a view, without a copy.
 * - A frame that is delivered whole is never longer than its bound; memory held for an unfinished one is at
 *   most about twice what has arrived of it, whatever length it announces.
 * - Types chosen for runs (rows and COPY data) pass in constant memory, whatever their length: neighbours
 *   in a chunk come as one view, unfinished ones in pieces.
 * - The concatenation of everything delivered is the stream. After the first error only that error follows.
 */
import { type ErrorCode, GatewayError } from "#/core/errors.ts";
import {
  backend,
  type Direction,
  frontend,
  headerBytes,
  int32Max,
  messageBytesMaxDefault,
  tightBounds,
} from "./codec.ts";
import { Frame, type Run } from "./frame.ts";

export interface SplitterOptions {
  readonly direction: Direction;
  /** Bound on the length field of every message that is delivered whole. */
  readonly messageBytesMax?: number;
}

/** The least that is set aside for a frame that spans chunks. */
const heldBytesMin = 8 * 1024;

export class FrameSplitter {
  readonly #bounds: Float64Array;
  readonly #malformed: ErrorCode;
  readonly #unknown: ErrorCode;
  readonly #inRuns = new Uint8Array(256);
  #runFramesMax = Number.POSITIVE_INFINITY;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #chunk: Buffer = emptyBuffer;
  #position = 0;
  /** An unfinished frame that will be delivered whole: its storage, how much is there, how long it gets. */
  #held: Buffer = emptyBuffer;
  #heldBytes = 0;
  #heldTotal = 0;
  /** The message that is passing in pieces, and how much of it is still to come. */
  #runType = 0;
  #runBytesLeft = 0;
  #failure: GatewayError | undefined;

  constructor({ direction, messageBytesMax = messageBytesMaxDefault }: SplitterOptions) {
    this.#bounds = boundsByType(direction, messageBytesMax);
    this.#malformed =
      direction === "frontend" ? "postgres.malformed_message" : "postgres.upstream_protocol";
    this.#unknown =
      direction === "frontend" ? "postgres.unknown_message" : "postgres.upstream_protocol";
  }

  /** How much has been pushed and not been delivered; what the caller bounds by not reading further. */
  get bytesWaiting(): number {
    return this.#queuedBytes + this.#chunk.length - this.#position + this.#heldBytes;
  }

  /** Whether a message is passing in pieces and has not ended. */
  get insideRun(): boolean {
    return this.#runBytesLeft > 0;
  }

  /**
   * From the next message on, these types come in runs of at most `framesMax` messages, all others whole.
   * A message that is passing in pieces goes on so.
   */
  passInRuns(types: readonly number[], framesMax = Number.POSITIVE_INFINITY): void {
    this.#inRuns.fill(0);
    for (const type of types) this.#inRuns[type] = 1;
    this.#runFramesMax = framesMax;
  }

  /** The chunk is referred to until `next` has returned undefined or `detach` has been called. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#position === this.#chunk.length && this.#queue.length === 0) {
      this.#chunk = chunk;
      this.#position = 0;
    } else {
      this.#queue.push(chunk);
      this.#queuedBytes += chunk.length;
    }
  }

  /** The next frame or run; undefined when more bytes are needed. */
  next(): Frame | Run | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    while (this.#refill()) {
      if (this.#runBytesLeft > 0) return this.#run();
      if (this.#heldBytes > 0) {
        const item = this.#continueHeld();
        if (item !== undefined) return item;
        continue;
      }
      const available = this.#chunk.length - this.#position;
      if (available < headerBytes) {
        this.#hold(available, headerBytes);
        continue;
      }
      const type = this.#chunk[this.#position] as number;
      const total = this.#checkHeader(this.#chunk, this.#position);
      if (this.#inRuns[type] === 1) return this.#run();
      if (available < total) {
        this.#hold(available, total);
        continue;
      }
      const start = this.#position;
      this.#position = start + total;
      return new Frame(type, this.#chunk, start, this.#position);
    }
    return undefined;
  }

  /** Copies what has been pushed and not been delivered, so that the caller may reuse the chunks' memory. */
  detach(): void {
    this.#chunk = Buffer.from(this.#chunk.subarray(this.#position));
    this.#position = 0;
    this.#queue = this.#queue.map((chunk) => Buffer.from(chunk));
  }

  /** Whether there is an undelivered byte in a chunk. */
  #refill(): boolean {
    if (this.#position < this.#chunk.length) return true;
    const chunk = this.#queue.shift();
    this.#chunk = chunk ?? emptyBuffer;
    this.#queuedBytes -= this.#chunk.length;
    this.#position = 0;
    return chunk !== undefined;
  }

  /** The whole length of the frame whose header stands at `at`, after checking type and bound. */
  #checkHeader(source: Buffer, at: number): number {
    const type = source[at] as number;
    const length = source.readInt32BE(at + 1);
    const bound = this.#bounds[type] as number;
    if (bound === 0) throw this.#fail(this.#unknown, "The message type is unknown.", type);
    if (length < 4) throw this.#fail(this.#malformed, "The message length is invalid.", type);
    if (length > bound && this.#inRuns[type] === 0) {
      throw this.#fail("postgres.message_too_large", "The message is too large.", type);
    }
    return length + 1;
  }

  #fail(code: ErrorCode, message: string, type: number): GatewayError {
    this.#failure = new GatewayError(code, message, { details: { messageType: type } });
    return this.#failure;
  }

  #hold(bytes: number, total: number): void {
    this.#heldTotal = total;
    this.#held = Buffer.allocUnsafe(Math.min(total, Math.max(heldBytesMin, bytes * 2)));
    this.#takeHeld(bytes);
  }

  /** Moves up to `bytes` from the chunk to the held frame. */
  #takeHeld(bytes: number): void {
    const taken = Math.min(bytes, this.#chunk.length - this.#position);
    const needed = this.#heldBytes + taken;
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafe(
        Math.min(this.#heldTotal, Math.max(heldBytesMin, needed * 2)),
      );
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    this.#chunk.copy(this.#held, this.#heldBytes, this.#position, this.#position + taken);
    this.#position += taken;
    this.#heldBytes += taken;
  }

  /** Adds to the held frame; delivers it when it is complete, or its header when the rest may pass. */
  #continueHeld(): Frame | Run | undefined {
    this.#takeHeld(this.#heldTotal - this.#heldBytes);
    if (this.#heldBytes < headerBytes) return undefined;
    if (this.#heldTotal === headerBytes) {
      const type = this.#held[0] as number;
      this.#heldTotal = this.#checkHeader(this.#held, 0);
      if (this.#inRuns[type] === 1) return this.#runOfHeldHeader(type);
      this.#takeHeld(this.#heldTotal - this.#heldBytes);
    }
    if (this.#heldBytes < this.#heldTotal) return undefined;
    const frame = new Frame(this.#held[0] as number, this.#held, 0, this.#heldTotal);
    this.#releaseHeld();
    return frame;
  }

  #runOfHeldHeader(type: number): Run {
    const bytes = this.#held.subarray(0, headerBytes);
    this.#runType = type;
    this.#runBytesLeft = this.#heldTotal - headerBytes;
    this.#releaseHeld();
    const unfinished = this.#runBytesLeft > 0;
    return { kind: "run", type, bytes, framesEnded: unfinished ? 0 : 1, unfinished };
  }

  #releaseHeld(): void {
    this.#held = emptyBuffer;
    this.#heldBytes = 0;
    this.#heldTotal = 0;
  }

  /** Everything that may pass together from here: the rest of a message, then whole ones, then a beginning. */
  #run(): Run {
    const chunk = this.#chunk;
    const start = this.#position;
    const stop = chunk.length;
    let position = start;
    let bytesLeft = this.#runBytesLeft;
    let framesEnded = 0;
    if (bytesLeft === 0) this.#runType = chunk[start] as number;
    for (;;) {
      if (bytesLeft === 0) {
        if (stop - position < headerBytes || chunk[position] !== this.#runType) break;
        const length = chunk.readInt32BE(position + 1);
        // The error belongs to the next call: what came before it is sound.
        if (length < 4 || this.#inRuns[this.#runType] === 0) break;
        bytesLeft = length + 1;
      }
      const taken = Math.min(bytesLeft, stop - position);
      position += taken;
      bytesLeft -= taken;
      if (bytesLeft > 0) break;
      framesEnded += 1;
      if (framesEnded >= this.#runFramesMax) break;
    }
    this.#position = position;
    this.#runBytesLeft = bytesLeft;
    const bytes = chunk.subarray(start, position);
    return { kind: "run", type: this.#runType, bytes, framesEnded, unfinished: bytesLeft > 0 };
  }
}

const emptyBuffer = Buffer.alloc(0);

/** The bound on the length field for each type byte; 0 marks a type that the direction does not know. */
function boundsByType(direction: Direction, messageBytesMax: number): Float64Array {
  const bounds = new Float64Array(256);
  const types = Object.values(direction === "frontend" ? frontend : backend);
  for (const type of types) bounds[type] = Math.min(messageBytesMax, int32Max);
  for (const [type, bound] of tightBounds[direction]) {
    bounds[type] = Math.min(bounds[type] as number, bound);
  }
  return bounds;
}
