/**
 * What a server answers, on its way to the client: as it came, message by message, and no further than its end.
 *
 * Guarantees that nothing reaches the client but what belongs to its request: one answer, under its id, and what the server says on
 * the way to it; and that nothing of it looks as if the gateway had said it. What a server may not ask of a client is answered by the
 * gateway.
 */
import { isUtf8 } from "node:buffer";
import { atOnce } from "#/masking/in-steps.ts";
import type { AnswerSink } from "./client-answer.ts";
import { isSameId, type RpcId } from "./codec.ts";
import { type Place, shallowMembers } from "./json/shallow.ts";
import type { AnswerMasker } from "./masked/answer-masker.ts";
import { withoutOwnWords } from "./masked/own-words.ts";
import { protocolFailure } from "./upstream/http-failure.ts";
import type { StreamEvent, UpstreamAnswer } from "./upstream/upstream.ts";

export type PassingMasker = Pick<AnswerMasker, "mask" | "looksAt">;

export interface RelayOptions {
  readonly client: AnswerSink;
  /** Of the request; null where there was none, and no answer belongs here. */
  readonly id: RpcId | null;
  /** A client can hear the rest of a stream that was cut off: by its revision, and because nothing of it is masked. */
  readonly canResume: boolean;
  /** Of each event behind which the client may begin again. */
  readonly onEventId?: (id: string) => void;
  /** A stream that was cut off and goes on, with answers to whatever was asked on it. */
  readonly isResumed?: boolean;
  readonly masker: PassingMasker;
  /** Of what is said besides the answer, where that has another one. */
  readonly saidMasker?: PassingMasker;
  /** The server says that what it offers has changed. */
  readonly onChanged?: () => void;
  /** A request of the server's: false where it is not passed on. */
  readonly onAsked: (method: string, id: RpcId) => boolean;
  /** What is said of a result that passes, in it. */
  readonly note?: ((message: Buffer, result: Place) => Buffer) | undefined;
  /** The answer itself, before it passes: another in its place, or null. */
  readonly onResult?: ((message: Buffer, result: Place) => Buffer | null) | undefined;
  /** What stands in place of a message of which nothing may pass. */
  readonly withheld: (id: RpcId) => string;
}

/** What was answered, as far as it matters here. */
export type Answered =
  | { readonly kind: "result"; readonly isError: boolean; readonly resultType: string | null }
  | { readonly kind: "error"; readonly code: string }
  /** Without a message, by the status alone. */
  | { readonly kind: "refused"; readonly status: number }
  /** The server ended its answer without one. */
  | { readonly kind: "none" };

/** Rejects where the server is lost or does not keep to the protocol. */
export async function relay(answer: UpstreamAnswer, options: RelayOptions): Promise<Answered> {
  const { client } = options;
  switch (answer.body.kind) {
    case "empty": {
      if (answer.status < 400 || answer.status >= 500) return { kind: "none" };
      const { allow = "" } = answer.headers;
      client.empty(answer.status, /^[A-Z]+(?:, ?[A-Z]+)*$/.test(allow) ? { allow } : {});
      return { kind: "refused", status: answer.status };
    }
    case "json": {
      const read = readAnswer(asBuffer(answer.body.bytes), options);
      if (read.kind !== "answer")
        throw protocolFailure("answers with something else than an answer");
      client.message(answer.status, read.bytes);
      return read.answered;
    }
    case "stream":
      return relayStream(answer.body.events, options);
  }
}

async function relayStream(
  events: AsyncIterable<StreamEvent>,
  options: RelayOptions,
): Promise<Answered> {
  const { client, id } = options;
  client.openStream();
  let answered: Answered = { kind: "none" };
  /** The client was told where to begin again, as a revision with sessions lets it. */
  let goesOn = id === null;
  const incoming = events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value: event, done } = await incoming.next();
      if (done === true || client.isOver) break;
      goesOn ||= event.id !== null && options.canResume;
      const passed = passedEvent(event, options);
      if (passed === null) continue;
      const full = client.event(passed.event);
      if (full !== null) await full;
      if (passed.answered === null) continue;
      answered = passed.answered;
      if (id !== null) break;
    }
  } catch (error) {
    await incoming.return?.();
    throw error;
  }
  if (answered.kind === "none" && !goesOn && !client.isOver) {
    throw protocolFailure("ended its answer without one");
  }
  client.end();
  // What a server says behind its answer belongs to nothing; where it says nothing, its connection can be used again.
  void incoming.next().then(
    ({ done }) => (done === true ? undefined : incoming.return?.()),
    () => undefined,
  );
  return answered;
}

function passedEvent(
  event: StreamEvent,
  options: RelayOptions,
): { readonly event: StreamEvent; readonly answered: Answered | null } | null {
  // What says where to begin again is the server's own text, and nothing to a client that can't.
  const id = options.canResume ? event.id : null;
  if (id !== null) options.onEventId?.(id);
  if (event.data.length === 0) return id === null ? null : { event, answered: null };
  const read = readAnswer(asBuffer(event.data), options);
  switch (read.kind) {
    case "dropped":
      return null;
    case "passed":
      return { event: { ...event, id, data: read.bytes }, answered: null };
    case "answer":
      return { event: { ...event, id, data: read.bytes }, answered: read.answered };
  }
}

