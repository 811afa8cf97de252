/**
 * The way in for agents' MCP clients: `/mcp/CONNECTION` on the API's listener, and what a client that is not signed in is told of it.
 *
 * Guarantees that nobody but an agent with its token gets further, from no page but the gateway's own, and that a message is either
 * decided on, or carried because it does nothing, or refused. Must not know how a server is reached.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import type { Agents } from "#/identity/agents.ts";
import { checkOrigin } from "#/identity/origin.ts";
import type { SignInFailures } from "#/identity/sign-in-failures.ts";
import { carryStream, endSession } from "#/proxies/mcp/carry/carry.ts";
import { createTellEnded } from "#/proxies/mcp/carry/tell-ended.ts";
import type { McpConnection } from "#/proxies/mcp/connection.ts";
import { createSessions } from "#/proxies/mcp/sessions.ts";
import { createHeldTasks } from "#/proxies/mcp/wait/held-tasks.ts";
import { checkOnce } from "#/proxies/mcp/wire/check-headers.ts";
import { ClientAnswer } from "#/proxies/mcp/wire/client-answer.ts";
import { MessageProblem, parseMessage, rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { createRequestStates } from "#/proxies/mcp/wire/request-state.ts";
import { createDepartures } from "./departures.ts";
import { createBodies } from "./read-body.ts";
import { answerFailure, type Base, receive, sessionOf } from "./receive.ts";
import type { RefusedMessages } from "./refused-messages.ts";

export interface McpListenerOptions {
  readonly connections: ReadonlyMap<string, McpConnection>;
  readonly agents: Pick<Agents, "byToken">;
  readonly failures: SignInFailures;
  readonly refused: RefusedMessages;
  readonly enforcement: EnforcementDeps;
  readonly messageBytesMax: number;
  readonly publicUrl: () => string;
}

/** False where the request is none of MCP's. `know`: it has shown an agent's token. */
export type McpListener = (
  request: IncomingMessage,
  response: ServerResponse,
  know: () => boolean,
) => boolean;

/** Requests of one agent that are under way, streams included. One more is refused. */
const requestsMax = 512;
const path = /^\/mcp\/([a-z0-9][a-z0-9._-]{0,62})(?:\?.*)?$/;
const metadataPath = /^\/\.well-known\/oauth-protected-resource\/mcp\/([a-z0-9][a-z0-9._-]{0,62})$/;

