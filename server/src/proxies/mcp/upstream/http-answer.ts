/**
 * One answer over HTTP as it comes in. An object of a class, not of closures: one is made for every request.
 *
 * Guarantees that a message is whole or an error, and that a stream is read no faster than it is taken.
 */

import { asGatewayError } from "#/core/errors.ts";
import { GatheredBytes } from "#/wire/gathered-bytes.ts";
import type { AnswerTaker, ExchangeControl } from "#/wire/http1/exchange.ts";
import { type Field, hasField, onlyValue } from "#/wire/http1/fields.ts";
import type { ResponseHead } from "#/wire/http1/response-reader.ts";
import { type EventQueue, eventQueue } from "./event-queue.ts";
import { protocolFailure, upstreamFailure } from "./http-failure.ts";
import { type EventReader, EventTooLarge, eventReader } from "./read-events.ts";
import type { AnswerSource, UpstreamAnswer, UpstreamRequest } from "./upstream.ts";

export interface AnswerOptions extends Pick<UpstreamRequest, "signal" | "onSent"> {
  readonly messageBytesMax: number;
  readonly resolve: (answer: UpstreamAnswer) => void;
  readonly reject: (error: Error) => void;
}

type Reading =
  | { readonly kind: "head" }
  | { readonly kind: "ignored" }
  | { readonly kind: "json"; readonly gathered: GatheredBytes }
  | { readonly kind: "stream"; readonly queue: EventQueue; readonly reader: EventReader };

/** What of an answer that is none of the protocol's is read before its connection is given up. */
const ignoredBytesMax = 64 * 1024;
/** Of comments and blank lines between two events of a stream. A stream kept open by one a second has them after days. */
const eventlessBytesMax = 1024 * 1024;
/** Of an event that has begun the most that is sent for what is kept: `data: ` and CR LF for the line break of an empty line. */
const sentForKept = 8;

export class AnswerHandler implements AnswerTaker, AnswerSource {
  readonly #options: AnswerOptions;
  #reading: Reading = { kind: "head" };
  #exchange: ExchangeControl | null = null;
  /** Also when its answer has ended. */
  #connection: ExchangeControl | null = null;
  #head: Pick<UpstreamAnswer, "status" | "headers"> = noHead;
  #bytes = 0;
  /** Since the last event of its stream. */
  #eventlessBytes = 0;
  #isOver = false;
  #takeBack: () => void = () => {};

  constructor(options: AnswerOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** `takeBack`: where it has not gone out yet, it does not. */
  waits(takeBack: () => void): void {
    this.#takeBack = takeBack;
  }

  onSent(exchange: ExchangeControl): void {
    this.#exchange = exchange;
    this.#connection = exchange;
    try {
      this.#options.onSent?.();
    } catch (error) {
      this.#fail(asGatewayError(error, "It could not be sent."));
    }
  }

  distrust(): void {
    this.#connection?.fail(new Error("an answer on its connection was none to what was asked"));
  }

  onHead({ status, fields }: ResponseHead): void {
    if (status >= 300 && status < 400)
      return this.#fail(protocolFailure("answers with a redirect"));
    this.#head = { status, headers: ownHeaders(fields) };
    if (
      hasField(fields, "content-encoding") &&
      onlyValue(fields, "content-encoding") !== "identity"
    ) {
      return this.#fail(protocolFailure("answers in an encoding that it was not asked for"));
    }
    const type = onlyValue(fields, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
    if (type === "application/json") {
      this.#reading = { kind: "json", gathered: new GatheredBytes() };
    } else if (type === "text/event-stream" && status === unauthorized) {
      // What it has done is in there, perhaps.
      return this.#fail(protocolFailure("refuses the gateway's credential with a stream"));
    } else if (type === "text/event-stream" && status < 300) {
      const queue = eventQueue(() => this.#exchange?.resume(), this.#onAbort);
      this.#reading = { kind: "stream", queue, reader: eventReader(this.#options.messageBytesMax) };
      this.#resolve({ kind: "stream", events: queue });
    } else {
      this.#reading = { kind: "ignored" };
    }
  }

  onBody(bytes: Buffer): void {
    const reading = this.#reading;
    this.#bytes += bytes.length;
    switch (reading.kind) {
      case "head":
        return;
      case "ignored":
        if (this.#bytes > ignoredBytesMax) this.#fail(protocolFailure("answers with no message"));
        return;
      case "json":
        if (this.#bytes > this.#options.messageBytesMax) {
          return this.#fail(protocolFailure("answers with a message that is too large"));
        }
        reading.gathered.add(reading.gathered.length === 0 ? Buffer.from(bytes) : bytes);
        return;
      case "stream":
        try {
          const events = reading.reader.read(Buffer.from(bytes));
          this.#eventlessBytes = events.length > 0 ? 0 : this.#eventlessBytes + bytes.length;
          const begunBytes = sentForKept * reading.reader.keptBytes();
          if (this.#eventlessBytes - begunBytes > eventlessBytesMax) {
            // Nobody takes what is no event, so nobody's taking holds it up.
            return this.#fail(protocolFailure("streams on and on without a message"));
          }
          if (reading.queue.push(events)) this.#exchange?.pause();
        } catch (error) {
          if (!(error instanceof EventTooLarge)) throw error;
          this.#fail(protocolFailure("answers with a message that is too large"));
        }
    }
  }

  onEnd(): void {
    const reading = this.#reading;
    switch (reading.kind) {
      case "head":
      case "ignored":
        this.#resolve({ kind: "empty" });
        break;
      case "json": {
        const bytes = reading.gathered.take();
        this.#resolve(bytes.length === 0 ? { kind: "empty" } : { kind: "json", bytes });
        break;
      }
      case "stream":
        reading.queue.end();
    }
    this.#end();
  }

  onFailed(error: Error, sent: boolean): void {
    this.#fail(upstreamFailure(error, sent));
  }

  readonly #onAbort = (): void => {
    this.#fail(upstreamFailure(new Error("nobody waits"), this.#exchange !== null));
  };

  #resolve(body: UpstreamAnswer["body"]): void {
    this.#options.resolve({ ...this.#head, body, source: this });
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    if (this.#reading.kind === "stream") this.#reading.queue.fail(error);
    this.#options.reject(error);
    const exchange = this.#exchange;
    this.#end();
    this.#takeBack();
    exchange?.cut();
  }

  #end(): void {
    this.#isOver = true;
    // Its connection may be another's by the time at which the last of it is taken.
    this.#exchange = null;
    this.#options.signal.removeEventListener("abort", this.#onAbort);
  }
}

const unauthorized = 401;
const noHead = { status: 0, headers: {} } as const;
const passed = ["mcp-session-id", "mcp-protocol-version", "allow"] as const;

function ownHeaders(fields: readonly Field[]): UpstreamAnswer["headers"] {
  const own: Record<string, string> = {};
  for (const name of passed) {
    const value = onlyValue(fields, name);
    if (value !== null) own[name] = value;
  }
  return own;
}
