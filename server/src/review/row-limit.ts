/**
 * How many rows an approved action may touch: the least of what its rules say, what its approvers set, and what
 * they were shown as measured.
 *
 * Every approval of exactly this action counts here, also one that no longer fills a slot: who leaves takes no
 * limit away.
 */
import type { ReviewId } from "#/core/ids.ts";
import type { Review, Verdict } from "#/core/review.ts";
import type { RowLimit } from "#/core/row-limit.ts";
import { isOnThisAction } from "./eligibility.ts";

export function rowLimit(review: Review): RowLimit | null {
  const { rows } = review.obligations;
  const rule: RowLimit[] =
    rows === null
      ? []
      : [{ max: rows.max, review: review.id, by: { kind: "rule", policy: rows.policy } }];
  return least([...rule, ...approvedSizes(review)]);
}

/** What the approvals alone allow; null where none of them speaks of rows. */
export function approvedSize(review: Review): RowLimit | null {
  return least(approvedSizes(review));
}

function approvedSizes(review: Review): readonly RowLimit[] {
  return review.verdicts
    .filter((verdict) => verdict.kind === "approve" && isOnThisAction(review, verdict))
    .flatMap((verdict) => sizeOf(verdict, review.id));
}

/** An approver's own number stands in for the one on the card. */
function sizeOf(
  { person: { name }, rowsMax, rowsMeasured }: Verdict,
  review: ReviewId,
): readonly RowLimit[] {
  if (rowsMax !== null) return [{ max: rowsMax, review, by: { kind: "reviewer", name } }];
  if (rowsMeasured !== null) return [{ max: rowsMeasured, review, by: { kind: "measured", name } }];
  return [];
}

/** The lowest; of equal ones the first, which is the rule, then the earliest approval. */
function least(limits: readonly RowLimit[]): RowLimit | null {
  return limits.toSorted((one, other) => one.max - other.max)[0] ?? null;
}
