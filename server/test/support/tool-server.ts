/** A server over HTTP that answers as a test says, and keeps what it was sent. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answer = (request: Received, response: ServerResponse) => void | Promise<void>;

export interface ToolServer {
  readonly url: string;
  readonly received: readonly Received[];
  /** From the next request on. */
  answer(answer: Answer): void;
  /** How many connections it has taken. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export async function startToolServer(first: Answer): Promise<ToolServer> {
  const received: Received[] = [];
  let answer = first;
  let connections = 0;
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      const { method = "", url = "", headers } = request;
      const said = { method, path: url, headers, body };
      received.push(said);
      await answer(said, response);
    });
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    received,
    answer(next) {
      answer = next;
    },
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  // A client that leaves in the middle is a test's to judge.
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {}
  return Buffer.concat(chunks).toString("utf8");
}

export function json(response: ServerResponse, message: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(message));
}

export function stream(response: ServerResponse): (message: unknown, id?: string) => void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  return (message, id) => {
    response.write(`${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`);
  };
}
