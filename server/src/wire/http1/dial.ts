/** Opens a connection with a server, through TLS where its URL says so. */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { Clock } from "#/platform/clock.ts";
import type { ClientConnection } from "./client-connection.ts";

export interface Endpoint {
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** Null for one in the clear. */
  readonly tls: Pick<ConnectionOptions, "ca" | "cert" | "key"> | null;
}

/** With which the next connection shortens its handshake. */
export interface TlsSession {
  latest: Buffer | undefined;
}

export interface Dialled {
  stop(): void;
}

export interface DialOptions {
  readonly connection: ClientConnection;
  /** Handshake of TLS included. */
  readonly connectMs: number;
  readonly clock: Clock;
  readonly session: TlsSession;
}

/** What is read at a time, in memory that is used again: from most servers a whole answer. */
const readBytesMin = 16 * 1024;
/** Where reads fill it. */
const readBytesMax = 256 * 1024;
/** Silence after which TCP asks whether the server still exists. */
const keepAliveMs = 60_000;

/** `done` hears once of it: null, or why it could not be opened. */
export function dial(
  endpoint: Endpoint,
  { connection, connectMs, clock, session }: DialOptions,
  done: (failure: Error | null) => void,
): Dialled {
  const { socket, opened } =
    endpoint.tls === null ? plain(endpoint, connection) : encrypted(endpoint, connection, session);
  let isOpen = false;
  let isSettled = false;
  const settle = (failure: Error | null) => {
    if (isSettled) return;
    isSettled = true;
    stopClock();
    if (failure !== null) socket.destroy();
    done(failure);
  };
  const stopClock = clock.after(connectMs, () => settle(new Error("not taken in time")));
  socket.once(opened, () => {
    if (isSettled) return;
    isOpen = true;
    connection.opened(socket);
    settle(null);
  });
  socket.on("error", (error) => (isOpen ? connection.fail(error) : settle(error)));
  socket.once("end", () => {
    if (isOpen) connection.ended();
  });
  socket.once("close", () => {
    if (isOpen) connection.ended();
    else settle(new Error("closed before it was open"));
  });
  return { stop: () => settle(new Error("given up")) };
}

interface Opening {
  readonly socket: Socket;
  readonly opened: "connect" | "secureConnect";
}

/** A stream's own way would set 64 KiB aside for each read, and pass each chunk through a queue. */
function plain({ hostname, port }: Endpoint, connection: ClientConnection): Opening {
  let bytes = readBytesMin;
  let memory: Buffer | null = null;
  const socket = connectTcp({
    host: hostname,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
    onread: {
      buffer: () => {
        memory ??= Buffer.allocUnsafeSlow(bytes);
        return memory;
      },
      callback(length, chunk) {
        const isFull = length === bytes && bytes < readBytesMax;
        const goesOn = connection.read(Buffer.from(chunk.buffer, chunk.byteOffset, length));
        if (isFull) {
          bytes *= 2;
          memory = null;
        }
        return goesOn;
      },
    },
  });
  return { socket, opened: "connect" };
}

function encrypted(
  { hostname, port, tls }: Endpoint,
  connection: ClientConnection,
  session: TlsSession,
): Opening {
  const socket = connectTls({
    host: hostname,
    port,
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ALPNProtocols: ["http/1.1"],
    session: session.latest,
    ...tls,
  });
  socket.on("session", (latest: Buffer) => {
    session.latest = latest;
  });
  socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
  socket.on("data", (chunk: Buffer) => void connection.read(chunk));
  return { socket, opened: "secureConnect" };
}
