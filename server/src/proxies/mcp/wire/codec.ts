/**
 * One JSON-RPC message from bytes (JSON-RPC 2.0; MCP "Base Protocol").
 *
 * Hostile bytes are read here and nowhere else: invalid UTF-8, keys that stand twice, what is nested too deep, several
 * messages in one, members that JSON-RPC does not know. So what was decided on is all that the upstream reads, and it
 * reads it the same way. Throws a `MessageProblem`, which quotes nothing of what came.
 */
import { isUtf8 } from "node:buffer";
import type { Json } from "#/core/json.ts";
import { type JsonFault, JsonProblem } from "#/proxies/mcp/json/json-cursor.ts";
import type { JsonNode, JsonObject } from "#/proxies/mcp/json/json-node.ts";
import { memberOf, textOf } from "#/proxies/mcp/json/json-value.ts";
import { parseJson } from "#/proxies/mcp/json/parse-json.ts";

export type Message =
  | {
      readonly kind: "request";
      readonly id: RpcId;
      readonly method: string;
      readonly params: JsonObject | null;
      readonly text: string;
    }
  | {
      readonly kind: "notification";
      readonly method: string;
      readonly params: JsonObject | null;
      readonly text: string;
    }
  /** To a request of the server's. */
  | {
      readonly kind: "response";
      readonly id: RpcId;
      /** Null of an error. */
      readonly result: JsonNode | null;
      readonly text: string;
    };

export type Request = Extract<Message, { readonly kind: "request" }>;

/** As it is written, so that it goes back as it came: `7`, `"a"`. */
export type RpcId = string;

export const rpcCodes = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internalError: -32_603,
  headerMismatch: -32_020,
  unsupportedVersion: -32_022,
} as const;
export type RpcCode = (typeof rpcCodes)[keyof typeof rpcCodes];

/** What is wrong with a message, in a sentence that its sender may read. */
export class MessageProblem extends Error {
  override readonly name = "MessageProblem";
  readonly code: RpcCode;
  readonly status: number;
  /** Where it could be read. */
  readonly id: RpcId | null;
  readonly data: Readonly<Record<string, Json>> | undefined;

  constructor(
    code: RpcCode,
    message: string,
    at: { status?: number; id?: RpcId | null; data?: Readonly<Record<string, Json>> } = {},
  ) {
    super(message);
    this.code = code;
    this.status = at.status ?? 400;
    this.id = at.id ?? null;
    this.data = at.data;
  }
}

export function parseMessage(bytes: Uint8Array): Message {
  const text = textOfBytes(bytes);
  const node = parsed(text);
  if (node.kind === "array")
    throw invalid("Several messages in one are not taken; send each by itself.");
  if (node.kind !== "object") throw invalid("A message is an object.");
  const id = readId(node, text);
  if (textOf(memberOf(node, "jsonrpc")) !== "2.0") throw invalid('"jsonrpc" has to be "2.0".', id);
  const method = memberOf(node, "method");
  return method === null ? response(node, id, text) : asked(node, method, id, text);
}

/** A request of which the gateway has changed the text. */
export function rewritten({ id }: Request, text: string): { request: Request; body: Buffer } {
  const body = Buffer.from(text);
  const request = parseMessage(body);
  if (request.kind === "request") return { request, body };
  throw invalid("It is no request.", id);
}

/** One text for all spellings of an id. */
export function idKey(id: RpcId): string {
  return JSON.stringify(JSON.parse(id));
}

export function isSameId(one: RpcId, other: RpcId): boolean {
  return one === other || idKey(one) === idKey(other);
}

function textOfBytes(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new MessageProblem(rpcCodes.parseError, "A message is UTF-8.");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function parsed(text: string): JsonNode {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    throw new MessageProblem(faultCodes[error.fault], faultTexts[error.fault]);
  }
}

const faultCodes: Readonly<Record<JsonFault, RpcCode>> = {
  malformed: rpcCodes.parseError,
  duplicate_key: rpcCodes.invalidRequest,
  lone_surrogate: rpcCodes.invalidRequest,
  too_deep: rpcCodes.invalidRequest,
  too_many_values: rpcCodes.invalidRequest,
};

const faultTexts: Readonly<Record<JsonFault, string>> = {
  malformed: "The message is not JSON.",
  duplicate_key: "A key stands twice in one object, so that it could be read in two ways.",
  lone_surrogate: "A text has half of a surrogate pair, which is no character.",
  too_deep: "The message is nested too deep.",
  too_many_values: "The message has too many values.",
};

const askedMembers = new Set(["jsonrpc", "id", "method", "params"]);
const responseMembers = new Set(["jsonrpc", "id", "result", "error"]);

function asked(node: JsonObject, named: JsonNode, id: RpcId | null, text: string): Message {
  expectMembers(node, askedMembers, id);
  const method = textOf(named);
  if (method === null) throw invalid('"method" is a text.', id);
  const params = memberOf(node, "params");
  if (params !== null && params.kind !== "object") throw invalid('"params" is an object.', id);
  return id === null
    ? { kind: "notification", method, params, text }
    : { kind: "request", id, method, params, text };
}

function response(node: JsonObject, id: RpcId | null, text: string): Message {
  expectMembers(node, responseMembers, id);
  if (id === null) throw invalid("An answer names the request that it is for.");
  const result = memberOf(node, "result");
  if ((result !== null) === (memberOf(node, "error") !== null)) {
    throw invalid("An answer has either a result or an error.", id);
  }
  return { kind: "response", id, result, text };
}

function expectMembers(node: JsonObject, known: ReadonlySet<string>, id: RpcId | null): void {
  if (node.members.every(({ key }) => known.has(key))) return;
  throw invalid("The message has a member that JSON-RPC does not know.", id);
}

/** MCP takes no null for an id, and a number only if it is whole. */
function readId(node: JsonObject, text: string): RpcId | null {
  const id = memberOf(node, "id");
  if (id === null) return null;
  const isWhole = id.kind === "number" && Number.isSafeInteger(id.value);
  if (id.kind !== "string" && !isWhole) {
    throw invalid('"id" is a text or a whole number.');
  }
  const written = text.slice(id.start, id.end);
  if (written.length <= idCharsMax) return written;
  throw invalid('"id" is too long.');
}

export const idCharsMax = 1_024;

function invalid(message: string, id: RpcId | null = null): MessageProblem {
  return new MessageProblem(rpcCodes.invalidRequest, message, { id });
}
