/**
 * Under which id a server is asked: as its client gave it where that is a small number, else under one of the gateway's own. An id is a text that
 * a server reads and nobody decides on, so it has no room for an agent's words; a client hears its own again.
 */
import { shallowMembers } from "#/proxies/mcp/json/shallow.ts";
import { type Edit, splice } from "#/proxies/mcp/upstream/stdio/link/splice.ts";
import { idKey, type RpcId } from "./codec.ts";

export interface AskedIds {
  /** For a request of a client's, right before it is sent. */
  under(id: RpcId): RpcId;
  /** What its client calls what was asked under this. */
  ofClient(asked: RpcId): RpcId;
  /** Under which the latest request of this id was sent; null where none is known. */
  latest(id: RpcId): RpcId | null;
}

/** Ids of the gateway's own of one session, the latest. What was asked under an older one is answered where its client waits. */
const askedIdsMax = 1_024;
/** In its shortest spelling. */
const plainForm = /^(?:0|[1-9]\d{0,5})$/;

export function createAskedIds(): AskedIds {
  const clients = new Map<RpcId, RpcId>();
  const latest = new Map<string, RpcId>();
  let given = 0;
  return {
    under(id) {
      if (plainForm.test(id)) return id;
      given += 1;
      const own = `"request-${given}"`;
      clients.set(own, id);
      latest.set(idKey(id), own);
      for (const [oldest, of] of clients) {
        if (clients.size <= askedIdsMax) break;
        clients.delete(oldest);
        if (latest.get(idKey(of)) === oldest) latest.delete(idKey(of));
      }
      return own;
    },
    ofClient: (asked) => clients.get(asked) ?? asked,
    latest: (id) => (plainForm.test(id) ? id : (latest.get(idKey(id)) ?? null)),
  };
}

/** A client's message as it is sent. */
export function withAskedId(body: Uint8Array, id: RpcId): Uint8Array {
  const text = latin1(body);
  const at = shallowMembers(text)?.get("id");
  return at === undefined ? body : splice(body, [{ at, text: inLatin1(id) }]);
}

/** A server's message as its client hears it: what names a request names it as the client does. */
export function withClientsIds(message: Buffer, ids: Pick<AskedIds, "ofClient">): Buffer {
  const text = latin1(message);
  const method = shallowMembers(text)?.get("method");
  const named = method === undefined ? null : text.slice(method.start, method.end);
  const paths = named === null ? inAnswers : (inTold.get(named) ?? inOthers);
  const edits = paths.flatMap((path): Edit[] => {
    const at = placeAt(text, path);
    if (at === null) return [];
    const asked = inOwnSpelling(text.slice(at.start, at.end));
    const clients = ids.ofClient(asked);
    return clients === asked ? [] : [{ at, text: inLatin1(clients) }];
  });
  return edits.length === 0 ? message : splice(message, edits);
}

/** A server may spell with escapes what it was asked under; left so, it could be the name of another request of its client's. */
function inOwnSpelling(id: RpcId): RpcId {
  if (!id.startsWith('"') || !id.includes("\\")) return id;
  try {
    return idKey(id);
  } catch {
    return id;
  }
}

const subscription = "io.modelcontextprotocol/subscriptionId";
const inAnswers = [["id"], ["result", "_meta", subscription]] as const;
const inOthers = [["params", "_meta", subscription]] as const;
const inTold: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ['"notifications/cancelled"', [["params", "requestId"]]],
]);

function placeAt(text: string, path: readonly string[]) {
  let start = 0;
  let place = null;
  for (const key of path) {
    place = shallowMembers(text, start)?.get(key) ?? null;
    if (place === null) return null;
    ({ start } = place);
  }
  return place;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function inLatin1(id: RpcId): string {
  return Buffer.from(id, "utf8").toString("latin1");
}
