/** One request and what comes of it, for whoever sent it. */
import type { ResponseHead } from "./response-reader.ts";

export interface OutgoingRequest {
  /** For whom it is: a connection that was used for one is used for nobody else. */
  readonly owner: string;
  readonly method: string;
  /** Line and fields, with the empty line. */
  readonly head: string;
  readonly body: Uint8Array | null;
  /** Without a byte of an answer that has begun; null where it may be silent for as long as it likes. */
  readonly silenceMs: number | null;
}

/** One of `onEnd` and `onFailed` is called, once and last. */
export interface AnswerTaker {
  /** It goes out now: from here on nobody knows whether the server has seen it. */
  onSent(exchange: ExchangeControl): void;
  onHead(head: ResponseHead): void;
  /** Good until it returns: the memory is used again. */
  onBody(bytes: Buffer): void;
  onEnd(): void;
  /** `sent`: a byte of the request may have reached the server. */
  onFailed(error: Error, sent: boolean): void;
}

export interface ExchangeControl {
  /** No more is read until `resume`, but for what has come already. */
  pause(): void;
  resume(): void;
  /** Nobody wants the answer: its connection is cut, and nobody hears of it any more. */
  cut(): void;
  /** What came on it can't be believed: it is cut, whoever has used it meanwhile, who hears that. */
  fail(error: Error): void;
}
