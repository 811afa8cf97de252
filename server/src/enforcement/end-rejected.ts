/**
 * What a person's rejection of a tool's definition means for the calls of it that wait: they end at once, and so do approvals that nobody has
 * used yet. Who waits is told, and nobody is asked about them any more.
 *
 * Guarantees, with the look that `hold` takes at what is called once its review is open, that in whatever order the two come none is left
 * waiting. What was claimed before runs.
 */
import { ownReason } from "#/core/decision.ts";
import { errorCodeOf } from "#/core/errors.ts";
import type { Digest } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import { applyEvent } from "#/review/life.ts";
import type { Denial } from "./deny.ts";
import type { EnforcementDeps } from "./deps.ts";

export interface RejectedTool {
  readonly connection: string;
  readonly tool: string;
  /** Who has rejected it, by name. */
  readonly person: string;
}

/** Never rejects: what could not be ended is denied at its claim. */
export async function endRejected(
  rejected: RejectedTool,
  { reviews, log }: Pick<EnforcementDeps, "reviews" | "log">,
): Promise<void> {
  try {
    for (const id of await reviews.store.openReviews(rejected.connection)) {
      const review = await reviews.store.review(id);
      if (review === null || !calls(review, rejected.tool)) continue;
      const decision = rejection(review.policySet, rejected.person);
      await applyEvent(reviews, id, { kind: "void", decision });
    }
  } catch (error) {
    const { connection } = rejected;
    log.error("rejection.unfinished", { connection, code: errorCodeOf(error) });
  }
}

/** As a decision; `person` is null where it is not known who has rejected it. */
export function rejection(policySet: Digest, person: string | null): Denial {
  const text = `${person ?? "A person"} has rejected how this tool is defined by its server.`;
  return { effect: "deny", cause: "rejected", reasons: [ownReason(text)], policySet };
}

function calls({ action: { facts } }: Review, tool: string): boolean {
  return facts.family === "mcp" && facts.method === "tools/call" && facts.name === tool;
}