export function createMcpListener(options: McpListenerOptions): McpListener {
  const { connections, agents, failures, refused, enforcement, messageBytesMax, publicUrl } =
    options;
  const { clock, log } = enforcement;
  const bodies = createBodies();
  const departures = createDepartures();
  const underWay = new Map<string, number>();
  const states = createRequestStates(enforcement.joinSecret, clock);
  const tasks = createHeldTasks(clock);
  const tellEnded = createTellEnded({ clock, log });
  const sessions = createSessions({
    clock,
    onEnded: (session) => {
      const connection = connections.get(session.connection);
      if (connection !== undefined) tellEnded(session, connection.upstream);
    },
  });

  /** Clients that are no pages come by the same name again and again. */
  let accepted = "";
  const checkPage = ({ host, origin }: IncomingMessage["headers"]) => {
    const url = publicUrl();
    const asked = `${host} ${url}`;
    if (origin === undefined && asked === accepted) return;
    checkOrigin({ host, origin }, url);
    if (origin === undefined) accepted = asked;
  };

  const signIn = (request: IncomingMessage, name: string) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const agent = token === undefined ? null : agents.byToken(token);
    const connection = connections.get(name);
    if (agent !== null && connection !== undefined) return { ...agent, connection };
    if (agent === null && token !== undefined) failures.note("mcp");
    return agent === null ? "unknown agent" : "unknown connection";
  };

  const handle = async (
    request: IncomingMessage,
    client: ClientAnswer,
    name: string,
    know: () => boolean,
  ) => {
    const { headers } = request;
    checkOnce(request.rawHeaders);
    checkPage(headers);
    const known = signIn(request, name);
    if (known === "unknown agent") {
      const metadata = `${publicUrl()}/.well-known/oauth-protected-resource/mcp/${name}`;
      const challenge = { "www-authenticate": `Bearer resource_metadata="${metadata}"` };
      return client.plain(401, isPage(request) ? forBrowsers : unknownAgent, challenge);
    }
    if (known === "unknown connection") return client.plain(404, unknownConnection);
    const { principal, connection } = known;
    const count = underWay.get(principal.name) ?? 0;
    if (count >= requestsMax || !know()) return client.empty(503, { "retry-after": "5" });
    underWay.set(principal.name, count + 1);
    request.socket.setTimeout(0);
    const kept = { sessions, states, tasks };
    const base = { connection, principal, client, headers, enforcement, ...kept };
    try {
      await serve(request, base);
    } catch (error) {
      if (error instanceof MessageProblem) refused.note(principal.name, name, error);
      throw error;
    } finally {
      const left = (underWay.get(principal.name) ?? 1) - 1;
      if (left === 0) underWay.delete(principal.name);
      else underWay.set(principal.name, left);
    }
  };

  const serve = async (request: IncomingMessage, base: Base) => {
    switch (request.method) {
      case "POST": {
        checkType(request);
        const { bytes, release } = await bodies.read(request, messageBytesMax, base.principal.name);
        try {
          await receive(parseMessage(bytes), bytes, base);
        } finally {
          release();
        }
        return;
      }
      case "GET":
        return carryStream({ ...base, session: sessionOf(base, null), isStateless: false });
      case "DELETE":
        return endSession({ ...base, session: sessionOf(base, null), isStateless: false });
      default:
        base.client.empty(405, { allow: "GET, POST, DELETE" });
    }
  };

  return (request, response, know) => {
    const { url = "" } = request;
    if (!url.startsWith("/mcp/") && !url.startsWith("/.well-known/oauth-protected-resource/mcp/")) {
      return false;
    }
    const client = new ClientAnswer(response, { clock, departures });
    const described = metadataPath.exec(url)?.[1];
    const name = path.exec(url)?.[1];
    if (described !== undefined && request.method === "GET") {
      client.message(200, JSON.stringify(metadataOf(described, publicUrl())));
    } else if (name === undefined) {
      client.empty(404);
    } else {
      void handle(request, client, name, know).catch((error: unknown) =>
        answerFailure(client, error, log),
      );
    }
    return true;
  };
}

/** A person who has opened the address. */
function isPage({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && headers.accept?.includes("text/html") === true;
}

const unknownAgent =
  "This needs an agent's token, in the header Authorization: Bearer csa_… Whoever runs the gateway makes one with: countersign agent create NAME\n";
const unknownConnection =
  "No tool server is configured by the name that stands at the end of this address.\n";
const forBrowsers = `This is the address of a tool server behind Countersign. It is for clients of MCP, not for browsers: put it into your client's configuration.\n\n${unknownAgent}`;

/** JSON is UTF-8 (RFC 8259 §8.1); whoever reads it by another character set reads another message. */
function isJson(contentType: string): boolean {
  const [type, ...parameters] = contentType.split(";").map((part) => part.trim().toLowerCase());
  return (
    type === "application/json" && parameters.every((each) => !charset.test(each) || utf8.has(each))
  );
}

const charset = /^charset\b/;
const utf8: ReadonlySet<string> = new Set(["charset=utf-8", 'charset="utf-8"', "charset=utf8"]);

function checkType({ headers }: IncomingMessage): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (isJson(headers["content-type"] ?? "") && encoding.toLowerCase() === "identity") return;
  throw new MessageProblem(rpcCodes.invalidRequest, "A message is application/json, as it is.", {
    status: 415,
  });
}

/** RFC 9728 §2. Without an authorization server: tokens come from whoever runs the gateway. */
function metadataOf(name: string, publicUrl: string) {
  return {
    resource: `${publicUrl}/mcp/${name}`,
    resource_name: `Countersign: ${name}`,
    bearer_methods_supported: ["header"],
  };
}
