/**
 * An agent that tries one variant of a call after the other, of each of which people would be asked: after a few of them nobody is
 * asked any more for a while. Whoever runs the gateway is warned once, by its log, and the agent is told to stop.
 */
import type { ReviewId } from "#/core/ids.ts";
import type { Refusal } from "#/core/refusal.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import type { ClientSession } from "#/proxies/mcp/sessions.ts";

/** Calls of one tool, by one agent on one connection, that wait for people at a time. */
const variantsWaitingMax = 8;
/** Of those that people denied within `variantsWindowMs`. */
const variantsDeniedMax = 3;
const variantsWindowMs = 10 * 60_000;
/** Reviews of one tool that are looked at, the latest. */
const variantReviewsMax = 16;
/** Tools of one agent on one connection whose reviews are remembered. One more costs the oldest its place. */
const variantToolsMax = 500;

/** Of a call that people would be asked about; null where they may be. */
export async function whyNotAsked(tool: string, context: RequestContext): Promise<Refusal | null> {
  const { enforcement } = context;
  const reviews = variantsOf(context).get(tool) ?? [];
  if (reviews.length < Math.min(variantsDeniedMax, variantsWaitingMax)) return null;
  const { store } = enforcement.reviews;
  const known = await Promise.all(reviews.map((id) => store.review(id)));
  const since = enforcement.clock.now() - variantsWindowMs;
  const waiting = known.filter((review) => review?.state === "pending").length;
  const denied = known.filter(
    (review) => review?.state === "denied" && (review.decidedAt ?? 0) > since,
  ).length;
  if (waiting < variantsWaitingMax && denied < variantsDeniedMax) return null;
  warn(context, tool, { waiting, denied });
  const why =
    denied >= variantsDeniedMax
      ? `People have denied ${denied} calls of this tool within the last minutes.`
      : `${waiting} calls of this tool wait for people already.`;
  return {
    code: "too_many_reviews",
    message: `${why} Nobody is asked about another one for now, and nothing was done. Stop, and tell the person whom you work for.`,
    reason: null,
    review: null,
    url: null,
    retry: "later",
  };
}

export function noteWaiting(tool: string, review: ReviewId, context: RequestContext): void {
  const variants = variantsOf(context);
  const others = (variants.get(tool) ?? []).filter((id) => id !== review);
  const [oldest] = variants.keys();
  if (!variants.has(tool) && variants.size >= variantToolsMax && oldest !== undefined) {
    variants.delete(oldest);
  }
  variants.set(tool, [...others, review].slice(-variantReviewsMax));
}

function variantsOf({ session, sessions }: RequestContext): ClientSession["variants"] {
  return sessions.shared(session.agent, session.connection).variants;
}

/** Once for each window. */
function warn(
  { session, sessions, enforcement }: RequestContext,
  tool: string,
  counts: { readonly waiting: number; readonly denied: number },
): void {
  const shared = sessions.shared(session.agent, session.connection);
  const now = enforcement.clock.now();
  if (now - shared.warnedAt < variantsWindowMs) return;
  shared.warnedAt = now;
  const { agent, connection } = session;
  const toolChars = tool.slice(0, toolShownCharsMax);
  enforcement.log.warn("mcp.variants", { agent, connection, tool: toolChars, ...counts });
}

const toolShownCharsMax = 100;
