/**
 * What the client has sent and the session has not come to yet: decoded, in order, bounded.
 *
 * Reading from the client stops while more than `inboxBytesMax` or `inboxMessagesMax` wait, so that a held
 * session costs bounded memory; it never stops for good, so that a client's leaving is noticed. What was taken
 * is let go, also where a client sends so fast that the inbox never empties.
 */
import { frontend } from "./codec.ts";
import { decodeFrontend } from "./decode-frontend.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import type { FrontendMessage } from "./frontend-messages.ts";

export interface Received {
  readonly message: FrontendMessage;
  /** The frame as it came. Of COPY data: a run of frames, or a piece of one, which is not decoded. */
  readonly bytes: Buffer;
}

export const inboxBytesMax = 1024 * 1024;
/** Decoded, the shortest messages cost many times their bytes. */
export const inboxMessagesMax = 8192;
/** How many taken messages may be kept before the rest moves up. */
const takenMax = 256;

export class Inbox {
  readonly #splitter: FrameSplitter;
  #received: Received[] = [];
  #next = 0;
  #bytes = 0;

  constructor(messageBytesMax: number) {
    this.#splitter = new FrameSplitter({ direction: "frontend", messageBytesMax });
    // Nothing is decided on it, so that it need not be whole.
    this.#splitter.passInRuns([frontend.copyData]);
  }

  /** Throws a `GatewayError` on bytes that are not the protocol; what came before them stays. */
  push(chunk: Buffer): void {
    this.#splitter.push(chunk);
    for (let item = this.#splitter.next(); item !== undefined; item = this.#splitter.next()) {
      const message = item.kind === "frame" ? decodeFrontend(item) : copyData;
      this.#received.push({ message, bytes: item.bytes });
      this.#bytes += item.bytes.length;
    }
  }

  get full(): boolean {
    return this.#bytes > inboxBytesMax || this.#received.length - this.#next > inboxMessagesMax;
  }

  shift(): Received | undefined {
    const received = this.#received[this.#next];
    if (received === undefined) {
      this.#received = [];
      this.#next = 0;
      return undefined;
    }
    this.#next += 1;
    this.#bytes -= received.bytes.length;
    if (this.#next > takenMax && this.#next * 2 > this.#received.length) {
      this.#received = this.#received.slice(this.#next);
      this.#next = 0;
    }
    return received;
  }

  /** How many messages are kept, with those that were taken and not let go yet. */
  get kept(): number {
    return this.#received.length;
  }

  /** The next message, where it has arrived. */
  peek(): FrontendMessage | undefined {
    return this.#received[this.#next]?.message;
  }

  /**
   * What waits up to and including the next message that asks for an answer; null if none has arrived. A server
   * answers the others only then, so nobody waits for longer if they are looked at only then.
   */
  untilAsked(): readonly Received[] | null {
    const end = this.#received.findIndex(
      ({ message }, index) => index >= this.#next && !isUnasked(message),
    );
    return end === -1 ? null : this.#received.slice(this.#next, end + 1);
  }

  /** Whether the next message belongs to a pipeline of which more has to arrive first. */
  get isWaitingForMore(): boolean {
    const next = this.peek();
    return next !== undefined && isUnasked(next) && !this.full && this.untilAsked() === null;
  }
}

const copyData: FrontendMessage = { kind: "copy_data", data: Buffer.alloc(0) };

/** An Execute that loads data is answered by itself, with the request for the data. */
function isUnasked(message: FrontendMessage): boolean {
  return unasked.includes(message.kind) && !(message.kind === "parse" && loads.test(message.sql));
}

const loads = /^\s*copy\b[^]*\bstdin\b/i;

const unasked: readonly FrontendMessage["kind"][] = [
  "parse",
  "bind",
  "describe",
  "execute",
  "close",
];
