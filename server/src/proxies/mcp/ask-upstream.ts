/** Sends what a client sent, with those of its headers that are the protocol's, and keeps what is known of the server's health. */
import { asGatewayError } from "#/core/errors.ts";
import type { RequestContext } from "./context.ts";
import type { UpstreamAnswer, UpstreamRequest } from "./upstream/upstream.ts";
import type { MirroredParameter } from "./wire/mirrored-parameters.ts";

const versionName = "mcp-protocol-version";
/** Revisions are dates, and whatever else is said there is no text for a server. */
const versionForm = /^\d{4}-\d\d-\d\d$/;
/** Which of the servers that clients have started it is for, and no other text. */
const serverName = "countersign-server";
const serverForm = /^[0-9a-f]{32}$/;
/** Of the revision without sessions, by which they were checked against the message. */
const mirroringNames = ["mcp-method", "mcp-name"] as const;

export interface Sent {
  readonly method: UpstreamRequest["method"];
  readonly body: Uint8Array | null;
  readonly signal: AbortSignal;
  readonly onSent?: UpstreamRequest["onSent"];
  /** Arguments whose headers were checked; those of others are not passed on. */
  readonly mirrored?: readonly MirroredParameter[];
  /** In place of the client's own, where a message was changed; null takes one away. */
  readonly changed?: Readonly<Record<string, string | null>> | undefined;
}

export async function askUpstream(
  {
    connection,
    session,
    headers,
    isStateless,
    party,
  }: Pick<RequestContext, "connection" | "session" | "headers" | "isStateless" | "party">,
  { method, body, signal, onSent, mirrored = [], changed = {} }: Sent,
): Promise<UpstreamAnswer> {
  const { upstream, health } = connection;
  const sent: Record<string, string> = {};
  takeOfForm(sent, versionName, headers[versionName], versionForm);
  takeOfForm(sent, serverName, headers[serverName], serverForm);
  take(sent, "accept", acceptedOf(headers["accept"]));
  if (isStateless) {
    for (const name of mirroringNames) take(sent, name, headers[name]);
    for (const { header } of mirrored) {
      const name = `mcp-param-${header.toLowerCase()}`;
      take(sent, name, headers[name]);
    }
  }
  for (const [name, value] of Object.entries(changed)) {
    if (value === null) delete sent[name];
    else sent[name] = value;
  }
  if (session.upstreamId !== null) sent["mcp-session-id"] = session.upstreamId;
  party.expects();
  try {
    const answer = await upstream.exchange({
      method,
      headers: sent,
      body,
      signal,
      onSent,
      session,
    });
    party.heard();
    health.reached(null);
    return answer;
  } catch (cause) {
    const failure = asGatewayError(cause, "The tool server could not be asked.");
    // What a person rejected says nothing of its server.
    if (!signal.aborted && failure.code !== "mcp.definition_rejected") health.failed(failure);
    throw failure;
  }
}

/** The same, of what needs no answer: what a server says to it is for nobody, and a stream of it is closed. */
export async function tellUpstream(
  context: Parameters<typeof askUpstream>[0],
  sent: Sent,
): Promise<UpstreamAnswer> {
  const told = new AbortController();
  const signal = AbortSignal.any([sent.signal, told.signal]);
  const answer = await askUpstream(context, { ...sent, signal });
  if (answer.body.kind === "stream") told.abort();
  return answer;
}

function take(
  sent: Record<string, string>,
  name: string,
  value: string | readonly string[] | undefined,
): void {
  if (typeof value === "string") sent[name] = value;
}

function takeOfForm(
  sent: Record<string, string>,
  name: string,
  value: string | readonly string[] | undefined,
  form: RegExp,
): void {
  if (typeof value === "string" && form.test(value)) sent[name] = value;
}

const types = ["application/json", "text/event-stream", "*/*"] as const;

/** Which of the protocol's types a client takes, in words that are nobody's own. */
function acceptedOf(said: string | readonly string[] | undefined): string | undefined {
  if (typeof said !== "string") return undefined;
  const parts = said.toLowerCase().split(",");
  const named = parts.map((part) => part.split(";", 1)[0]?.trim());
  const accepted = types.filter((type) => named.includes(type));
  return accepted.length === 0 ? undefined : accepted.join(", ");
}
