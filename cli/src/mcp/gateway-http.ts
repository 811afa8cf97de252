/**
 * Requests to a gateway's MCP endpoint, over connections that are kept. An answer comes as its messages, whether it is one
 * or a stream of them.
 */
import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { readEvents, type StreamEvent } from "./event-stream.ts";
import { lineBytesMax } from "./read-lines.ts";

export interface Endpoint {
  readonly url: URL;
  /** The agent's. */
  readonly token: string;
}

export interface Asked {
  readonly method: "POST" | "GET" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly messages: AsyncIterable<StreamEvent>;
}

export interface GatewayHttp {
  /** Rejects where the gateway does not answer: `GatewayLost`. */
  ask(asked: Asked): Promise<Answer>;
  /** A stream of bytes both ways in place of an answer. */
  upgrade(protocol: string, signal: AbortSignal): Promise<Upgraded>;
  close(): void;
}

export interface Upgraded {
  readonly headers: http.IncomingHttpHeaders;
  readonly stream: Duplex;
}

/** `sent`: it may have seen the request. */
export class GatewayLost extends Error {
  override readonly name = "GatewayLost";
  readonly sent: boolean;
  /** What it said, where it answered and did not take the request. */
  readonly status: number | null;

  constructor(reason: string, at: { readonly sent: boolean; readonly status?: number }) {
    super(reason);
    this.sent = at.sent;
    this.status = at.status ?? null;
  }
}

const connectionsMax = 256;
const connectMs = 10_000;

export function gatewayHttp({ url, token }: Endpoint): GatewayHttp {
  const { request, Agent } = url.protocol === "https:" ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  const send = (asked: Omit<Asked, "body">, own: http.RequestOptions) =>
    request(url, {
      ...own,
      method: asked.method,
      signal: asked.signal,
      headers: { ...asked.headers, authorization: `Bearer ${token}` },
    });
  return {
    ask(asked) {
      return new Promise((resolve, reject) => {
        let isConnected = false;
        const sent = send(asked, { agent });
        sent.once("socket", (socket) => {
          const connected = () => {
            isConnected = true;
            clearTimeout(patience);
          };
          if (!socket.connecting) return connected();
          socket.once(url.protocol === "https:" ? "secureConnect" : "connect", connected);
        });
        const patience = setTimeout(() => sent.destroy(new Error("ETIMEDOUT")), connectMs);
        sent.once("close", () => clearTimeout(patience));
        sent.once("error", (error) => reject(lost(error, isConnected)));
        sent.once("response", (response) => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, messages: messagesOf(response) });
        });
        if (asked.body === null) sent.end();
        else sent.setHeader("content-type", "application/json").end(asked.body);
      });
    },
    upgrade(protocol, signal) {
      return new Promise((resolve, reject) => {
        const headers = { connection: "Upgrade", upgrade: protocol };
        const sent = send({ method: "GET", headers, signal }, { agent: false });
        const patience = setTimeout(() => sent.destroy(new Error("ETIMEDOUT")), connectMs);
        sent.once("close", () => clearTimeout(patience));
        sent.once("error", (error) => reject(lost(error, false)));
        sent.once("response", (response) => {
          response.resume();
          reject(
            new GatewayLost("it does not take a server", {
              sent: false,
              status: response.statusCode ?? 0,
            }),
          );
        });
        sent.once("upgrade", (response, stream, head) => {
          clearTimeout(patience);
          if (head.length > 0) stream.unshift(head);
          resolve({ headers: response.headers, stream });
        });
        sent.end();
      });
    },
    close: () => agent.destroy(),
  };
}

function lost(error: NodeJS.ErrnoException, sent: boolean): GatewayLost {
  return new GatewayLost(error.code ?? error.message, { sent });
}

async function* messagesOf(response: http.IncomingMessage): AsyncGenerator<StreamEvent> {
  try {
    if (/^text\/event-stream\b/i.test(response.headers["content-type"] ?? "")) {
      yield* readEvents(response);
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > lineBytesMax) throw new RangeError("an answer of the gateway's is too large");
      chunks.push(chunk);
    }
    if (bytes > 0) yield { id: null, data: Buffer.concat(chunks).toString("utf8") };
  } catch (error) {
    throw lost(error as NodeJS.ErrnoException, true);
  }
}
