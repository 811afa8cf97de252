/** A page of a server's tools, as this agent sees it. */
import { calleeOf } from "#/core/facts.ts";
import type { Json } from "#/core/json.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { plainText } from "#/proxies/mcp/definitions/plain-text.ts";
import { shownList } from "#/proxies/mcp/definitions/shown-list.ts";
import { type Place, shallowMembers } from "#/proxies/mcp/json/shallow.ts";
import { listAdded } from "#/proxies/mcp/wait/own-tool.ts";
import { ownToolsPrefix } from "#/proxies/mcp/wire/reply.ts";

/** Of one page; no more are known of a server, and those behind them are not listed. */
const toolsListedMax = 2_000;

/** What its agent sees of a list, from which the gateway learns first; null where it passes as it came. */
export function heardList(
  message: Buffer,
  context: RequestContext,
  { isFirstPage }: { readonly isFirstPage: boolean },
): Buffer | null {
  const { connection, enforcement } = context;
  connection.listing.at = enforcement.clock.now();
  connection.tools.heard(listedIn(message));
  return listShown(message, context, isFirstPage);
}

/** What is no list is not heard. */
function listedIn(message: Buffer): Json | undefined {
  const { result } = JSON.parse(message.toString("utf8")) as {
    readonly result?: { readonly tools?: Json } | null;
  };
  return result?.tools;
}

/** Null where it passes as it came. The gateway's own tool stands on the first page. */
export function listShown(
  message: Buffer,
  context: Pick<RequestContext, "connection" | "principal" | "enforcement">,
  isFirstPage: boolean,
): Buffer | null {
  const names = new Set<Json>();
  const came = message.toString("utf8");
  // What passes in another's place has passed no masker.
  const clean = context.connection.scrub.scrub(came) ?? came;
  const text = shownList(clean, (tool) => {
    const { name = null } = tool as { readonly name?: Json };
    // Which of two a client goes by nobody knows.
    if (names.has(name) || names.size >= toolsListedMax || isOwnName(name)) return "left out";
    names.add(name);
    return isNeverPermitted(tool, context) ? "left out" : context.connection.book.shown(tool);
  });
  const shown = text === null && clean === came ? null : Buffer.from(text ?? clean);
  if (!isFirstPage) return shown;
  const whole = shown ?? message;
  const result = resultIn(whole);
  return (result === null ? null : listAdded(whole, result)) ?? shown;
}

/** Or so that a model would take it for that. */
function isOwnName(name: Json): boolean {
  return typeof name === "string" && plainText(name).startsWith(ownToolsPrefix);
}

function resultIn(message: Buffer): Place | null {
  return shallowMembers(message.toString("latin1"))?.get("result") ?? null;
}

/** A fresh session's: what this one has read hides nothing. */
function isNeverPermitted(
  tool: Json,
  {
    connection,
    principal,
    enforcement,
  }: Pick<RequestContext, "connection" | "principal" | "enforcement">,
): boolean {
  const known = connection.book.listed(tool);
  const { name } = tool as { readonly name?: Json };
  if (known === null || typeof name !== "string") return false;
  return enforcement.neverPermits({
    verbs: ["mcp.call"],
    principal,
    resource: connection.resource,
    labels: [],
    facts: {
      family: "mcp",
      method: "tools/call",
      name,
      arguments: {},
      rounded: [],
      ...calleeOf(known),
      literals: [],
    },
  });
}
