/**
 * One message of either side, read as far as it has to be to find whose it is: hostile lines of a server's, and what a
 * client sent that was judged before.
 *
 * Guarantees that where a member that matters stands twice, is spelled with escapes or stands in what is no JSON object
 * to its end, there is no message.
 */
import { isUtf8 } from "node:buffer";
import { type Place, shallowMembers } from "#/proxies/mcp/json/shallow.ts";

export type RpcLine = AnswerLine | RequestLine | NotificationLine;

export interface AnswerLine extends Whole {
  readonly kind: "response";
  readonly id: Value;
  readonly outcome: Place & { readonly isError: boolean };
}

export interface RequestLine extends Whole {
  readonly kind: "request";
  readonly id: Value;
  readonly method: string;
}

export interface NotificationLine extends Whole {
  readonly kind: "notification";
  readonly method: string;
}

interface Whole {
  readonly bytes: Uint8Array;
  /** Byte by byte (Latin-1): places in it are places in the bytes. */
  readonly text: string;
  readonly params: Place | null;
}

/** As it is written. */
export interface Value extends Place {
  readonly text: string;
}

export function readLine(bytes: Uint8Array): RpcLine | null {
  if (!isUtf8(bytes)) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const members = shallowMembers(text);
  if (members === null || !endsBehind(text, members)) return null;
  if (valueOf(text, members.get("jsonrpc"))?.text !== '"2.0"') return null;
  const id = valueOf(text, members.get("id"));
  const named = valueOf(text, members.get("method"));
  const params = members.get("params") ?? null;
  if (id !== null && (id.text.length > idBytesMax || !idForm.test(id.text))) return null;
  if (named !== null) {
    const method = textValue(named);
    if (method === null) return null;
    return id === null
      ? { kind: "notification", bytes, text, params, method }
      : { kind: "request", bytes, text, params, id, method };
  }
  const result = members.get("result");
  const place = result ?? members.get("error");
  if (id === null || place === undefined || members.has("error") === (result !== undefined))
    return null;
  return {
    kind: "response",
    bytes,
    text,
    params,
    id,
    outcome: { ...place, isError: result === undefined },
  };
}

/** An id as it is written, in UTF-8; a message with a longer one is none. */
const idBytesMax = 4 * 1024;
/** Text or whole number. */
const idForm = /^(?:"|-?\d{1,16}$)/;

/**
 * Whether every key of a message that could name a request can be told: none stands twice or is spelled with escapes
 * where a server would look for one.
 */
export function isPlain({ text, params }: RpcLine): boolean {
  if (params === null || text[params.start] !== "{") return true;
  const members = shallowMembers(text, params.start);
  const meta = members?.get("_meta");
  if (members === null || meta === undefined) return members !== null;
  return text[meta.start] !== "{" || shallowMembers(text, meta.start) !== null;
}

/** Null where it is not there, or can't be told. */
export function memberAt(
  line: RpcLine,
  start: Place | null,
  path: readonly string[],
): Value | null {
  let at = start ?? undefined;
  for (const key of path) {
    if (at === undefined || line.text[at.start] !== "{") return null;
    at = shallowMembers(line.text, at.start)?.get(key);
  }
  return valueOf(line.text, at);
}

/** Of a value that is written as a text. */
function textValue({ text }: Value): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}

function valueOf(text: string, place: Place | undefined): Value | null {
  return place === undefined ? null : { ...place, text: text.slice(place.start, place.end) };
}

/** Nothing but the end of the object stands behind its last member. */
function endsBehind(text: string, members: ReadonlyMap<string, Place>): boolean {
  let end = 0;
  for (const place of members.values()) end = Math.max(end, place.end);
  return /^\s*\}\s*$/.test(text.slice(end));
}
