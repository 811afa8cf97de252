/**
 * Whether the reader can decide right now, and if not, why.
 *
 * Guarantees that what can be approved is current, wholly shown and still open, and that the reader may.
 */
import { isUnfiltered, whyOpaque } from "@countersign/sdk/facts-text";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { StreamState } from "../api/events.ts";

export interface Situation {
  readonly review: ReviewDetail;
  readonly stream: StreamState;
  readonly hasChanged: boolean;
  readonly isWhollyShown: boolean;
  readonly isDue: boolean;
}

/** `refuse` is null where a denial or a request for changes can be given, `approve` where an approval can, `edit` where an edit can. */
export interface Obstacles {
  readonly refuse: string | null;
  readonly approve: string | null;
  readonly edit: string | null;
}

/** The gateway takes no more in place of a command. */
export const editBytesMax = 64 * 1024;

export function obstacles(situation: Situation): Obstacles {
  const refuse = toRefuse(situation);
  if (refuse !== null) return { refuse, approve: refuse, edit: refuse };
  const { allowed, reason } = situation.review.mayDecide;
  if (!allowed) {
    const decide = reason ?? "You can't approve this review.";
    return { refuse, approve: decide, edit: decide };
  }
  const whole = situation.isWhollyShown
    ? null
    : "Show all of the command first: nothing can be approved that is not wholly on the screen.";
  const { review } = situation;
  return { refuse, approve: whole ?? toApproveMasked(review), edit: whole ?? toEdit(review) };
}

/** What an approver has to have seen unmasked. */
function toApproveMasked({ view, masked, facts }: ReviewDetail): string | null {
  const { mustReveal } = view;
  if (mustReveal.length === 0) return null;
  const why =
    whyOpaque(facts) === null
      ? "A rule asks that an approver has seen what is masked"
      : "The gateway can’t tell what this does, and what is masked may be part of it";
  const mayReveal = mustReveal.every((field) =>
    masked.some((part) => part.field === field && part.mayReveal),
  );
  return mayReveal
    ? `${why}: reveal ${mustReveal.length === 1 ? "it" : "that"} first.`
    : `${why}, which you may not reveal: somebody else has to approve it.`;
}

function toEdit({ attached, command, data }: ReviewDetail): string | null {
  if (data !== null) {
    return "It can’t be edited: it loads the data that came with it, which nothing else could use.";
  }
  if (!attached) {
    return "It can’t be edited while no session waits for it: an edit has its meaning from the session.";
  }
  return bytesOf(command) > editBytesMax
    ? `It is too large to be edited: an edit takes at most ${editBytesMax / 1024} KiB.`
    : null;
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function toRefuse({ review, stream, hasChanged, isDue }: Situation): string | null {
  if (hasChanged) return "The review has changed while you read it.";
  if (isDue) return "Time is up: nobody can decide on it any more.";
  if (!review.mayDecide.allowed && !review.mayDecide.refuse) {
    return review.mayDecide.reason ?? "You can't decide on this review.";
  }
  switch (stream) {
    case "live":
      return null;
    case "connecting":
      return "Asking the gateway whether this is still so …";
    case "lost":
      return "Not connected: what you see may be old.";
  }
}

/** What deserves a second look before it is approved. */
export function needsConfirmation({ environment, facts, verbs }: ReviewDetail): boolean {
  return (
    isProduction(environment) ||
    isUnfiltered(facts) ||
    whyOpaque(facts) !== null ||
    isGrave(facts) ||
    verbs.some((verb) => !ordinaryVerbs.includes(verb))
  );
}

const ordinaryVerbs: readonly string[] = ["sql.read", "sql.write", "mcp.read", "mcp.call"];

/** A tool that may do more than it is looked at for. */
function isGrave(facts: ReviewDetail["facts"]): boolean {
  if (facts.family === "sql") return false;
  const { toolClass, definition } = facts;
  return toolClass === "destructive" || toolClass === "unknown" || definition !== "pinned";
}

export function isProduction(environment: string): boolean {
  return /^prod/i.test(environment);
}
