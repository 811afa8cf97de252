/** The fixture over HTTP: sessions for 2025-11-25, a server for each request for 2026-07-28, at one address. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import {
  createMcpHandler,
  type EventStore,
  hostHeaderValidationResponse,
  isInitializeRequest,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
  WebStandardStreamableHTTPServerTransport as Transport,
} from "@modelcontextprotocol/server";
import { buildServer } from "./build-server.ts";
import type { Ran } from "./note-tools.ts";
import type { Walks } from "./walk-tools.ts";

export interface Fixture {
  readonly url: string;
  /** The calls of the office's tools that ran, in their order. */
  readonly ran: readonly Ran[];
  readonly close: () => Promise<void>;
}

/** Every request that is answered; a test may look at what reached the server, or refuse it. */
export type Watch = (request: Request) => Response | undefined;

export async function openFixture(watch: Watch = () => undefined): Promise<Fixture> {
  const ran: Ran[] = [];
  const walks: Walks = new Map();
  const sessions = new Map<string, Transport>();
  const build = () =>
    buildServer(
      {
        toolsChanged: () => modern.notify.toolsChanged(),
        promptsChanged: () => modern.notify.promptsChanged(),
      },
      (call) => ran.push(call),
      walks,
    );
  const modern = createMcpHandler(build, { legacy: "reject" });

  async function answer(request: Request): Promise<Response> {
    const refused =
      watch(request) ??
      hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
      originValidationResponse(request, localhostAllowedOrigins());
    if (refused !== undefined) return refused;
    if (!(await isLegacyRequest(request))) return modern.fetch(request);
    const id = request.headers.get("mcp-session-id");
    if (id !== null) return sessions.get(id)?.handleRequest(request) ?? failure(404, "No session");
    const isFirst = request.method === "POST" && isInitializeRequest(await jsonOf(request));
    return isFirst ? (await openSession()).handleRequest(request) : failure(400, "Which session?");
  }

  async function openSession(): Promise<Transport> {
    const transport: Transport = new Transport({
      sessionIdGenerator: () => randomUUID(),
      eventStore: createEventStore(),
      retryInterval: 500,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await build().connect(transport);
    return transport;
  }

  const server = createServer();
  const listener = getRequestListener(answer, { overrideGlobalObjects: false });
  server.on("request", (request, response) => void listener(request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    ran,
    close: async () => {
      await Promise.all([...sessions.values()].map((session) => session.close()));
      await modern.close();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function jsonOf(request: Request): Promise<unknown> {
  try {
    return await request.clone().json();
  } catch {
    return null;
  }
}

function failure(status: number, message: string): Response {
  return Response.json({ jsonrpc: "2.0", id: null, error: { code: -32_000, message } }, { status });
}

/** Keeps what a session's streams said, for clients that come back. */
function createEventStore(): EventStore {
  const events: { readonly stream: string; readonly message: unknown }[] = [];
  return {
    storeEvent: (stream, message) => {
      events.push({ stream, message });
      return Promise.resolve(String(events.length));
    },
    replayEventsAfter: async (lastEventId, { send }) => {
      const seen = Number(lastEventId);
      const stream = events[seen - 1]?.stream ?? "";
      for (const [index, event] of events.entries()) {
        const isPriming = Object.keys(event.message as object).length === 0;
        if (index < seen || event.stream !== stream || isPriming) continue;
        await send(String(index + 1), event.message as never);
      }
      return stream;
    },
  };
}
