/**
 * The API's HTTP server: bounds on what a stranger can hold open, and an orderly end.
 */
import { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { GatewayError } from "#/core/errors.ts";
import { createApp } from "./app.ts";
import type { ApiDeps } from "./deps.ts";
import { createStreams } from "./streams.ts";

export interface ApiListener {
  readonly host: string;
  /** The one that was taken, if 0 was asked for. */
  readonly port: number;
  /** Takes no more requests; gives those that run time to end. */
  close(): Promise<void>;
}

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
  const server = createAdaptorServer({
    fetch: createApp(deps, streams).fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: checkMs,
      maxHeaderSize: headerBytesMax,
    },
  });
  if (!(server instanceof Server)) throw new TypeError("an HTTP/1.1 server was asked for");
  server.maxConnections = connectionsMax;
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
      const patience = setTimeout(() => server.closeAllConnections(), closeMs);
      await closed;
      clearTimeout(patience);
    },
  };
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
