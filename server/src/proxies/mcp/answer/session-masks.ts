/**
 * What rules mask of the answers of one agent on one connection, for whatever its server says elsewhere than in those answers: on
 * streams of its own, beside the answer to a list, in another session of the agent's.
 *
 * Guarantees that the masks of a call count there before the server sees the call, and no less is masked from then on.
 */
import { coversMask, type Mask } from "#/core/obligation.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import type { ClientSession } from "#/proxies/mcp/sessions.ts";
import { maskerFor } from "./answer-masks.ts";
import type { PassingMasker } from "./read-answer.ts";

type Owner = Pick<RequestContext, "session" | "sessions" | "connection">;

/** Null where there is nothing to add. */
export function addSessionMasks(masks: readonly Mask[], context: Owner): Promise<void> | null {
  return masks.length === 0 ? null : add(masks, context);
}

async function add(masks: readonly Mask[], context: Owner): Promise<void> {
  const { session, connection } = context;
  const shared = sharedOf(context);
  for (;;) {
    const { masks: before } = shared.masked;
    const added = masks.filter(
      (mask) => mask.target.kind === "entity" && !before.some((other) => coversMask(other, mask)),
    );
    if (added.length === 0) return;
    const kept = before.filter((mask) => !added.some((other) => coversMask(other, mask)));
    const all = [...kept, ...added];
    const masker = await maskerFor({ masks: all, outputSchema: null, session }, connection);
    // Another call may have added its own meanwhile.
    if (shared.masked.masks === before) shared.masked = { masks: all, masker };
  }
}

/** For what is no answer to a decision: with the gateway's own credential taken out in any case. */
export function saidMasker(context: Owner): PassingMasker {
  const shared = sharedOf(context);
  const masker = () => shared.masked.masker ?? context.connection.unmasked;
  return {
    mask: (message) => masker().mask(message),
    looksAt: (message) => masker().looksAt(message),
  };
}

export function wasMasked(context: Owner): boolean {
  return sharedOf(context).masked.masks.length > 0;
}

/** Its sessions are the agent's, who may begin another at any time. */
function sharedOf({ session, sessions }: Owner): ClientSession {
  return sessions.shared(session.agent, session.connection);
}
