/**
 * One request that a server was sent, until it is over: answered at once, or by a stream when the server says more.
 * An object of a class, not of closures: one is made for every request.
 *
 * Guarantees that whoever takes the answer slowly costs no more than the queue's bound: either the server is held up, or
 * what comes before the answer is left out.
 */
import { type EventQueue, eventQueue } from "#/proxies/mcp/upstream/event-queue.ts";
import { byId } from "#/proxies/mcp/upstream/stdio/by-id.ts";
import type { UpstreamAnswer } from "#/proxies/mcp/upstream/upstream.ts";

export interface CallOptions {
  /** The one that the server sees. */
  readonly id: number;
  /** As its client wrote it. */
  readonly clientId: string;
  readonly progressToken: string | null;
  readonly method: string;
  /** Null: the server is others' as well, and is not held up for one. */
  readonly holdUp: { readonly hold: () => void; readonly release: () => void } | null;
  /** Whoever took the answer takes no more. */
  readonly onLeft: () => void;
  /** Once it is over, however. */
  readonly onOver: () => void;
}

export class Call {
  readonly options: CallOptions;
  readonly answer: Promise<UpstreamAnswer>;
  readonly #resolve: (answer: UpstreamAnswer) => void;
  readonly #reject: (error: Error) => void;
  #queue: EventQueue | null = null;
  #isFull = false;

  constructor(options: CallOptions) {
    this.options = options;
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Something that comes before the answer. False: it was left out. */
  push(data: Uint8Array): boolean {
    if (this.#isFull && this.options.holdUp === null) return false;
    const isFull = this.#stream().push([{ id: null, retryMs: null, data }]);
    if (isFull && !this.#isFull) this.options.holdUp?.hold();
    this.#isFull = isFull;
    return true;
  }

  /** The status counts only where it is still to be said. */
  finish(status: number, data: Uint8Array): void {
    if (this.#queue === null) {
      this.#resolve({ status, headers: {}, body: { kind: "json", bytes: data }, source: byId });
    } else {
      this.#queue.push([{ id: null, retryMs: null, data }]);
      this.#queue.end();
    }
    this.#over();
  }

  /** Without an answer, as a stream that its server ends. */
  end(): void {
    this.#stream().end();
    this.#over();
  }

  fail(error: Error): void {
    this.#queue?.fail(error);
    this.#reject(error);
    this.#over();
  }

  #stream(): EventQueue {
    if (this.#queue !== null) return this.#queue;
    const events = eventQueue(() => this.#hasRoom(), this.options.onLeft);
    this.#queue = events;
    this.#resolve({ status: 200, headers: {}, body: { kind: "stream", events }, source: byId });
    return events;
  }

  #hasRoom(): void {
    if (this.#isFull) this.options.holdUp?.release();
    this.#isFull = false;
  }

  /** What waits may never be taken; the server goes on. */
  #over(): void {
    this.#hasRoom();
    this.options.onOver();
  }
}
