/**
 * Answers on one connection, from bytes, one after another (RFC 9112).
 *
 * Hostile bytes are read here: guarantees that a message is the same however its bytes are cut, that its head is bounded, that
 * nothing is taken for an answer to what nobody has asked, and that whatever keeps to no HTTP/1.1 is an `Http1Error` and nothing else.
 */
import { answerFraming, type BodyFraming } from "./body-framing.ts";
import { ChunkedReader } from "./chunked-reader.ts";
import { type Field, hasField, hasToken, onlyValue, parseFields } from "./fields.ts";
import { Http1Error } from "./http1-error.ts";

export interface ResponseHead {
  /** From 200 on: what is sent before is passed over. */
  readonly status: number;
  readonly minor: 0 | 1;
  readonly fields: readonly Field[];
}

export interface ResponseSink {
  onHead(head: ResponseHead): void;
  /** Good until it returns: the memory is used again. */
  onBody(bytes: Buffer): void;
  onEnd(): void;
}

/** Heads in front of one answer: `100 Continue`, `103 Early Hints`. */
const interimMax = 16;

const headEnd = "\r\n\r\n";
const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const begins = "HTTP/1.";

export class ResponseReader {
  readonly #headBytesMax: number;
  #state: "idle" | "head" | "body" = "idle";
  #isHead = false;
  #interim = 0;
  /** Of a head that is not whole; null where there is none of it. */
  #held: Buffer | null = null;
  #heldBytes = 0;
  #framing: BodyFraming = { kind: "none" };
  #left = 0;
  #chunked: ChunkedReader | null = null;
  #keepsOpen = false;
  #keepMs: number | null = null;

  constructor(headBytesMax: number) {
    this.#headBytesMax = headBytesMax;
  }

  /** Whether an answer is owed, or is not whole. */
  get isReading(): boolean {
    return this.#state !== "idle";
  }

  /** Whether the connection can be used again behind the answer that has ended. */
  get keepsOpen(): boolean {
    return this.#keepsOpen;
  }

  /** For how long the server says that it keeps it; null where it does not say. */
  get keepMs(): number | null {
    return this.#keepMs;
  }

  /** A request was sent. */
  expect(method: string): void {
    this.#state = "head";
    this.#isHead = method === "HEAD";
    this.#interim = 0;
  }

  read(bytes: Buffer, sink: ResponseSink): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === "idle") throw new Http1Error("surplus");
      at =
        this.#state === "head" ? this.#readHead(bytes, at, sink) : this.#readBody(bytes, at, sink);
    }
  }

  /** The connection has ended. */
  end(sink: ResponseSink): void {
    if (this.#state === "idle") return;
    if (this.#state !== "body" || this.#framing.kind !== "until_end")
      throw new Http1Error("cut_off");
    this.#over(sink);
  }

  #readHead(bytes: Buffer, from: number, sink: ResponseSink): number {
    if (this.#held === null) {
      const end = bytes.indexOf(headEnd, from);
      if (end !== -1) {
        const next = end + headEnd.length;
        if (next - from > this.#headBytesMax) throw new Http1Error("head_too_large");
        this.#parse(bytes.toString("latin1", from, end + 2), sink);
        return next;
      }
    }
    return this.#holdHead(bytes, from, sink);
  }

  /** The rare way, of a head that comes in pieces. */
  #holdHead(bytes: Buffer, from: number, sink: ResponseSink): number {
    this.#held ??= Buffer.allocUnsafe(this.#headBytesMax);
    const before = this.#heldBytes;
    const copied = bytes.copy(this.#held, before, from);
    this.#heldBytes += copied;
    const held = this.#held.subarray(0, this.#heldBytes);
    const end = held.indexOf(headEnd, Math.max(0, before - headEnd.length + 1));
    if (end === -1) {
      if (isNoHead(held, before)) throw new Http1Error("malformed_head");
      if (this.#heldBytes === this.#headBytesMax) throw new Http1Error("head_too_large");
      return bytes.length;
    }
    const head = held.toString("latin1", 0, end + 2);
    this.#held = null;
    this.#heldBytes = 0;
    this.#parse(head, sink);
    return from + end + headEnd.length - before;
  }

  #parse(head: string, sink: ResponseSink): void {
    const lineEnd = head.indexOf("\r\n");
    const [, minorText, statusText] = statusLine.exec(head.slice(0, lineEnd)) ?? [];
    if (statusText === undefined) throw new Http1Error("malformed_head");
    const minor = minorText === "0" ? 0 : 1;
    const status = Number(statusText);
    const fields = parseFields(head.slice(lineEnd + 2));
    if (status === 101) throw new Http1Error("upgraded");
    if (status < 200) {
      // RFC 9110 §15.2: HTTP/1.0 knows none.
      if (minor === 0) throw new Http1Error("malformed_head");
      // RFC 9110 §8.6, RFC 9112 §6.1: it has neither.
      if (hasField(fields, "content-length") || hasField(fields, "transfer-encoding")) {
        throw new Http1Error("ambiguous_length");
      }
      this.#interim += 1;
      if (this.#interim > interimMax) throw new Http1Error("too_many_interim");
      return;
    }
    this.#framing = answerFraming(fields, { status, minor, isHead: this.#isHead });
    this.#keepsOpen =
      this.#framing.kind !== "until_end" &&
      !hasToken(fields, "connection", "close") &&
      (minor === 1 || hasToken(fields, "connection", "keep-alive"));
    this.#keepMs = keepMsOf(fields);
    this.#state = "body";
    this.#left = this.#framing.kind === "length" ? this.#framing.bytes : 0;
    this.#chunked = this.#framing.kind === "chunked" ? new ChunkedReader() : null;
    sink.onHead({ status, minor, fields });
    const isEmpty = this.#framing.kind === "length" && this.#left === 0;
    if (isEmpty || this.#framing.kind === "none") this.#over(sink);
  }

  #readBody(bytes: Buffer, from: number, sink: ResponseSink): number {
    switch (this.#framing.kind) {
      case "length": {
        const end = Math.min(bytes.length, from + this.#left);
        this.#left -= end - from;
        sink.onBody(bytes.subarray(from, end));
        if (this.#left === 0) this.#over(sink);
        return end;
      }
      case "chunked": {
        const chunked = this.#chunked;
        if (chunked === null) return bytes.length;
        const end = chunked.read(bytes, from, (body) => sink.onBody(body));
        if (chunked.isOver) this.#over(sink);
        return end;
      }
      case "until_end":
        sink.onBody(from === 0 ? bytes : bytes.subarray(from));
        return bytes.length;
      case "none":
        return from;
    }
  }

  #over(sink: ResponseSink): void {
    this.#state = "idle";
    this.#chunked = null;
    sink.onEnd();
  }
}

/** What no byte that is still to come makes a head of. Of what was looked at before only the last byte matters. */
function isNoHead(held: Buffer, before: number): boolean {
  const beginning = held.toString("latin1", 0, begins.length);
  if (!begins.startsWith(beginning)) return true;
  return /[^\r]\n|\r[^\n]/.test(held.toString("latin1", Math.max(0, before - 1)));
}

/** `Keep-Alive: timeout=5` (RFC 2068 §19.7.1.1), in whole seconds. */
function keepMsOf(fields: readonly Field[]): number | null {
  const value = onlyValue(fields, "keep-alive");
  const seconds =
    value === null ? undefined : /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/i.exec(value)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1_000;
}
