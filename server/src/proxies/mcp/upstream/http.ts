/**
 * A tool server over streamable HTTP: connections that are kept, the connection's own credential, bytes as they came.
 *
 * Guarantees that no header of the client's but MCP's own gets there, that no redirect is followed, that no two agents share a
 * connection, and that an error says whether the request may have been sent: `details.sent`. Everything that comes is bounded.
 */

import { GatewayError } from "#/core/errors.ts";
import type { OwnMethod } from "#/core/facts.ts";
import type { Secret } from "#/core/secret.ts";
import type { ToolCredential } from "#/core/tool-credential.ts";
import type { Clock } from "#/platform/clock.ts";
import { fairShares } from "#/platform/fair-shares.ts";
import { clientPool } from "#/wire/http1/client-pool.ts";
import type { Endpoint } from "#/wire/http1/dial.ts";
import { Http1Error } from "#/wire/http1/http1-error.ts";
import { requestHeadText } from "#/wire/http1/request-head.ts";
import type { CredentialHeaders } from "./credential.ts";
import { AnswerHandler } from "./http-answer.ts";
import { protocolFailure, tooBusy, upstreamFailure } from "./http-failure.ts";
import { openCredential } from "./open-credential.ts";
import type { Upstream, UpstreamAnswer, UpstreamRequest } from "./upstream.ts";

export interface HttpUpstreamOptions {
  readonly url: string;
  readonly credential: ToolCredential;
  readonly tls: HttpTls;
  /** Of a message of the server's. */
  readonly messageBytesMax: number;
  readonly clock: Clock;
  /** Of what the gateway asks by itself, before it is sent. */
  readonly record: (method: OwnMethod) => Promise<void>;
}

/** PEM. */
export interface HttpTls {
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: Secret | null;
}

/** At a time, each for one request or one open stream: twice what one agent may have under way (`listener.ts`), as none has more than half of them. */
const connectionsMax = 1_024;
/** Requests that are under way or wait for a connection; no agent has more than half of them. One more is refused. */
const exchangesMax = 2_048;
/** For a connection, where an agent has its share of them. */
const connectionWaitMs = 30_000;
const connectMs = 10_000;
/** Until the head of the answer, which a server without a stream sends once the tool has ended. */
const answerMs = 10 * 60_000;
/** Without a byte of an answer that has begun. */
const silenceMs = 10 * 60_000;
const idleConnectionMs = 4_000;
const headerBytesMax = 16 * 1024;
const probeMs = 10_000;

export function httpUpstream(options: HttpUpstreamOptions): Upstream {
  const url = new URL(options.url);
  const target = `${url.pathname}${url.search}`;
  const { messageBytesMax, clock } = options;
  const pool = clientPool({
    endpoint: endpointOf(url, options.tls),
    clock,
    connectionsMax,
    connectMs,
    waitMs: connectionWaitMs,
    headBytesMax: headerBytesMax,
    answerMs,
    idleMs: idleConnectionMs,
  });
  const credential = openCredential(options.credential, options);
  const exchanges = fairShares(exchangesMax);

  const send = (request: UpstreamRequest, own: CredentialHeaders) =>
    new Promise<UpstreamAnswer>((resolve, reject) => {
      const { method, body, signal, onSent } = request;
      if (signal.aborted) return reject(upstreamFailure(new Error("nobody waits"), false));
      const head = headOf(request, own);
      if (head instanceof Error) return reject(upstreamFailure(head, false));
      const silent = method === "GET" ? null : silenceMs;
      const handler = new AnswerHandler({ messageBytesMax, signal, onSent, resolve, reject });
      const owner = request.session.agent;
      handler.waits(pool.send({ owner, method, head, body, silenceMs: silent }, handler));
    });

  const headOf = ({ method, body, headers }: UpstreamRequest, own: CredentialHeaders) => {
    const fields = body === null ? [headers, own] : [headers, jsonType, own];
    const bodyBytes = body === null ? null : body.length;
    try {
      return requestHeadText({ method, target, host: url.host, fields, bodyBytes });
    } catch (error) {
      if (error instanceof Http1Error) return error;
      throw error;
    }
  };

  const exchange = async (request: UpstreamRequest): Promise<UpstreamAnswer> => {
    const { agent } = request.session;
    if (!exchanges.take(agent)) throw tooBusy();
    try {
      const known = credential.headers();
      const own = known instanceof Promise ? await known : known;
      const answer = await send(request, own);
      return isRefusal(answer) ? await sendAnew(request, own) : answer;
    } finally {
      exchanges.give(agent);
    }
  };

  /** A token that the server no longer takes is fetched anew, once: what it refused, it has not done. */
  const sendAnew = async (request: UpstreamRequest, refusedWith: CredentialHeaders) => {
    if (!credential.renew(refusedWith)) throw refused();
    const again = await send(request, await credential.headers());
    if (isRefusal(again)) throw refused();
    return again;
  };

  return {
    endpoint: `${url.origin}${url.pathname}`,
    exchange,
    isThere: () => true,
    async probe(signal) {
      const late = AbortSignal.any([signal, AbortSignal.timeout(probeMs)]);
      const answer = await exchange(probing(late));
      if (answer.body.kind === "stream") for await (const _ of answer.body.events) break;
      if (answer.status === forbidden) throw refused();
      if (answer.status >= failing) throw upstreamFailure(new Error(`HTTP ${answer.status}`), true);
    },
    tokens: credential.tokens,
    programs: () => null,
    async close() {
      pool.close();
    },
  };
}

const unauthorized = 401;
const forbidden = 403;
const failing = 500;
const jsonType = { "content-type": "application/json" } as const;

/** What every server answers, if only by saying that it does not know the question. */
function probing(signal: AbortSignal): UpstreamRequest {
  const version = "2026-07-28";
  const meta = {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const message = { jsonrpc: "2.0", id: 1, method: "server/discover", params: { _meta: meta } };
  return {
    method: "POST",
    headers: {
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": version,
      "mcp-method": message.method,
    },
    body: Buffer.from(JSON.stringify(message)),
    signal,
    session: { id: "probe", agent: "gateway", kind: "stateless" },
  };
}

/** A refusal comes before anything is done. With a result beside it nobody knows what was. */
function isRefusal({ status, body }: UpstreamAnswer): boolean {
  if (status !== unauthorized) return false;
  if (body.kind === "json" && mayHoldResult(Buffer.from(body.bytes).toString("utf8"))) {
    throw protocolFailure("refuses the gateway's credential with a result");
  }
  return true;
}

function mayHoldResult(text: string): boolean {
  if (text.includes('"result"')) return true;
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === "object" && said !== null && "result" in said;
  } catch {
    return false;
  }
}

function refused(): GatewayError {
  return new GatewayError("upstream.refused", "The tool server refused the gateway's credential.", {
    details: { sent: false },
  });
}

function endpointOf(url: URL, tls: HttpTls): Endpoint {
  const isEncrypted = url.protocol === "https:";
  return {
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (isEncrypted ? 443 : 80) : Number(url.port),
    tls: isEncrypted ? tlsOptions(tls) : null,
  };
}

function tlsOptions({ ca, certificate, key }: HttpTls): Endpoint["tls"] {
  return {
    ...(ca === null ? {} : { ca }),
    ...(certificate === null ? {} : { cert: certificate }),
    ...(key === null ? {} : { key: key.reveal() }),
  };
}
