/**
 * The gateway's own look at what a server offers, where an agent calls what nobody has listed yet: asked in the agent's own session,
 * and on record as the gateway's before.
 */
import type { Json } from "#/core/json.ts";
import { recordOwn } from "#/enforcement/record-own.ts";
import { askUpstream } from "./ask-upstream.ts";
import { plainMeta } from "./carry/written-anew.ts";
import type { RequestContext } from "./context.ts";
import { memberOf } from "./json/json-value.ts";
import { ownAction } from "./to-action.ts";
import type { StreamEvent, UpstreamAnswer } from "./upstream/upstream.ts";
import type { Request } from "./wire/codec.ts";

/** Pages of one list. */
const pagesMax = 50;
const listMs = 10_000;
/** Between two looks at one server. */
const listEveryMs = 30_000;

/** Resolves when it is known or can't be had: what is not known then stays so. Never rejects. */
export async function listTools(request: Request, context: RequestContext): Promise<void> {
  const { listing } = context.connection;
  const now = context.enforcement.clock.now();
  if (listing.going === null && (listing.at === null || now - listing.at >= listEveryMs)) {
    listing.isRenewing = listing.at === null;
    listing.at = now;
    listing.going = list(request, context)
      .catch(() => undefined)
      .finally(() => {
        listing.going = null;
        listing.isRenewing = false;
      });
  }
  await listing.going;
}

async function list(request: Request, context: RequestContext): Promise<void> {
  const { connection, enforcement } = context;
  const { clock } = enforcement;
  await recordOwn(ownAction(connection.resource, "tools/list", clock.now()), enforcement);
  const late = new AbortController();
  const stopClock = clock.after(listMs, () => late.abort());
  try {
    let cursor: string | null = null;
    for (let page = 0; page < pagesMax; page += 1) {
      const id = `countersign-tools-${page}`;
      const body = Buffer.from(pageRequest(request, { id, cursor }, context));
      const changed = {
        "mcp-method": context.isStateless ? "tools/list" : null,
        ...withoutCall(context),
      };
      const sent = { method: "POST", body, signal: late.signal, changed } as const;
      const result = await resultOf(await askUpstream(context, sent), id);
      connection.tools.heard(result?.["tools"]);
      const next = result?.["nextCursor"];
      if (typeof next !== "string" || next === cursor) return;
      cursor = next;
    }
  } finally {
    stopClock();
    await connection.tools.settled();
  }
}

/** With what the client's own message says of its revision and of what it can. */
function pageRequest(
  { params }: Request,
  { id, cursor }: { readonly id: string; readonly cursor: string | null },
  context: RequestContext,
): string {
  const meta = memberOf(params, "_meta");
  const { progressToken: _, ...said } = meta?.kind === "object" ? plainMeta(meta, context) : {};
  const asked = {
    ...(cursor === null ? {} : { cursor }),
    ...(Object.keys(said).length === 0 ? {} : { _meta: said }),
  };
  return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/list", params: asked });
}

function withoutCall({ headers }: RequestContext): Readonly<Record<string, null>> {
  const names = Object.keys(headers).filter(
    (name) => name === "mcp-name" || name.startsWith("mcp-param-"),
  );
  return Object.fromEntries(names.map((name) => [name, null]));
}

type Result = { readonly [key: string]: Json };

/** Null where the server answers with none. What answers something else is believed in nothing. */
async function resultOf({ body, source }: UpstreamAnswer, id: string): Promise<Result | null> {
  if (body.kind === "empty") return null;
  const read = body.kind === "json" ? readResult(body.bytes, id) : await streamed(body.events, id);
  if (read !== "of another") return read;
  source.distrust();
  return null;
}

async function streamed(
  events: AsyncIterable<StreamEvent>,
  id: string,
): Promise<Result | "of another" | null> {
  for await (const { data } of events) {
    const result = data.length === 0 ? null : readResult(data, id);
    if (result !== null) return result;
  }
  return null;
}

function readResult(bytes: Uint8Array, id: string): Result | "of another" | null {
  try {
    const message = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
      readonly id?: Json;
      readonly result?: Json;
    };
    const { result } = message;
    if (result === undefined) return null;
    if (message.id !== id) return "of another";
    const isObject = typeof result === "object" && result !== null && !Array.isArray(result);
    return isObject ? (result as Result) : null;
  } catch {
    return null;
  }
}
