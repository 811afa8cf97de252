/**
 * How the client of a call waits for people: as what it declares with the request allows, the best way first.
 *
 *   task      it takes tasks: it is told of one, and the call goes on without it
 *   url       it shows a person a page: it is told of the review's, and comes back with the same call
 *   progress  it has asked for progress and takes a stream: it is told on it
 *   untold    none of it: it is kept for as long as clients bear, and then gets a ticket
 */
import type { WaitLimit } from "#/core/protocol.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { opensUrls, takesTasks } from "#/proxies/mcp/wire/client-capabilities.ts";
import type { Request } from "#/proxies/mcp/wire/codec.ts";
import { progressFor, type WaitProgress } from "./progress.ts";
import { bringsServersState } from "./url-wait.ts";

export type Wait =
  | { readonly kind: "task" }
  | { readonly kind: "url" }
  | { readonly kind: "progress"; readonly progress: WaitProgress }
  | { readonly kind: "untold" };

/** How long a client is kept that is told nothing meanwhile: most give up after a minute. */
const heldUntoldMs = 45_000;

export function waitOf(request: Request, isTool: boolean, context: RequestContext): Wait {
  if (context.isStateless && isTool && takesTasks(request)) return { kind: "task" };
  if (context.isStateless && opensUrls(request) && !bringsServersState(request)) {
    return { kind: "url" };
  }
  const progress = progressFor(request, context);
  return progress === null ? { kind: "untold" } : { kind: "progress", progress };
}

/** Null where only the gateway's own limit counts. */
export function waitLimit({ kind }: Wait): WaitLimit | null {
  if (kind === "task" || kind === "progress") return null;
  return { ms: heldUntoldMs, by: "The gateway's limit for a client that can't be told" };
}
