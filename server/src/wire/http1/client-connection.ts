/**
 * One connection with a server, for one request at a time, and for one owner: a server that answers once too often, or too late,
 * answers nobody with what is another's.
 *
 * Guarantees that a request is written once, in one piece, and never again; that an answer belongs to the request that is under
 * way; and that a connection is used again only behind an answer whose end both sides know.
 */
import type { Socket } from "node:net";
import type { AnswerTaker, ExchangeControl, OutgoingRequest } from "./exchange.ts";
import { Http1Error } from "./http1-error.ts";
import { type ResponseHead, ResponseReader, type ResponseSink } from "./response-reader.ts";

export interface ConnectionOptions {
  readonly headBytesMax: number;
  /** Until the head of the answer. */
  readonly answerMs: number;
  readonly now: () => number;
  /** It waits for the next request, or will never take one again. */
  readonly onFree: (connection: ClientConnection) => void;
  readonly onGone: (connection: ClientConnection) => void;
}

interface Exchange {
  readonly taker: AnswerTaker;
  readonly silenceMs: number | null;
}

/** What is written in one piece with its head. A longer body goes as it is, right behind it. */
const joinedBytesMax = 64 * 1024;

export class ClientConnection implements ResponseSink, ExchangeControl {
  readonly #options: ConnectionOptions;
  readonly #reader: ResponseReader;
  #socket: Socket | null = null;
  #owner: string | null = null;
  #exchange: Exchange | null = null;
  /** Whose answer has ended within what is being read. */
  #over: AnswerTaker | null = null;
  #hasHead = false;
  #isPaused = false;
  #isGone = false;
  /** Of the last byte either way. */
  #heardAt = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#reader = new ResponseReader(options.headBytesMax);
  }

  /** Once it can be written to. */
  opened(socket: Socket): void {
    this.#socket = socket;
    this.#heardAt = this.#options.now();
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Since when it has not been used. */
  get heardAt(): number {
    return this.#heardAt;
  }

  get keepMs(): number | null {
    return this.#reader.keepMs;
  }

  mayServe(owner: string): boolean {
    return this.#owner === null || this.#owner === owner;
  }

  send({ owner, method, head, body, silenceMs }: OutgoingRequest, taker: AnswerTaker): void {
    const socket = this.#socket;
    if (socket === null || this.#exchange !== null || !this.mayServe(owner)) {
      throw new TypeError("it is not free");
    }
    this.#owner = owner;
    this.#exchange = { taker, silenceMs };
    this.#hasHead = false;
    this.#isPaused = false;
    this.#heardAt = this.#options.now();
    this.#reader.expect(method);
    taker.onSent(this);
    // Whoever sent it may have cut it there.
    if (this.#exchange === null) return;
    if (body === null) {
      socket.write(head, "latin1");
    } else if (body.length <= joinedBytesMax) {
      socket.write(joined(head, body));
    } else {
      socket.cork();
      socket.write(head, "latin1");
      socket.write(body);
      socket.uncork();
    }
  }

  /** What has come. False where no more is to be read for now. */
  read(bytes: Buffer): boolean {
    if (this.#isGone) return false;
    this.#heardAt = this.#options.now();
    let fault: Error | null = null;
    try {
      this.#reader.read(bytes, this);
    } catch (error) {
      fault = asError(error);
    }
    this.#settle(fault);
    return !this.#isPaused && !this.#isGone;
  }

  /** The server has ended its side. */
  ended(): void {
    if (this.#isGone) return;
    let fault: Error = new Http1Error("cut_off");
    try {
      this.#reader.end(this);
    } catch (error) {
      fault = asError(error);
    }
    this.#settle(fault);
  }

  /** It is of no further use. */
  fail(error: Error): void {
    if (!this.#isGone) this.#settle(error);
  }

  /**
   * Only once all that has come was looked at: what stands behind an answer is none to the request that comes next. It makes the
   * connection useless, and takes nothing from the answer.
   */
  #settle(fault: Error | null): void {
    const over = this.#over;
    this.#over = null;
    const failed = fault === null ? null : (this.#exchange?.taker ?? null);
    // A server that answers before it has the whole request may take the rest for another one.
    const isSpent =
      over !== null && !(this.#reader.keepsOpen && this.#socket?.writableLength === 0);
    if (fault !== null || isSpent) this.#destroy();
    over?.onEnd();
    if (fault !== null) failed?.onFailed(fault, true);
    if (over === null || this.#isGone) return;
    this.resume();
    this.#options.onFree(this);
  }

  /** Fails what the server has left without a byte for too long. */
  checkSilence(now: number): void {
    if (this.#exchange === null || this.#isPaused) return;
    const limitMs = this.#hasHead ? this.#exchange.silenceMs : this.#options.answerMs;
    if (limitMs !== null && now - this.#heardAt >= limitMs)
      this.fail(new Error("silent for too long"));
  }

  onHead(head: ResponseHead): void {
    this.#hasHead = true;
    this.#exchange?.taker.onHead(head);
  }

  onBody(bytes: Buffer): void {
    this.#exchange?.taker.onBody(bytes);
  }

  onEnd(): void {
    this.#over = this.#exchange?.taker ?? null;
    this.#exchange = null;
  }

  pause(): void {
    if (this.#exchange === null) return;
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#heardAt = this.#options.now();
    this.#socket?.resume();
  }

  cut(): void {
    this.#destroy();
  }

  #destroy(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#exchange = null;
    this.#socket?.destroy();
    this.#options.onGone(this);
  }
}

function joined(head: string, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, "latin1");
  bytes.set(body, head.length);
  return bytes;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error("unknown", { cause: error });
}
