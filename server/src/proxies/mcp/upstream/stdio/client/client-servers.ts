/**
 * Tool servers that agents' clients start on their own machines, each behind a stream of its client's: asked through the
 * gateway like any other, and by nobody else.
 *
 * Guarantees that a server is asked only by the agent that brought it, under a name that nobody else can guess, and that
 * what a session was begun with is what it goes on with. What the program is, the gateway can't know.
 */

import type { Duplex } from "node:stream";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import { randomHex } from "#/platform/random.ts";
import { noTokens } from "#/proxies/mcp/upstream/credential.ts";
import { byId } from "#/proxies/mcp/upstream/stdio/by-id.ts";
import { empty, errorCodeOf, lineOf, unreadable } from "#/proxies/mcp/upstream/stdio/exchanged.ts";
import { type Link, openLink } from "#/proxies/mcp/upstream/stdio/link/link.ts";
import { serverLost } from "#/proxies/mcp/upstream/stdio/link/server-lost.ts";
import type {
  Upstream,
  UpstreamRequest,
  UpstreamSession,
} from "#/proxies/mcp/upstream/upstream.ts";
import { streamChannel } from "./stream-channel.ts";

export interface ClientServers extends Upstream {
  /** The name under which it is asked; null where the agent has as many as it may. */
  take(agent: string, stream: Duplex): Promise<string | null>;
  /** Nobody asks any of this agent's more; what they run may end. */
  endOf(agent: string): void;
}

/** Names the server that a request is for. */
export const serverHeader = "countersign-server";
/** Of one agent, on one connection. One more is refused. */
const clientServersMax = 64;
const nameBytes = 16;
/** How long what runs may take to end, where its server is asked no more. */
const drainMs = 30_000;

interface ClientServer {
  readonly name: string;
  readonly agent: string;
  readonly link: Link;
  kind: UpstreamSession["kind"];
  isEnding: boolean;
}

export function clientServers(deps: {
  readonly clock: Clock;
  readonly log: Log;
  readonly messageBytesMax: number;
}): ClientServers {
  const { clock, log } = deps;
  const servers = new Map<string, ClientServer>();
  /** Of each session the server that it was begun with. */
  const bySession = new Map<string, ClientServer>();

  const forget = (server: ClientServer) => {
    servers.delete(server.name);
    for (const [session, bound] of bySession) if (bound === server) bySession.delete(session);
  };
  const serverOf = ({ headers, session }: UpstreamRequest): ClientServer | null => {
    const named = servers.get(headers[serverHeader] ?? "");
    const server = bySession.get(session.id) ?? named;
    return server?.agent === session.agent && !server.isEnding ? server : null;
  };

  return {
    endpoint: "stdio:client",
    async take(agent, stream) {
      const own = [...servers.values()].filter((server) => server.agent === agent);
      if (own.length >= clientServersMax) return null;
      const name = randomHex(nameBytes);
      const link = await openLink(() => servers.get(name)?.kind ?? "stateless", {
        clock,
        log,
        open: (events) =>
          Promise.resolve(streamChannel(stream, deps.messageBytesMax, clock, events)),
        onEnded() {
          const server = servers.get(name);
          if (server !== undefined) forget(server);
        },
      });
      servers.set(name, { name, agent, link, kind: "stateless", isEnding: false });
      return name;
    },
    endOf(agent) {
      for (const server of servers.values()) {
        if (server.agent !== agent || server.isEnding) continue;
        server.isEnding = true;
        if (server.link.isBusy()) clock.after(drainMs, () => void server.link.close());
        else void server.link.close();
      }
    },
    async exchange(request) {
      const { method, body, signal, session } = request;
      const server = serverOf(request);
      if (server === null) {
        if (session.kind === "session") return empty(404);
        throw serverLost("is not here: the client that starts it has to name it", false);
      }
      const { link } = server;
      if (method === "DELETE") {
        bySession.delete(session.id);
        return empty(200);
      }
      if (method === "GET") {
        if (session.kind === "stateless") return { ...empty(405), headers: { allow: "POST" } };
        return { status: 200, headers: {}, body: link.listen(signal), source: byId };
      }
      const line = lineOf(body);
      if (line === null) return unreadable;
      if (line.kind !== "request") {
        link.tell(line);
        return empty(202);
      }
      if (signal.aborted) throw serverLost("was not waited for", false);
      server.kind = session.kind;
      const answer = await link.ask(line, signal, request.onSent);
      if (line.method === "initialize" && errorCodeOf(answer) === null)
        bySession.set(session.id, server);
      return answer;
    },
    isThere: () => servers.size > 0,
    async probe() {
      if (servers.size === 0) throw serverLost("is not started by any client now", false);
    },
    tokens: () => noTokens,
    programs: () => null,
    async close() {
      await Promise.all([...servers.values()].map(({ link }) => link.close()));
    },
  };
}
