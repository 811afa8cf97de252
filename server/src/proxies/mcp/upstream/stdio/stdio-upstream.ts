/**
 * A tool server that is a program, in the shape of streamable HTTP: what there are headers and streams for over HTTP is
 * made of the messages' own members here.
 *
 * Guarantees that a client's session has a server of its own, that what an agent asks without one is answered by a
 * server that serves nobody else, and that a request reaches no server which would read it as another revision's.
 */

import { hash } from "node:crypto";
import { GatewayError } from "#/core/errors.ts";
import type { OwnMethod } from "#/core/facts.ts";
import type { Log } from "#/platform/log.ts";
import { noTokens } from "#/proxies/mcp/upstream/credential.ts";
import type { Upstream, UpstreamAnswer, UpstreamRequest } from "#/proxies/mcp/upstream/upstream.ts";
import { byId } from "./by-id.ts";
import { empty, errorCodeOf, failure, lineOf, unreadable } from "./exchanged.ts";
import type { LineChannel, LineChannelEvents } from "./link/line-channel.ts";
import type { Link } from "./link/link.ts";
import { memberAt, type RequestLine } from "./link/rpc-line.ts";
import { serverLost } from "./link/server-lost.ts";
import type { ProgramNotes } from "./process/program-notes.ts";
import { programName } from "./program-name.ts";
import {
  type Asking,
  findRevision,
  findSessions,
  type Revision,
  statelessVersion,
} from "./revision.ts";
import { createServers } from "./servers.ts";

export interface StdioUpstreamDeps extends Asking {
  readonly log: Log;
  readonly start: (events: LineChannelEvents) => Promise<LineChannel>;
  readonly notes: Pick<ProgramNotes, "current">;
}

/** A program can be replaced by another version while the gateway runs. */
const revisionAgeMaxMs = 10 * 60_000;

export function stdioUpstream(
  command: readonly [string, ...string[]],
  deps: StdioUpstreamDeps,
): Upstream {
  const servers = createServers(deps);
  let found: { readonly revision: Promise<Revision>; readonly at: number } | null = null;

  /** By the server that would answer. One of sessions was asked what it does not know, and answers nobody any more. */
  const lookUp = async (key: string, agent: string, asking: Asking): Promise<Revision> => {
    let revision: Revision | null = null;
    try {
      const link = await servers.open(key, "stateless", agent);
      revision = await findRevision(link, asking);
    } catch (error) {
      if (!hasEnded(error) || servers.find(key) !== null) throw error;
      // It may have ended for not knowing the question.
      revision = await findSessions(await servers.open(key, "stateless", agent), asking);
    } finally {
      if (revision?.kind !== "stateless") void servers.end(key);
    }
    return revision;
  };
  const revisionBy = (key: string, agent: string): Promise<Revision> => {
    const now = deps.clock.now();
    if (found !== null && now - found.at < revisionAgeMaxMs) return found.revision;
    const looked = { revision: lookUp(key, agent, deps), at: now };
    found = looked;
    looked.revision.catch(() => {
      if (found === looked) found = null;
    });
    return looked.revision;
  };

  const askStateless = async (request: UpstreamRequest) => {
    const { method, headers, body, session } = request;
    if (method !== "POST") return { ...empty(405), headers: { allow: "POST" } };
    const line = lineOf(body);
    if (line === null) return unreadable;
    // This revision has none that go to a server, and no answers to one.
    if (line.kind !== "request") return empty(202);
    const version = headers["mcp-protocol-version"];
    if (version === undefined || version < statelessVersion) return withoutSession(line);
    const { agent } = session;
    const key = `agent ${agent}`;
    const revision = await revisionBy(key, agent);
    if (revision.kind === "sessions") return unsupported(line, version, revision.versions);
    const answer = await ask(await servers.open(key, "stateless", agent), line, request);
    const isRefused = errorCodeOf(answer) === invalidParams && !isWhole(line);
    return isRefused ? { ...answer, status: 400 } : answer;
  };
  const askSession = async (request: UpstreamRequest) => {
    const { method, body, signal, session } = request;
    const key = `session ${session.id}`;
    if (method === "DELETE") {
      const isThere = servers.find(key) !== null;
      void servers.end(key);
      return empty(isThere ? 200 : 404);
    }
    const line = method === "POST" ? lineOf(body) : null;
    if (method === "POST" && line === null) return unreadable;
    const begins = line?.kind === "request" && line.method === "initialize";
    const link = await (begins ? servers.open(key, "session", session.agent) : servers.find(key));
    if (link?.isOpen() !== true) return empty(404);
    if (line === null) return { status: 200, headers: {}, body: link.listen(signal), source: byId };
    if (line.kind === "request") {
      const answer = await ask(link, line, request);
      // A session that has not begun is none.
      if (begins && errorCodeOf(answer) !== null) void servers.end(key);
      return answer;
    }
    link.tell(line);
    return empty(202);
  };

  return {
    endpoint: `stdio:${programName(command)}#${hash("sha256", JSON.stringify(command)).slice(0, commandDigits)}`,
    exchange: (request) =>
      request.session.kind === "stateless" ? askStateless(request) : askSession(request),
    isThere: () => true,
    async probe(signal) {
      // Its first question is on record as the test itself.
      const record = (method: OwnMethod) =>
        method === "server/discover" ? Promise.resolve() : deps.record(method);
      const tested = { ...deps, record };
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(serverLost("was not waited for", true)));
      });
      try {
        await Promise.race([lookUp(probeKey, prober, tested), aborted]);
      } finally {
        void servers.end(probeKey);
      }
    },
    tokens: () => noTokens,
    programs() {
      const { running, pauseMs } = servers.standing();
      const startsAgainAt = pauseMs === 0 ? null : deps.clock.now() + pauseMs;
      return { running, startsAgainAt, ...deps.notes.current() };
    },
    close: servers.close,
  };
}

const probeKey = "probe";
const prober = "gateway";
/** Of a request that lacks what each has to say of itself the refusal has a status of its own over HTTP. */
function isWhole(line: RequestLine): boolean {
  return ownMembers.every(
    (name) => memberAt(line, line.params, ["_meta", `io.modelcontextprotocol/${name}`]) !== null,
  );
}

const invalidParams = "-32602";
const ownMembers = ["protocolVersion", "clientCapabilities"] as const;
/** Another program or other arguments under the same name are another endpoint to who approves. */
const commandDigits = 12;

/** Once it was asked. */
function hasEnded(error: unknown): boolean {
  return error instanceof GatewayError && error.details["sent"] === true;
}

function ask(
  link: Link,
  line: RequestLine,
  { signal, onSent }: Pick<UpstreamRequest, "signal" | "onSent">,
): Promise<UpstreamAnswer> {
  if (signal.aborted) return Promise.reject(serverLost("was not waited for", false));
  return link.ask(line, signal, onSent);
}

function withoutSession({ id }: RequestLine): UpstreamAnswer {
  return failure(400, id.text, {
    code: -32_600,
    message: "This tool server is asked in a session, which begins with initialize.",
  });
}

/** The client can begin a session in one of them. */
function unsupported(
  { id }: RequestLine,
  requested: string,
  supported: readonly string[],
): UpstreamAnswer {
  return failure(400, id.text, {
    code: -32_022,
    message: "Unsupported protocol version",
    data: { supported, requested },
  });
}
