/**
 * The answer to one request of a client, as long as it is open: one message, or a stream of them.
 *
 * Guarantees that a head is sent once, that nothing is sent behind the end, and that whoever writes waits for a client that
 * does not read.
 */
import type { ServerResponse } from "node:http";
import type { Departure } from "#/core/protocol.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Departures } from "#/proxies/mcp/listener/departures.ts";
import type { StreamEvent } from "#/proxies/mcp/upstream/upstream.ts";
import { eventBytes } from "./event-bytes.ts";

/** Without a word a stream says that it is still there. */
const commentEveryMs = 15_000;
/** Of a message that is copied behind its head. */
const joinedBytesMax = 16 * 1024;

/** Where an answer goes. */
export interface AnswerSink {
  /** Aborted when nobody takes it any more. */
  readonly left: AbortSignal;
  readonly isOver: boolean;
  /** One message and the end: by itself, or as the last of a stream. */
  message(status: number, bytes: string | Uint8Array): void;
  empty(status: number, headers?: Readonly<Record<string, string>>): void;
  openStream(): void;
  /** To be waited for where it returns a promise: the client has not read enough yet. */
  event(event: StreamEvent): Promise<void> | null;
  end(): void;
}

export interface ClientAnswerDeps {
  readonly clock: Clock;
  readonly departures: Departures;
}

export class ClientAnswer implements AnswerSink {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  /** Null until somebody wants it. */
  #left: AbortController | null = null;
  #hasLeft = false;
  #isSentAway = false;
  #onLeft: ((departure: Departure) => void) | null = null;
  #headers: Readonly<Record<string, string>> = {};
  #stopComments: (() => void) | null = null;
  #isStream = false;

  constructor(response: ServerResponse, { clock, departures }: ClientAnswerDeps) {
    this.#response = response;
    this.#clock = clock;
    const leave = () => this.#leave("detached");
    const stay = departures.when(response.req.socket, leave);
    response.once("close", () => {
      stay();
      this.#stopComments?.();
      if (!response.writableFinished) leave();
    });
  }

  /** Before the end. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** It may not stay, as it came with what is good no more. */
  get isSentAway(): boolean {
    return this.#isSentAway;
  }

  /** For the one who needs no signal: the last who says so hears. Sent away (`cancelled`), the client can still be told why. */
  whenLeft(call: (departure: Departure) => void): void {
    this.#onLeft = call;
  }

  /** Aborted when the client has gone before the end. */
  get left(): AbortSignal {
    this.#left ??= new AbortController();
    if (this.#hasLeft) this.#left.abort();
    return this.#left.signal;
  }

  get isOver(): boolean {
    return this.#response.writableEnded || this.#hasLeft;
  }

  /** Sent with the head, which may still be to come. */
  setHeaders(headers: Readonly<Record<string, string>>): void {
    this.#headers = { ...this.#headers, ...headers };
  }

  message(status: number, bytes: string | Uint8Array): void {
    if (this.isOver) return;
    if (this.#isStream) {
      this.#response.end(eventBytes({ id: null, retryMs: null, data: asBytes(bytes) }));
      return;
    }
    const length = typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.length;
    this.#response.writeHead(status, {
      ...this.#headers,
      "content-type": "application/json",
      "content-length": length,
    });
    const text = short(bytes);
    if (text === null) this.#response.end(bytes);
    else this.#response.end(text, "latin1");
  }

  empty(status: number, headers: Readonly<Record<string, string>> = {}): void {
    if (this.isOver) return;
    if (!this.#isStream) this.#response.writeHead(status, { ...this.#headers, ...headers });
    this.#response.end();
  }

  /** For a person, or for whoever reads what a client logs: in place of a message, where it can be none of the protocol. */
  plain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
    if (this.isOver) return;
    this.#response.writeHead(status, {
      ...this.#headers,
      ...headers,
      "content-type": "text/plain; charset=utf-8",
      "content-length": Buffer.byteLength(text),
      "x-content-type-options": "nosniff",
    });
    this.#response.end(text);
  }

  openStream(): void {
    if (this.#isStream || this.isOver) return;
    this.#isStream = true;
    this.#response.writeHead(200, {
      ...this.#headers,
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    this.#response.flushHeaders();
    this.#armComments();
  }

  event(event: StreamEvent): Promise<void> | null {
    this.openStream();
    if (this.isOver) return null;
    this.#armComments();
    if (this.#response.write(eventBytes(event))) return null;
    return new Promise((resolve) => {
      const done = () => {
        this.#response.off("drain", done);
        this.left.removeEventListener("abort", done);
        resolve();
      };
      this.#response.once("drain", done);
      this.left.addEventListener("abort", done, { once: true });
    });
  }

  end(): void {
    if (!this.isOver) this.#response.end();
  }

  /** The client may not stay; one whose answer is over has gone already. */
  sendAway(why: string, headers: Readonly<Record<string, string>>): void {
    if (this.isOver) return;
    this.#isSentAway = true;
    this.setHeaders(headers);
    const onLeft = this.#onLeft;
    this.#onLeft = null;
    onLeft?.("cancelled");
    if (this.#isStream) this.end();
    else this.plain(401, why);
    this.#leave("cancelled");
  }

  #leave(departure: Departure): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#left?.abort();
    this.#onLeft?.(departure);
  }

  #armComments(): void {
    this.#stopComments?.();
    this.#stopComments = this.#clock.after(commentEveryMs, () => {
      if (this.isOver) return;
      // One that is not read is not asked for more.
      if (!this.#response.writableNeedDrain) this.#response.write(":\n\n");
      this.#armComments();
    });
  }
}

/** Of bytes that Node puts behind the head into one write, as it does with text alone; null for what is no such. */
function short(bytes: string | Uint8Array): string | null {
  if (typeof bytes === "string" || bytes.length > joinedBytesMax) return null;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function asBytes(bytes: string | Uint8Array): Uint8Array {
  return typeof bytes === "string" ? Buffer.from(bytes) : bytes;
}
