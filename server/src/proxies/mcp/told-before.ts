/** What an agent was told of a call before: a person's denial is said again, and asks nobody. */
import type { Refusal } from "#/core/refusal.ts";
import { reviewRefusal } from "#/enforcement/refusals.ts";
import type { RequestContext } from "./context.ts";
import { reviewOf } from "./own-tool.ts";

/** A person's denial is said again for so long. */
const denialPinnedMs = 60 * 60_000;
/** Calls of one agent on one connection whose reviews are remembered. One more costs the oldest its place. */
const toldMax = 1_000;

export interface ToldBefore {
  /** Null where nobody has denied it. */
  denial(): Promise<Refusal | null>;
  /** What came of it: the review that it waits or waited in; null where it ran. */
  remember(refusal: Refusal | null): void;
}

/** `key` stands for the call, in whatever spelling. */
export function toldBefore(key: string, context: RequestContext): ToldBefore {
  const { session, sessions } = context;
  const { told } = sessions.shared(session.agent, session.connection);
  return {
    async denial() {
      const ticket = told.get(key);
      const review = ticket === undefined ? null : await reviewOf(ticket, context);
      if (review === null) return null;
      const { clock, reviewUrl } = context.enforcement;
      const isDenial = review.state === "denied" || review.state === "changes_requested";
      const isRecent = clock.now() - (review.decidedAt ?? 0) < denialPinnedMs;
      return isDenial && isRecent ? reviewRefusal(review, reviewUrl(review.id)) : null;
    },
    remember(refusal) {
      told.delete(key);
      if (refusal === null || refusal.review === null) return;
      const [oldest] = told.keys();
      if (told.size >= toldMax && oldest !== undefined) told.delete(oldest);
      told.set(key, refusal.review);
    },
  };
}
