/**
 * One answer over HTTP as it comes in. An object of a class, not of closures: one is made for every request.
 *
 * Guarantees that a message is whole or an error, and that a stream is read no faster than it is taken.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { type EventQueue, eventQueue } from "./event-queue.ts";
import { protocolFailure, upstreamFailure } from "./http-failure.ts";
import { type EventReader, EventTooLarge, eventReader } from "./read-events.ts";
import type { UpstreamAnswer, UpstreamRequest } from "./upstream.ts";

export interface AnswerOptions extends Pick<UpstreamRequest, "method" | "signal"> {
  readonly messageBytesMax: number;
  readonly resolve: (answer: UpstreamAnswer) => void;
  readonly reject: (error: Error) => void;
}

type Reading =
  | { readonly kind: "head" }
  | { readonly kind: "ignored" }
  | { readonly kind: "json"; readonly chunks: Buffer[] }
  | { readonly kind: "stream"; readonly queue: EventQueue; readonly reader: EventReader };

/** What of an answer that is none of the protocol's is read before its connection is given up. */
const ignoredBytesMax = 64 * 1024;

export class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #options: AnswerOptions;
  #reading: Reading = { kind: "head" };
  #controller: Dispatcher.DispatchController | null = null;
  #answer: Omit<UpstreamAnswer, "body"> = { status: 0, headers: {} };
  #bytes = 0;
  #isOver = false;

  constructor(options: AnswerOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver || this.#options.signal.aborted) controller.abort(new Error("nobody waits"));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    if (status >= 300 && status < 400)
      return this.#fail(protocolFailure("answers with a redirect"));
    this.#answer = { status, headers: ownHeaders(headers) };
    const encoding = headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      return this.#fail(protocolFailure("answers in an encoding that it was not asked for"));
    }
    const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
    if (type === "application/json") {
      this.#reading = { kind: "json", chunks: [] };
    } else if (type === "text/event-stream" && status < 300) {
      const queue = eventQueue(() => controller.resume(), this.#onAbort);
      this.#reading = { kind: "stream", queue, reader: eventReader(this.#options.messageBytesMax) };
      this.#resolve({ kind: "stream", events: queue });
    } else {
      this.#reading = { kind: "ignored" };
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const reading = this.#reading;
    this.#bytes += chunk.length;
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
        reading.chunks.push(chunk);
        return;
      case "stream":
        try {
          if (reading.queue.push(reading.reader.read(chunk))) controller.pause();
        } catch (error) {
          if (!(error instanceof EventTooLarge)) throw error;
          this.#fail(protocolFailure("answers with a message that is too large"));
        }
    }
  }

  onResponseEnd(): void {
    const reading = this.#reading;
    switch (reading.kind) {
      case "head":
      case "ignored":
        this.#resolve({ kind: "empty" });
        break;
      case "json": {
        const [first, ...others] = reading.chunks;
        const isOne = first !== undefined && others.length === 0;
        const bytes = isOne ? first : Buffer.concat(reading.chunks);
        this.#resolve(bytes.length === 0 ? { kind: "empty" } : { kind: "json", bytes });
        break;
      }
      case "stream":
        reading.queue.end();
    }
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // What never had a controller was never on a connection.
    this.#fail(upstreamFailure(error, this.#controller !== null));
  }

  readonly #onAbort = (): void => {
    this.#fail(upstreamFailure(new Error("nobody waits"), this.#controller !== null));
  };

  #resolve(body: UpstreamAnswer["body"]): void {
    this.#options.resolve({ ...this.#answer, body });
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    if (this.#reading.kind === "stream") this.#reading.queue.fail(error);
    this.#options.reject(error);
    this.#end();
    this.#controller?.abort(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#options.signal.removeEventListener("abort", this.#onAbort);
  }
}

const passed = ["mcp-session-id", "mcp-protocol-version", "allow"] as const;

function ownHeaders(headers: IncomingHttpHeaders): UpstreamAnswer["headers"] {
  const own: Record<string, string> = {};
  for (const name of passed) {
    const value = headers[name];
    if (typeof value === "string") own[name] = value;
  }
  return own;
}
