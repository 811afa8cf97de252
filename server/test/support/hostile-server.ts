/**
 * A tool server that a test makes as bad as it likes. Left alone it is a plain one, of both revisions, whose tool
 * `act` does something and says so; what a test gives it, it does with the calls instead.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Writable } from "node:stream";
import { text } from "node:stream/consumers";

export interface Asked {
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly rpc: RpcRequest | null;
}

export interface RpcRequest {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: Readonly<Record<string, unknown>>;
    readonly [key: string]: unknown;
  };
}

export type OnCall = (asked: Asked, response: ServerResponse) => unknown;

export interface HostileServer {
  readonly url: string;
  /** In their order, as they came. */
  readonly asked: readonly Asked[];
  /** Calls of tools alone. */
  readonly calls: () => readonly Asked[];
  /** Resolves once so many calls of such a kind have come. */
  readonly came: (count: number, isSuch?: (call: Asked) => boolean) => Promise<void>;
  /** What it does with calls from now on. */
  readonly onCall: (act: OnCall) => void;
  /** What it says of its tools from now on. */
  readonly list: (tools: readonly unknown[]) => void;
  readonly close: () => Promise<void>;
}

export const plainTool = {
  name: "act",
  description: "Does something",
  inputSchema: { type: "object", properties: { what: { type: "string" } } },
};

export async function openHostileServer(): Promise<HostileServer> {
  const asked: Asked[] = [];
  let act: OnCall = (call, response) => answerWith(response, resultOf(call, "Done."));
  let tools: readonly unknown[] = [plainTool];
  let next = Promise.withResolvers<void>();
  const calls = () => asked.filter(({ rpc }) => rpc?.method === "tools/call");
  const server = createServer((request, response) => {
    response.on("error", () => {});
    void (async () => {
      const body = await text(request);
      const rpc = parse(body);
      const { method = "", headers } = request;
      const one: Asked = { method, headers, body, rpc };
      asked.push(one);
      next.resolve();
      next = Promise.withResolvers();
      if (rpc?.method === "tools/call") return void (await act(one, response));
      answerPlainly(one, response, tools);
    })().catch(() => response.destroy());
  });
  server.on("clientError", (_, socket) => socket.destroy());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    asked,
    calls,
    async came(count, isSuch = () => true) {
      while (calls().filter(isSuch).length < count) await next.promise;
    },
    onCall(behaviour) {
      act = behaviour;
    },
    list(listed) {
      tools = listed;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** An answer to the call, that has gone well. */
export function resultOf({ rpc }: Asked, words: string, more: object = {}): object {
  const content = [{ type: "text", text: words }];
  return { jsonrpc: "2.0", id: rpc?.id, result: { resultType: "complete", content, ...more } };
}

export function answerWith(response: ServerResponse, message: object, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(message));
}

export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
}

/** As fast as it is taken. */
export async function push(response: Writable, bytes: string): Promise<void> {
  if (response.write(bytes)) return;
  const settled = new AbortController();
  const { signal } = settled;
  await Promise.race([once(response, "drain", { signal }), once(response, "close", { signal })]);
  settled.abort();
}

export function eventOf(message: object): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}

function parse(body: string): RpcRequest | null {
  try {
    return JSON.parse(body) as RpcRequest;
  } catch {
    return null;
  }
}

function answerPlainly(
  { method, rpc }: Asked,
  response: ServerResponse,
  tools: readonly unknown[],
) {
  if (method !== "POST") return void response.writeHead(405, { allow: "POST" }).end();
  if (rpc?.id === undefined) return void response.writeHead(202).end();
  const about = { capabilities: { tools: {} }, serverInfo: { name: "hostile", version: "1" } };
  const cached = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
  const results: Readonly<Record<string, object>> = {
    initialize: { protocolVersion: "2025-11-25", ...about },
    "server/discover": { supportedVersions: ["2026-07-28"], ...cached, ...about },
    "tools/list": { tools, ...cached },
    ping: {},
  };
  const { id } = rpc;
  const result = results[rpc.method ?? ""];
  if (rpc.method === "initialize") response.setHeader("mcp-session-id", crypto.randomUUID());
  if (result !== undefined) return answerWith(response, { jsonrpc: "2.0", id, result });
  const error = { code: -32_601, message: "Method not found" };
  answerWith(response, { jsonrpc: "2.0", id, error }, 404);
}
