/**
 * A call by a client that describes itself in one wording too many (`wordings.ts`): what people approve does not show how it does, so its
 * server reads the gateway's words in place of the client's.
 */
import type { RequestContext } from "#/proxies/mcp/context.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { memberOf } from "#/proxies/mcp/json/json-value.ts";
import { type Request, rewritten } from "#/proxies/mcp/wire/codec.ts";
import { anySelf, plainSelf } from "#/proxies/mcp/wire/plain-self.ts";
import { isTransport, selfKeys } from "#/proxies/mcp/wire/transport-meta.ts";

/** Null where it passes as it is. */
export function withKnownSelf(
  request: Request,
  { session, sessions, enforcement }: RequestContext,
): ReturnType<typeof rewritten> | null {
  const meta = memberOf(request.params, "_meta");
  const info = unseen(meta, selfKeys.info);
  const capabilities = unseen(meta, selfKeys.capabilities);
  if (info === null && capabilities === null) return null;
  const { selves } = sessions.shared(session.agent, session.connection);
  const said = JSON.stringify(plainSelf(info, capabilities));
  if (selves.admit(said, enforcement.clock.now())) return null;
  const any = anySelf(info, capabilities);
  const changes = [
    { node: info, as: any.info },
    { node: capabilities, as: any.capabilities },
  ];
  let { text } = request;
  // From the end on, so that what stands before keeps its place.
  for (const { node, as } of changes.toSorted((one, other) => startOf(other) - startOf(one))) {
    if (node === null) continue;
    text = text.slice(0, node.start) + JSON.stringify(as) + text.slice(node.end);
  }
  return rewritten(request, text);
}

/** What has another form than its own is a part of the call. */
function unseen(meta: JsonNode | null, key: string): JsonNode | null {
  const value = memberOf(meta, key);
  return value !== null && isTransport(key, value) ? value : null;
}

function startOf({ node }: { readonly node: JsonNode | null }): number {
  return node?.start ?? -1;
}
