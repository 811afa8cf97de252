/**
 * What became of the same call before: a person's denial is said again, and asks nobody; one whose client has just gone is let go
 * of first, so that its review is found, however fast a client comes back.
 */
import type { Refusal } from "#/core/refusal.ts";
import { reviewRefusal } from "#/enforcement/review-refusals.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { reviewOf } from "#/proxies/mcp/wait/own-tool.ts";
import type { StateOf } from "#/proxies/mcp/wire/request-state.ts";

/** A person's denial is said again for so long. */
const denialPinnedMs = 60 * 60_000;
/** Calls of one agent on one connection whose reviews are remembered. One more costs the oldest its place. */
const toldMax = 1_000;

export interface ToldBefore {
  /** Null where nobody has denied it. */
  denial(joinKey: string): Promise<Refusal | null>;
  /** Once nobody who has gone stands in the way of its review; null where nobody does. */
  letGo(): Promise<void> | null;
  /** Its client has gone: `done` once its review goes on without it. */
  leave(done: Promise<void>): void;
  /** Whether a review of it is known, which the same call finds again. */
  readonly hasReview: boolean;
  /** What came of it: the review that it waits or waited in; null where it ran. */
  remember(refusal: Refusal | null): void;
}

export function toldBefore(of: Pick<StateOf, "call">, context: RequestContext): ToldBefore {
  const { session, sessions } = context;
  const { told, leaving } = sessions.shared(session.agent, session.connection);
  return {
    letGo() {
      return leaving.size > 0 && leaving.has(of.call) ? gone(leaving, of.call) : null;
    },
    leave(done) {
      const key = of.call;
      leaving.set(key, done);
      void done.then(() => (leaving.get(key) === done ? leaving.delete(key) : false));
    },
    hasReview: told.size > 0 && told.has(of.call),
    async denial(joinKey) {
      // What an earlier process told is known from the store alone.
      const { store } = context.enforcement.reviews;
      const ticket = told.get(of.call) ?? (await store.deniedReview(joinKey));
      const review = ticket === null ? null : await reviewOf(ticket, context);
      if (review === null) return null;
      const { clock, reviewUrl } = context.enforcement;
      const isDenial = review.state === "denied" || review.state === "changes_requested";
      const isRecent = clock.now() - (review.decidedAt ?? 0) < denialPinnedMs;
      return isDenial && isRecent ? reviewRefusal(review, reviewUrl(review.id)) : null;
    },
    remember(refusal) {
      if (told.size > 0) told.delete(of.call);
      if (refusal === null || refusal.review === null) return;
      const [oldest] = told.keys();
      if (told.size >= toldMax && oldest !== undefined) told.delete(oldest);
      told.set(of.call, refusal.review);
    },
  };
}

async function gone(leaving: ReadonlyMap<string, Promise<void>>, key: string): Promise<void> {
  for (let done = leaving.get(key); done !== undefined; done = leaving.get(key)) await done;
}
