/** A review's document as it is stored, sealed, and what documents of earlier versions mean. */
import { GatewayError } from "#/core/errors.ts";
import type { ReviewId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import type { Sealer } from "#/store/ledger.ts";

export interface ReviewRow {
  readonly id: ReviewId;
  readonly version: number;
  readonly document: Uint8Array;
}

/** What documents from before a field was added mean by its absence. */
const laterFields = {
  overrides: [],
  reveals: [],
  asked: null,
  effect: null,
  transaction: null,
  touched: null,
  reads: null,
  voidedBy: null,
} as const;
const laterVerdictFields = {
  vouchers: [],
  rowsMax: null,
  rowsMeasured: null,
  revealed: [],
} as const;
const laterObligations = { rows: null, masks: [], reveals: [] } as const;
const laterEffect = { sample: null } as const;
const laterFacts = { uncounted: null, maskedUse: true } as const;
const laterCallFacts = { flags: [], saysOpenWorld: false } as const;

/** A sealed document that was moved to another row is as bad as a broken one. */
export function openReview({ id, version, document }: ReviewRow, sealer: Sealer): Review {
  try {
    const stored = JSON.parse(Buffer.from(sealer.open(document)).toString()) as Review;
    const verdicts = stored.verdicts.map((verdict) => ({ ...laterVerdictFields, ...verdict }));
    const obligations = { ...laterObligations, ...stored.obligations };
    const { facts: known } = stored.action;
    const facts =
      known.family === "sql" ? { ...laterFacts, ...known } : { ...laterCallFacts, ...known };
    const action = { ...stored.action, facts };
    const effect = stored.effect ? { ...laterEffect, ...stored.effect } : null;
    const review = { ...laterFields, ...stored, action, obligations, verdicts, effect };
    if (review.id === id && review.version === version) return review;
  } catch (cause) {
    throw unreadableReview(id, cause);
  }
  throw unreadableReview(id, "the document is another review's");
}

function unreadableReview(id: ReviewId, cause: unknown): GatewayError {
  return new GatewayError("store.unreadable", "A stored review can't be read.", {
    details: { review: id },
    cause,
  });
}
