/**
 * Headers that mirror a message (MCP 2026-07-28, Streamable HTTP, "Request Metadata"): decided is by the body alone, and what
 * others between here and the server read from headers must say the same. Throws a `MessageProblem`.
 */

import { isUtf8 } from "node:buffer";
import { memberOf, textOf } from "#/proxies/mcp/json/json-value.ts";
import { type Message, MessageProblem, type RpcId, rpcCodes } from "./codec.ts";

/** In lower case, as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export const statelessVersion = "2026-07-28";
/** Those with sessions: what came before them, and what comes after, the gateway can't read the meaning of. */
const sessionVersions: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
const versionKey = "io.modelcontextprotocol/protocolVersion";

/** Of one that is told back. */
const versionCharsMax = 64;

/** Which parameter a method's name header mirrors. */
const nameOf: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/cancel", "taskId"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
]);

/** Of which Node keeps the first, where others before or behind may go by the last. What else comes twice it joins, so that it is no value. */
const singleHeaders = ["authorization", "content-type", "host"] as const;

export function checkOnce(rawHeaders: readonly string[]): void {
  for (const name of singleHeaders) {
    let count = 0;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const other = rawHeaders[at];
      if (other?.length === name.length && other.toLowerCase() === name) count += 1;
    }
    if (count > 1) {
      throw new MessageProblem(rpcCodes.invalidRequest, `The header ${name} came twice.`);
    }
  }
}

/** Of a message that goes by the stateless revision, which says so in its body as in its header. */
export function isStateless(headers: RequestHeaders, message: Message): boolean {
  const said = single(headers, "mcp-protocol-version");
  return said === statelessVersion || bodyVersion(message) !== null;
}

/** Of a message that goes by a revision with sessions. Before there was the header none was sent. */
export function checkSessionVersion(headers: RequestHeaders, message: Message): void {
  const said = single(headers, "mcp-protocol-version");
  if (said === null || sessionVersions.includes(said)) return;
  throw unsupported(said, sessionVersions, message.kind === "request" ? message.id : null);
}

/** Throws where they differ, where one that has to be there is not, and where one came twice. */
export function checkHeaders(headers: RequestHeaders, message: Message): void {
  if (message.kind === "response") {
    throw new MessageProblem(rpcCodes.invalidRequest, "This revision takes no answers.");
  }
  const id = message.kind === "request" ? message.id : null;
  // What notifications carry is not defined by this revision, and nothing of it is passed on.
  if (message.kind === "notification") return;
  const version = bodyVersion(message);
  if (version === null) {
    const problem = `"_meta" does not say by which version it goes.`;
    throw new MessageProblem(rpcCodes.invalidParams, problem, { id });
  }
  expect(headers, "mcp-protocol-version", version, id, false);
  if (version !== statelessVersion) throw unsupported(version, [statelessVersion], id);
  expect(headers, "mcp-method", message.method, id, false);
  const parameter = nameOf.get(message.method);
  if (parameter === undefined) return;
  expect(headers, "mcp-name", textOf(memberOf(message.params, parameter)) ?? "", id, true);
}

/** "Value Encoding": whatever a header can't carry as it is. */
export function encodedHeader(text: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/.test(text);
  if (isPlain && !encodedForm.test(text)) return text;
  return `=?base64?${Buffer.from(text, "utf8").toString("base64")}?=`;
}

const encodedForm = /^=\?base64\?(.*)\?=$/s;
const base64Form = /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/;

function expect(
  headers: RequestHeaders,
  name: string,
  meant: string,
  id: RpcId | null,
  mayBeEncoded: boolean,
): void {
  const said = single(headers, name);
  if (said === null) throw mismatch(name, id);
  if ((mayBeEncoded ? decoded(said, name, id) : said) !== meant) throw mismatch(name, id);
}

export function decoded(said: string, name: string, id: RpcId | null): string {
  const encoded = encodedForm.exec(said)?.[1];
  if (encoded === undefined) return said;
  if (!base64Form.test(encoded)) throw mismatch(name, id);
  const bytes = Buffer.from(encoded, "base64");
  // What is no UTF-8 would read as a text that the message may have, and others would read it as none.
  if (!isUtf8(bytes)) throw mismatch(name, id);
  return bytes.toString("utf8");
}

/** Node joins what came twice with a comma, which no value here may hold unless it was meant. */
export function single(headers: RequestHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : null;
}

function bodyVersion(message: Message): string | null {
  if (message.kind === "response") return null;
  return textOf(memberOf(memberOf(message.params, "_meta"), versionKey));
}

function unsupported(
  requested: string,
  supported: readonly string[],
  id: RpcId | null,
): MessageProblem {
  const message = "The gateway does not speak this version of the protocol.";
  const data = { supported, requested: requested.slice(0, versionCharsMax) };
  return new MessageProblem(rpcCodes.unsupportedVersion, message, { id, data });
}

export function mismatch(name: string, id: RpcId | null): MessageProblem {
  const message = `The header ${name} is missing, or does not say what the message says.`;
  return new MessageProblem(rpcCodes.headerMismatch, message, { id });
}
