/**
 * What becomes of a method. A closed world: what stands in no table is not carried, because nobody knows what it would do.
 */
import type { McpMethod } from "#/core/facts.ts";
import type { Verb } from "#/core/verb.ts";

/** What is decided on: its verb, and which parameter says what is meant. */
export const decided: Readonly<Record<McpMethod, { readonly verb: Verb; readonly name: string }>> =
  {
    "tools/call": { verb: "mcp.call", name: "name" },
    "resources/read": { verb: "mcp.read", name: "uri" },
    "prompts/get": { verb: "mcp.read", name: "name" },
  };

export function isDecided(method: string): method is McpMethod {
  return Object.hasOwn(decided, method);
}

/** What is asked about the server, and does nothing to what stands behind it. */
export const carriedRequests: ReadonlySet<string> = new Set([
  "completion/complete",
  "initialize",
  "logging/setLevel",
  "ping",
  "prompts/list",
  "resources/list",
  "resources/subscribe",
  "resources/templates/list",
  "resources/unsubscribe",
  "server/discover",
  "subscriptions/listen",
  "tools/list",
]);

/** Of tasks of the gateway's own (extension `io.modelcontextprotocol/tasks`); those of servers are not carried. */
export const taskRequests: ReadonlySet<string> = new Set([
  "tasks/cancel",
  "tasks/get",
  "tasks/update",
]);

export const carriedNotifications: ReadonlySet<string> = new Set([
  "notifications/cancelled",
  "notifications/initialized",
  "notifications/progress",
  "notifications/roots/list_changed",
]);

/** What a server may ask of a client only where its connection allows it. */
export const asks: Readonly<Record<string, "sampling" | "elicitation">> = {
  "sampling/createMessage": "sampling",
  "elicitation/create": "elicitation",
};

/** What it may ask of any. */
export const askedFreely: ReadonlySet<string> = new Set(["ping", "roots/list"]);
