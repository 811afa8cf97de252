/**
 * The way in for servers that agents' clients have started: an HTTP request to `/mcp/CONNECTION` that becomes a stream of
 * lines, from the server and to it.
 *
 * Guarantees that nobody but an agent with its token brings one, from no page, and only to a connection that is meant for
 * it; and that a stream that leads nowhere any more is found.
 */
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Agents } from "#/identity/agents.ts";
import { checkOrigin } from "#/identity/origin.ts";
import type { SignInFailures } from "#/identity/sign-in-failures.ts";
import type { Log } from "#/platform/log.ts";
import { type ClientServers, serverHeader } from "./client-servers.ts";

export interface ServerStreamsOptions {
  /** Those that take servers of clients'. */
  readonly connections: ReadonlyMap<string, ClientServers>;
  readonly agents: Pick<Agents, "byToken">;
  readonly failures: SignInFailures;
  readonly publicUrl: () => string;
  readonly log: Log;
}

export interface ServerStreams {
  /** Whether a request asks for such a stream. */
  isFor(request: IncomingMessage): boolean;
  /** `know`: it has shown an agent's token; false where agents have no more places. */
  take(request: IncomingMessage, stream: Duplex, head: Buffer, know: () => boolean): void;
  /** Those that came with a token that this agent has no more. */
  endSessionsOf(agent: string): void;
}

const streamProtocol = "countersign-server";
/** Silence after which TCP asks whether the client still exists. */
const keepAliveMs = 30_000;
const path = /^\/mcp\/([a-z0-9][a-z0-9._-]{0,62})$/;

export function createServerStreams(options: ServerStreamsOptions): ServerStreams {
  const { connections, agents, failures, publicUrl, log } = options;

  const take: ServerStreams["take"] = (request, stream, head, know) => {
    stream.on("error", () => {});
    const { url = "", headers, method } = request;
    try {
      checkOrigin({ host: headers.host, origin: headers.origin }, publicUrl());
    } catch {
      return refuse(stream, "403 Forbidden");
    }
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
    const agent = token === undefined ? null : agents.byToken(token);
    if (agent === null) {
      if (token !== undefined) failures.note("mcp");
      return refuse(stream, "401 Unauthorized");
    }
    const name = path.exec(url)?.[1] ?? "";
    const connection = connections.get(name);
    if (connection === undefined || method !== "GET") return refuse(stream, "404 Not Found");
    if (!know()) return refuse(stream, "503 Service Unavailable");
    if (stream instanceof Socket) {
      stream.setTimeout(0);
      stream.setNoDelay(true);
      stream.setKeepAlive(true, keepAliveMs);
    }
    const principal = agent.principal.name;
    if (head.length > 0) stream.unshift(head);
    void connection.take(principal, stream).then((server) => {
      if (server === null) return refuse(stream, "503 Service Unavailable");
      // Its agent has got another token meanwhile.
      if (agents.byToken(token ?? "") === null) return void stream.destroy();
      log.info("mcp.client_server_taken", { connection: name, agent: principal });
      stream.write(accepted(server));
    });
  };
  return {
    isFor: ({ headers }) => headers.upgrade?.toLowerCase() === streamProtocol,
    take,
    endSessionsOf(agent) {
      for (const connection of connections.values()) connection.endOf(agent);
    },
  };
}

function accepted(server: string): string {
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Connection: Upgrade",
    `Upgrade: ${streamProtocol}`,
    `${serverHeader}: ${server}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