type Read =
  | { readonly kind: "dropped" }
  | { readonly kind: "passed"; readonly bytes: Buffer }
  | { readonly kind: "answer"; readonly bytes: Buffer; readonly answered: Answered };

function readAnswer(came: Buffer, options: RelayOptions): Read {
  if (!isUtf8(came)) throw protocolFailure("sends what is no message");
  const own = withoutOwnWords(came);
  if (own === "unreadable") return unreadable(came, options);
  const message = own ?? came;
  const text = message.toString("latin1");
  const members = shallowMembers(text);
  if (members === null) throw protocolFailure("sends what is no message");
  const at = (name: string) => {
    const place = members.get(name);
    return place === undefined ? null : text.slice(place.start, place.end);
  };
  const id = utf8(at("id"));
  const method = at("method");
  const result = members.get("result");
  const error = members.get("error");
  if (method !== null) {
    // A client may take it for the answer that the gateway did not take it for.
    if (result !== undefined || error !== undefined)
      throw protocolFailure("sends what is no message");
    return readAsked(message, id, method, options);
  }
  if ((result === undefined) === (error === undefined))
    throw protocolFailure("sends what is no message");
  // JSON-RPC §5.1: an error may lack the id that could not be read.
  const isOwn =
    options.isResumed === true ||
    (options.id !== null &&
      (id === null || id === "null" ? error !== undefined : isSameId(id, options.id)));
  if (!isOwn) throw protocolFailure("answers something that it was not asked");
  if (error !== undefined) {
    if (shallowMembers(text, error.start) === null)
      throw protocolFailure("sends what is no message");
    const code = memberText(text, error, "code") ?? "";
    return {
      kind: "answer",
      ...masked(message, options),
      answered: { kind: "error", code: codeOf(code) },
    };
  }
  if (result === undefined || text[result.start] !== "{") {
    throw protocolFailure("sends what is no message");
  }
  const isError = memberText(text, result, "isError") === "true";
  const resultType = memberText(text, result, "resultType")?.replaceAll('"', "") ?? null;
  const other = options.onResult?.(message, result) ?? null;
  const passed = other === null ? noted(masked(message, options), options) : { bytes: other };
  return { kind: "answer", ...passed, answered: { kind: "result", isError, resultType } };
}

/** Whether it says what only the gateway says can't be told. */
function unreadable(message: Buffer, { id, withheld }: RelayOptions): Read {
  const members = shallowMembers(message.toString("latin1"));
  if (id === null || members === null || members.has("method")) return { kind: "dropped" };
  const answered: Answered = members.has("error")
    ? { kind: "error", code: "error" }
    : { kind: "result", isError: false, resultType: null };
  return { kind: "answer", bytes: Buffer.from(withheld(id)), answered };
}

function noted(
  passed: { readonly bytes: Buffer; readonly isWithheld: boolean },
  { note }: RelayOptions,
): { readonly bytes: Buffer } {
  if (note === undefined || passed.isWithheld) return passed;
  const result = shallowMembers(passed.bytes.toString("latin1"))?.get("result");
  return result === undefined ? passed : { bytes: note(passed.bytes, result) };
}

function readAsked(message: Buffer, id: RpcId | null, method: string, options: RelayOptions): Read {
  const name: unknown = JSON.parse(Buffer.from(method, "latin1").toString("utf8"));
  if (typeof name !== "string") throw protocolFailure("sends what is no message");
  if (id !== null && !options.onAsked(name, id)) return { kind: "dropped" };
  if (name === "notifications/tools/list_changed") options.onChanged?.();
  const { saidMasker: masker = options.masker } = options;
  const { bytes, isWithheld } = masked(message, { ...options, masker });
  // Nobody waits for what only tells something.
  if (isWithheld) return { kind: "dropped" };
  return { kind: "passed", bytes };
}

function masked(
  message: Buffer,
  { masker, id, withheld }: RelayOptions,
): { readonly bytes: Buffer; readonly isWithheld: boolean } {
  if (!masker.looksAt(message)) return { bytes: message, isWithheld: false };
  const passed = atOnce(masker.mask(message));
  switch (passed.kind) {
    case "unchanged":
      return { bytes: message, isWithheld: false };
    case "changed":
      return { bytes: passed.bytes, isWithheld: false };
    case "withheld":
      return { bytes: Buffer.from(withheld(id ?? "null")), isWithheld: true };
  }
}

function utf8(text: string | null): string | null {
  return text === null ? null : Buffer.from(text, "latin1").toString("utf8");
}

function memberText(text: string, { start }: Place, name: string): string | null {
  const place = shallowMembers(text, start)?.get(name);
  return place === undefined ? null : text.slice(place.start, place.end);
}

/** A server's own number, on record. */
function codeOf(text: string): string {
  return /^-?\d{1,10}$/.test(text) ? text : "error";
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
