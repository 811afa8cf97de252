/**
 * One message of a server's answer, as it may pass.
 *
 * Guarantees that nothing passes but what belongs to its request: one answer, under its id, and what the server says on
 * the way to it; and that nothing of it looks as if the gateway had said it. What a server may not ask of a client is answered by the
 * gateway.
 */
import { isUtf8 } from "node:buffer";
import type { GatewayError } from "#/core/errors.ts";
import { atOnce } from "#/masking/in-steps.ts";
import {
  memberIn,
  type Place,
  type ShallowObject,
  shallowMembers,
  shallowObject,
} from "#/proxies/mcp/json/shallow.ts";
import type { AnswerMasker } from "#/proxies/mcp/masked/answer-masker.ts";
import { withoutOwnWords } from "#/proxies/mcp/masked/own-words.ts";
import { protocolFailure } from "#/proxies/mcp/upstream/http-failure.ts";
import { type AskedIds, withClientsIds } from "#/proxies/mcp/wire/asked-ids.ts";
import { isSameId, type RpcId } from "#/proxies/mcp/wire/codec.ts";

export type PassingMasker = Pick<AnswerMasker, "mask" | "looksAt">;

export interface AnswerOptions {
  /** Of the request; null where there was none, and no answer belongs here. */
  readonly id: RpcId | null;
  /** Under which its server was asked; the same where nothing else is said. */
  readonly askedId?: RpcId;
  readonly askedIds?: Pick<AskedIds, "ofClient">;
  /** A stream that was cut off and goes on, with answers to whatever was asked on it. */
  readonly isResumed?: boolean;
  readonly masker: PassingMasker;
  /** Of what is said besides the answer, where that has another one. */
  readonly saidMasker?: PassingMasker;
  /** The server says that what it offers has changed. */
  readonly onChanged?: () => void;
  /** A request of the server's, as it is passed on; null where it is not. */
  readonly onAsked: (method: string, id: RpcId, message: Buffer) => Buffer | null;
  /** What is said of a result that passes, in it. */
  readonly note?: ((message: Buffer, result: Place) => Buffer) | undefined;
  /** The answer itself, before it passes: another in its place, or null. */
  readonly onResult?: ((message: Buffer, result: ShallowObject) => Buffer | null) | undefined;
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

export type ReadMessage =
  | { readonly kind: "dropped" }
  | { readonly kind: "passed"; readonly bytes: Buffer }
  | { readonly kind: "answer"; readonly bytes: Buffer; readonly answered: Answered };

/** Throws where the server does not keep to the protocol. */
export function readAnswer(came: Buffer, options: AnswerOptions): ReadMessage {
  const read = readMessage(came, options);
  const { id, askedId = id, askedIds } = options;
  if (read.kind === "dropped" || askedIds === undefined) return read;
  // Its client's own are what stands there, where it was asked under one of them.
  if (askedId === id && options.isResumed !== true) return read;
  const ofClient = (asked: RpcId) =>
    id !== null && asked === askedId ? id : askedIds.ofClient(asked);
  return { ...read, bytes: withClientsIds(read.bytes, { ofClient }) };
}

function readMessage(came: Buffer, options: AnswerOptions): ReadMessage {
  if (!isUtf8(came)) throw noMessage();
  const own = withoutOwnWords(came);
  if (own === "unreadable") return unreadable(came, options);
  const message = own ?? came;
  const whole = shallowObject(message.toString("latin1"), 0);
  if (whole.members === null) throw noMessage();
  const id = utf8(memberIn(whole, "id"));
  const method = memberIn(whole, "method");
  const result = whole.members.get("result");
  const error = whole.members.get("error");
  if (method !== null) {
    // A client may take it for the answer that the gateway did not take it for.
    if (result !== undefined || error !== undefined) throw noMessage();
    return readAsked(message, id, method, options);
  }
  if ((result === undefined) === (error === undefined)) throw noMessage();
  // JSON-RPC §5.1: an error may lack the id that could not be read.
  const askedId = options.askedId ?? options.id;
  const isOwn =
    options.isResumed === true ||
    (askedId !== null &&
      (id === null || id === "null" ? error !== undefined : isAnswerTo(id, askedId)));
  if (!isOwn) throw protocolFailure("answers something that it was not asked");
  if (error !== undefined)
    return readError(message, shallowObject(whole.text, error.start), options);
  if (result === undefined || whole.text[result.start] !== "{") throw noMessage();
  return readResult(message, shallowObject(whole.text, result.start), options);
}

function readError(message: Buffer, error: ShallowObject, options: AnswerOptions): ReadMessage {
  if (error.members === null) throw noMessage();
  const code = codeOf(memberIn(error, "code") ?? "");
  return { kind: "answer", ...masked(message, options), answered: { kind: "error", code } };
}

function readResult(message: Buffer, result: ShallowObject, options: AnswerOptions): ReadMessage {
  const isError = memberIn(result, "isError") === "true";
  const resultType = memberIn(result, "resultType")?.replaceAll('"', "") ?? null;
  const other = options.onResult?.(message, result) ?? null;
  const passed = other === null ? noted(masked(message, options), options) : { bytes: other };
  return { kind: "answer", ...passed, answered: { kind: "result", isError, resultType } };
}

/** Whether it says what only the gateway says can't be told. */
function unreadable(message: Buffer, { id, withheld }: AnswerOptions): ReadMessage {
  const members = shallowMembers(message.toString("latin1"));
  if (id === null || members === null || members.has("method")) return { kind: "dropped" };
  const answered: Answered = members.has("error")
    ? { kind: "error", code: "error" }
    : { kind: "result", isError: false, resultType: null };
  return { kind: "answer", bytes: Buffer.from(withheld(id)), answered };
}

function noted(
  passed: { readonly bytes: Buffer; readonly isWithheld: boolean },
  { note }: AnswerOptions,
): { readonly bytes: Buffer } {
  if (note === undefined || passed.isWithheld) return passed;
  const result = shallowMembers(passed.bytes.toString("latin1"))?.get("result");
  return result === undefined ? passed : { bytes: note(passed.bytes, result) };
}

function readAsked(
  came: Buffer,
  id: RpcId | null,
  method: string,
  options: AnswerOptions,
): ReadMessage {
  const name = valueOf(Buffer.from(method, "latin1").toString("utf8"));
  if (typeof name !== "string") throw noMessage();
  const message = id === null ? came : options.onAsked(name, id, came);
  if (message === null) return { kind: "dropped" };
  if (name === "notifications/tools/list_changed") options.onChanged?.();
  const { saidMasker: masker = options.masker } = options;
  const { bytes, isWithheld } = masked(message, { ...options, masker });
  // Nobody waits for what only tells something.
  if (isWithheld) return { kind: "dropped" };
  return { kind: "passed", bytes };
}

function masked(
  message: Buffer,
  { masker, id, withheld }: AnswerOptions,
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

function isAnswerTo(id: RpcId, asked: RpcId): boolean {
  if (id === asked) return true;
  valueOf(id);
  return isSameId(id, asked);
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw noMessage();
  }
}

function utf8(text: string | null): string | null {
  return text === null ? null : Buffer.from(text, "latin1").toString("utf8");
}

function noMessage(): GatewayError {
  return protocolFailure("sends what is no message");
}

/** A server's own number, on record. */
function codeOf(text: string): string {
  return /^-?\d{1,10}$/.test(text) ? text : "error";
}
