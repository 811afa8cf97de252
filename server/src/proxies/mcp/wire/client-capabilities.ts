/** What a client says of itself with each request (2026-07-28). Of the revisions before nothing here is known. */

import { memberOf } from "#/proxies/mcp/json/json-value.ts";
import type { Request } from "./codec.ts";

const capabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
const tasksKey = "io.modelcontextprotocol/tasks";

/** It shows a person a page, where a server asks for that. */
export function opensUrls(request: Request): boolean {
  return memberOf(memberOf(capabilities(request), "elicitation"), "url")?.kind === "object";
}

export function takesTasks(request: Request): boolean {
  return memberOf(memberOf(capabilities(request), "extensions"), tasksKey)?.kind === "object";
}

function capabilities({ params }: Request) {
  return memberOf(memberOf(params, "_meta"), capabilitiesKey);
}
