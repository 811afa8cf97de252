/** A call as it was sent: what is called, by which definition, and the action that it is. */
import { hash } from "node:crypto";
import type { Action } from "#/core/action.ts";
import type { McpMethod } from "#/core/facts.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { memberOf } from "#/proxies/mcp/json/json-value.ts";
import { listTools } from "#/proxies/mcp/list-tools.ts";
import { type Call, nameOf, toAction } from "#/proxies/mcp/to-action.ts";
import type { ToolKnown } from "#/proxies/mcp/tools.ts";
import { withoutOwnState } from "#/proxies/mcp/wait/url-wait.ts";
import { whyNotCallable } from "#/proxies/mcp/wire/called-name.ts";
import { MessageProblem, type Request, rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { checkParameters } from "#/proxies/mcp/wire/mirrored-parameters.ts";
import type { StateOf } from "#/proxies/mcp/wire/request-state.ts";

export interface ReadCall {
  /** Without what only the gateway asked for. */
  readonly request: Request;
  readonly body: Uint8Array;
  readonly method: McpMethod;
  readonly name: string;
  readonly known: ToolKnown;
  readonly action: Action;
  /** Whose call it is, in whatever spelling. */
  readonly of: Omit<StateOf, "ticket">;
  /** Null where it does not come back from the review's page. */
  readonly back: { readonly isDeclined: boolean } | null;
}

/** At once where what is called is known. Throws a `MessageProblem`. */
export function readCall(
  sent: Request,
  sentBody: Uint8Array,
  method: McpMethod,
  context: RequestContext,
): ReadCall | Promise<ReadCall> {
  const back = withoutOwnState(sent);
  const { request, body } = back ?? { request: sent, body: sentBody };
  const made = nameCall(request, method);
  const come: Come = { request, body, made, back };
  const known = knownNow(made, context);
  if (known !== null) return readKnown(come, known, context);
  return listedTool(request, made, context).then((tool) => readKnown(come, tool, context));
}

interface Come {
  readonly request: Request;
  readonly body: Uint8Array;
  readonly made: NamedCall;
  readonly back: ReturnType<typeof withoutOwnState>;
}

function readKnown(
  { request, body, made, back }: Come,
  known: ToolKnown,
  context: RequestContext,
): ReadCall {
  const { principal, connection, session, enforcement, states } = context;
  if (context.isStateless) {
    const sent = { node: memberOf(made.params, "arguments"), text: request.text };
    checkParameters(context.headers, known.mirrored, sent, request.id);
  }
  const { resource } = connection;
  const proposal = { call: made, known, principal, resource, session: session.id };
  const action = toAction(proposal, enforcement.clock.now());
  const of = callOf(session, action.command);
  if (back !== null && states.redeem(back.state, of) === null) {
    const message = "The request state is not of this call, too old, or was used before.";
    throw invalid(message, request.id);
  }
  const { method, name } = made;
  return { request, body, method, name, known, action, of, back };
}

/** Most calls are never looked for by it. */
function callOf(
  { agent, connection }: RequestContext["session"],
  command: string,
): Omit<StateOf, "ticket"> {
  let digest: string | null = null;
  return {
    agent,
    connection,
    get call() {
      digest ??= hash("sha256", command, "base64url");
      return digest;
    },
  };
}

interface NamedCall extends Call {
  readonly name: string;
}

/** What is called, as far as the message says it by itself. */
export function nameCall({ id, params, text }: Request, method: McpMethod): NamedCall {
  const name = params === null ? null : nameOf({ method, params });
  if (params === null || name === null) throw invalid("It does not say what is called.", id);
  // Of an object people see what is not transport's; of anything else nobody knows what it is.
  for (const key of ["arguments", "_meta"]) {
    if (!isObjectOrNone(memberOf(params, key))) throw invalid(`"${key}" is an object.`, id);
  }
  const why = whyNotCallable(method, name);
  if (why !== null) throw invalid(why, id);
  return { method, params, text, name };
}

/** Clients that write down what they do not say write null. */
function isObjectOrNone(node: JsonNode | null): boolean {
  return (
    node === null || node.kind === "object" || (node.kind === "literal" && node.value === null)
  );
}

/** By the last list that passed; null where that is not known yet, or did not name it. */
function knownNow(
  { method, name }: NamedCall,
  { connection: { tools, listing } }: RequestContext,
): ToolKnown | null {
  if (tools.settled() !== null) return null;
  const known = tools.known(method, name);
  if (method !== "tools/call") return known;
  const isStale = listing.at === null || listing.isRenewing;
  return isStale || known.definition === "unknown" ? null : known;
}

/** By a look of the gateway's own, where it is none that passed. */
async function listedTool(
  request: Request,
  made: NamedCall,
  context: RequestContext,
): Promise<ToolKnown> {
  const { tools } = context.connection;
  await tools.settled();
  const known = knownNow(made, context);
  if (known !== null) return known;
  await listTools(request, context);
  const listed = tools.known(made.method, made.name);
  if (listed.definition === "unknown" && tools.readsAsAnother(made.method, made.name)) {
    const message = "The server lists no tool of exactly this name, and one that reads alike.";
    throw invalid(message, request.id);
  }
  return listed;
}

function invalid(message: string, id: string): MessageProblem {
  return new MessageProblem(rpcCodes.invalidParams, message, { id });
}
