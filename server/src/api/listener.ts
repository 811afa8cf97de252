/**
 * The API's HTTP server: bounds on what a stranger can hold open, and an orderly end.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { GatewayError } from "#/core/errors.ts";
import { createApp } from "./app.ts";
import { createBrokenRequests } from "./broken-requests.ts";
import type { ApiDeps } from "./deps.ts";
import { createPlaces } from "./places.ts";
import { createStreams } from "./streams.ts";

export interface ApiListener {
  readonly host: string;
  /** The one that was taken, if 0 was asked for. */
  readonly port: number;
  /** Takes no more requests; gives those that run time to end. */
  close(): Promise<void>;
}

/** One more costs the oldest that has shown no credential its place. */
export const connectionsMax = 512;
const headersMs = 10_000;
/** From the first byte of a request to its last. */
const requestMs = 30_000;
/** Without a byte either way. */
const idleMs = 60_000;
const keepAliveMs = 10_000;
export const headerBytesMax = 16 * 1024;
const closeMs = 3_000;
const checkMs = 2_000;

/** Rejects with `listener.port_taken`. */
export async function startApi(
  { host, port }: { readonly host: string; readonly port: number },
  deps: ApiDeps,
): Promise<ApiListener> {
  const streams = createStreams();
  const app = createApp(deps, streams);
  const places = createPlaces(connectionsMax);
  const answer = getRequestListener(
    (request, env) => {
      // The server is one of HTTP/1.1, whose connections are these.
      const bindings = env as HttpBindings;
      const know = () => places.know(bindings.incoming.socket);
      return app.fetch(request, { ...bindings, know });
    },
    { overrideGlobalObjects: false },
  );
  const timing = {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: checkMs,
    maxHeaderSize: headerBytesMax,
  };
  // Whoever offers another protocol besides is answered in this one.
  const options = { ...timing, shouldUpgradeCallback: deps.takeServer.isFor };
  const broken = createBrokenRequests();
  const server = createServer(options, (request, response) => {
    broken.began(request, response);
    const know = () => places.knowAgent(request.socket);
    if (!deps.answerAgent(request, response, know)) void answer(request, response);
  });
  server.on("connection", places.take);
  server.on("clientError", broken.broke);
  // Of these the server itself knows no more.
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (request, stream, head) => {
    upgraded.add(stream);
    stream.once("close", () => upgraded.delete(stream));
    const know = () => places.knowAgent(request.socket);
    if (deps.takeServer.isFor(request)) deps.takeServer.take(request, stream, head, know);
    // Only a Node that does not ask first.
    else stream.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });
  // Node would write its "100 Continue" into the middle of an answer that an earlier request waits for.
  server.on("checkContinue", refuseExpectation);
  server.setTimeout(idleMs);
  await listen(server, host, port);
  const address = server.address();
  return {
    host,
    port: typeof address === "object" && address !== null ? address.port : port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      streams.stop();
      for (const stream of upgraded) stream.end();
      const patience = setTimeout(() => {
        server.closeAllConnections();
        for (const stream of upgraded) stream.destroy();
      }, closeMs);
      await closed;
      clearTimeout(patience);
    },
  };
}

/** RFC 9110 §10.1.1. Bodies here are small, so that nobody has to ask first. */
function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(417, { connection: "close" }).end();
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const message =
        cause.code === "EADDRINUSE"
          ? `Port ${port} on ${host} is taken by another process. Stop it, or set COUNTERSIGN_CONSOLE_PORT.`
          : `The API can't listen on ${host}:${port} (${cause.code ?? "unknown"}).`;
      reject(new GatewayError("listener.port_taken", message, { cause }));
    });
    server.listen({ host, port });
  });
}
