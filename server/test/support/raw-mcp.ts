/** A client of the gateway that says what no kit would: every header and byte as the test writes them. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** Every JSON-RPC message of the body, be it one or a stream. */
  readonly messages: readonly RpcMessage[];
}

export interface RpcMessage {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface RawRequest {
  readonly method?: string;
  readonly url: string;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

const modernVersion = "2026-07-28";
const legacyVersion = "2025-11-25";

/** Headers that stand in `headers` take the place of what would be sent; an empty one is left out. */
export function open({ method = "POST", url, token, headers = {}, body }: RawRequest): {
  readonly request: ClientRequest;
  readonly answered: Promise<IncomingMessage>;
} {
  const all: Record<string, string | readonly string[]> = {
    accept: "application/json, text/event-stream",
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(token === undefined || token === null ? {} : { authorization: `Bearer ${token}` }),
    ...headers,
  };
  for (const [name, value] of Object.entries(all)) if (value === "") delete all[name];
  const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = httpRequest(url, { method, headers: all as never, agent: false });
  request.on("response", resolve).on("error", reject);
  request.end(body);
  return { request, answered };
}

export async function send(raw: RawRequest): Promise<RawAnswer> {
  const response = await open(raw).answered;
  const body = await text(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: body,
    messages: messagesOf(response.headers["content-type"] ?? "", body),
  };
}

function messagesOf(contentType: string, body: string): readonly RpcMessage[] {
  if (contentType.startsWith("application/json")) return [JSON.parse(body) as RpcMessage];
  if (!contentType.startsWith("text/event-stream")) return [];
  return body
    .split("\n\n")
    .map((event) =>
      event
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice("data:".length).trimStart())
        .join("\n"),
    )
    .filter((data) => data !== "")
    .map((data) => JSON.parse(data) as RpcMessage);
}

/** A request of 2026-07-28, with the headers that repeat its body. */
export function modern(
  method: string,
  params: Readonly<Record<string, unknown>>,
  { id = 1, meta = {} }: { readonly id?: number | string; readonly meta?: object } = {},
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": modernVersion,
    "io.modelcontextprotocol/clientInfo": { name: "countersign-test-raw", version: "1.0.0" },
    "io.modelcontextprotocol/clientCapabilities": {},
    ...meta,
  };
  const name = params["name"] ?? params["uri"];
  return {
    headers: {
      "mcp-protocol-version": modernVersion,
      "mcp-method": method,
      ...(typeof name === "string" ? { "mcp-name": name } : {}),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta } }),
  };
}

/** A request of 2025-11-25. */
export function legacy(
  method: string,
  params: Readonly<Record<string, unknown>>,
  { id = 1, session }: { readonly id?: number | string; readonly session?: string } = {},
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  return {
    headers: {
      "mcp-protocol-version": legacyVersion,
      ...(session === undefined ? {} : { "mcp-session-id": session }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
  };
}

/** A session of 2025-11-25, begun as clients begin it; its id. */
export async function beginSession(
  url: string,
  token: string,
  capabilities: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const clientInfo = { name: "countersign-test-raw", version: "1.0.0" };
  const params = { protocolVersion: legacyVersion, capabilities, clientInfo };
  const { body } = legacy("initialize", params);
  const answer = await send({ url, token, body });
  const session = answer.headers["mcp-session-id"];
  if (typeof session !== "string") throw new Error(`no session: ${answer.status} ${answer.text}`);
  await send({
    url,
    token,
    headers: { "mcp-session-id": session, "mcp-protocol-version": legacyVersion },
    body: JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }),
  });
  return session;
}

/** Bytes as they are, and what comes back until the other side closes. */
export async function sendBytes(url: string, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => resolve()).on("close", () => resolve());
  socket.write(bytes);
  await promise;
  socket.destroy();
  return Buffer.concat(chunks).toString("latin1");
}
