/**
 * The way in for agents' MCP clients: `/mcp/CONNECTION` on the API's listener, and what a client that is not signed in is told of it.
 *
 * Guarantees that nobody but an agent with its token gets further, from no page but the gateway's own, and that a message is either
 * decided on, or carried because it does nothing, or refused. Must not know how a server is reached.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { type Agents, tokenReplaced } from "#/identity/agents.ts";
import { checkOrigin } from "#/identity/origin.ts";
import type { SignInFailures } from "#/identity/sign-in-failures.ts";
import type { BusyPoll } from "#/platform/busy-poll.ts";
import { carryStream, endSession } from "#/proxies/mcp/carry/carry.ts";
import { createTellEnded } from "#/proxies/mcp/carry/tell-ended.ts";
import type { McpConnection } from "#/proxies/mcp/connection.ts";
import { createSessions } from "#/proxies/mcp/sessions.ts";
import { createHeldTasks } from "#/proxies/mcp/wait/held-tasks.ts";
import { checkOnce } from "#/proxies/mcp/wire/check-headers.ts";
import { ClientAnswer } from "#/proxies/mcp/wire/client-answer.ts";
import { MessageProblem, parseMessage } from "#/proxies/mcp/wire/codec.ts";
import { createRequestStates } from "#/proxies/mcp/wire/request-state.ts";
import { checkType } from "./check-type.ts";
import { createDepartures } from "./departures.ts";
import { createParties } from "./parties.ts";
import { createBodies } from "./read-body.ts";
import { answerFailure, type Base, receive, sessionOf } from "./receive.ts";
import type { RefusedMessages } from "./refused-messages.ts";
import { createUnderWay } from "./under-way.ts";

export interface McpListenerOptions {
  readonly connections: ReadonlyMap<string, McpConnection>;
  readonly agents: Pick<Agents, "byToken">;
  readonly failures: SignInFailures;
  readonly refused: RefusedMessages;
  readonly enforcement: EnforcementDeps;
  readonly messageBytesMax: number;
  readonly busyPoll: BusyPoll;
  readonly publicUrl: () => string;
}

export interface McpListener {
  /** False where the request is none of MCP's. `know`: it has shown an agent's token. */
  answer(request: IncomingMessage, response: ServerResponse, know: () => boolean): boolean;
  /** Of those who came with a token that this agent has no more: what waits is cancelled, what runs may end. */
  endSessionsOf(agent: string): void;
}

const path = /^\/mcp\/([a-z0-9][a-z0-9._-]{0,62})(?:\?.*)?$/;
const metadataPath = /^\/\.well-known\/oauth-protected-resource\/mcp\/([a-z0-9][a-z0-9._-]{0,62})$/;

export function createMcpListener(options: McpListenerOptions): McpListener {
  const { connections, agents, failures, refused, enforcement, messageBytesMax, publicUrl } =
    options;
  const { clock, log } = enforcement;
  const bodies = createBodies();
  const departures = createDepartures();
  const underWay = createUnderWay();
  const partyOf = createParties(options.busyPoll);
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

  const challengeOf = (name: string) => {
    const metadata = `${publicUrl()}/.well-known/oauth-protected-resource/mcp/${name}`;
    return { "www-authenticate": `Bearer resource_metadata="${metadata}"` };
  };

  const handle = async (
    request: IncomingMessage,
    client: ClientAnswer,
    name: string,
    know: () => boolean,
  ) => {
    const { headers } = request;
    const party = partyOf(request.socket);
    party.heard();
    checkOnce(request.rawHeaders);
    checkPage(headers);
    const known = signIn(request, name);
    if (known === "unknown agent") {
      return client.plain(401, isPage(request) ? forBrowsers : unknownAgent, challengeOf(name));
    }
    if (known === "unknown connection") return client.plain(404, unknownConnection);
    const { principal, connection } = known;
    if (underWay.isFull(principal.name) || !know()) {
      return client.empty(503, { "retry-after": "5" });
    }
    const sendAway = () => client.sendAway(`${tokenReplaced}\n`, challengeOf(name));
    const over = underWay.begin(principal.name, sendAway);
    request.socket.setTimeout(0);
    const kept = { sessions, states, tasks };
    const base = { connection, principal, client, party, headers, enforcement, ...kept };
    try {
      await serve(request, base);
    } catch (error) {
      if (error instanceof MessageProblem) refused.note(principal.name, name, error);
      throw error;
    } finally {
      over();
      party.expects();
    }
  };

  const serve = async (request: IncomingMessage, base: Base) => {
    switch (request.method) {
      case "POST": {
        checkType(request);
        const { bytes, release } = await bodies.read(request, messageBytesMax, base.principal.name);
        try {
          // Its agent has got another token while it was read.
          if (base.client.isSentAway) return;
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

  const answer: McpListener["answer"] = (request, response, know) => {
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
  return {
    answer,
    endSessionsOf(agent) {
      underWay.sendAway(agent);
      sessions.endOf(agent);
    },
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

/** RFC 9728 §2. Without an authorization server: tokens come from whoever runs the gateway. */
function metadataOf(name: string, publicUrl: string) {
  return {
    resource: `${publicUrl}/mcp/${name}`,
    resource_name: `Countersign: ${name}`,
    bearer_methods_supported: ["header"],
  };
}
