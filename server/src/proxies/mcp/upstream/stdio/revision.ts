/**
 * Which revisions a server speaks: whether it is asked without a session, or begins with `initialize` (MCP 2026-07-28,
 * transports/stdio, backward compatibility).
 */

import { GatewayError } from "#/core/errors.ts";
import type { OwnMethod } from "#/core/facts.ts";
import type { Clock } from "#/platform/clock.ts";
import { protocolFailure } from "#/proxies/mcp/upstream/http-failure.ts";
import type { Link } from "./link/link.ts";
import { type AnswerLine, memberAt, type RequestLine, readLine } from "./link/rpc-line.ts";

export type Revision =
  | { readonly kind: "stateless" }
  /** As it names them itself. */
  | { readonly kind: "sessions"; readonly versions: readonly string[] };

export const statelessVersion = "2026-07-28";
const sessionVersion = "2025-11-25";
/** A server that has not answered `server/discover` by then may not answer it at all, and is asked the other way too. */
const discoverMs = 5_000;
/** From the start of its program, which may have to be fetched, to the first answer. */
const firstAnswerMs = 60_000;

interface Client {
  readonly name: string;
  readonly version: string;
}

export interface Asking {
  readonly clock: Clock;
  /** Whom the gateway says that it is. */
  readonly client: Client;
  /** What it asks by itself is on record before it is sent; rejects where that can't be. */
  readonly record: (method: OwnMethod) => Promise<void>;
}

/** Rejects with an `upstream.…` error, or one of the protocol. */
export async function findRevision(link: Link, asking: Asking): Promise<Revision> {
  const { clock, client } = asking;
  const { ask, done } = questions(link, asking);
  const { promise: late, resolve: beLate } = Promise.withResolvers<"late">();
  const stopWaiting = clock.after(discoverMs, () => beLate("late"));
  try {
    const discovered = ask(discover(client));
    const first = await Promise.race([discovered, late]);
    if (first !== "late" && isStateless(first)) return { kind: "stateless" };
    const initialized = ask(initialize(client)).then(sessionsOf);
    if (first !== "late") return await initialized;
    return await Promise.race([initialized, discovered.then(statelessOr(initialized))]);
  } finally {
    stopWaiting();
    done();
  }
}

/** Of a server that does not bear to be asked anything before `initialize`. */
export async function findSessions(link: Link, asking: Asking): Promise<Revision> {
  const { ask, done } = questions(link, asking);
  return await ask(initialize(asking.client)).then(sessionsOf).finally(done);
}

function questions(link: Link, { clock, record }: Asking) {
  const patience = new AbortController();
  return {
    async ask(request: { readonly method: OwnMethod }): Promise<AnswerLine> {
      await record(request.method);
      const { body } = await link.ask(ownRequest(request), patience.signal);
      const line = body.kind === "json" ? readLine(body.bytes) : null;
      if (line?.kind === "response") return line;
      throw protocolFailure("says more than the answer to its first question");
    },
    done: clock.after(firstAnswerMs, () => patience.abort()),
  };
}

function statelessOr(initialized: Promise<Revision>) {
  return (line: AnswerLine): Revision | Promise<Revision> =>
    isStateless(line) ? { kind: "stateless" } : initialized;
}

/** Its own answer, or an error that only servers of this revision know. */
function isStateless(line: AnswerLine): boolean {
  if (!line.outcome.isError) return memberAt(line, line.outcome, ["supportedVersions"]) !== null;
  return statelessCodes.has(memberAt(line, line.outcome, ["code"])?.text ?? "");
}

const statelessCodes: ReadonlySet<string> = new Set(["-32020", "-32021", "-32022"]);

function sessionsOf(line: AnswerLine): Revision {
  const version = line.outcome.isError
    ? undefined
    : memberAt(line, line.outcome, ["protocolVersion"])?.text;
  if (version === undefined || !/^"[\w.-]{1,64}"$/.test(version)) {
    throw new GatewayError(
      "mcp.upstream_protocol",
      "The tool server takes neither server/discover nor initialize.",
      { details: { sent: false } },
    );
  }
  return { kind: "sessions", versions: [version.slice(1, -1)] };
}

function discover(clientInfo: Client) {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": statelessVersion,
    "io.modelcontextprotocol/clientInfo": clientInfo,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  return { jsonrpc: "2.0", id: 0, method: "server/discover", params: { _meta: meta } } as const;
}

function initialize(clientInfo: Client) {
  const params = { protocolVersion: sessionVersion, capabilities: {}, clientInfo };
  return { jsonrpc: "2.0", id: 0, method: "initialize", params } as const;
}

function ownRequest(message: object): RequestLine {
  const line = readLine(Buffer.from(JSON.stringify(message)));
  if (line?.kind !== "request") throw new TypeError("our own request is one");
  return line;
}
