/** What those who decide were told beside the action itself. */
import type { Effect } from "#/core/effect.ts";
import type { OpenTransaction } from "#/core/open-transaction.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Reveal, Review } from "#/core/review.ts";
import type { Touched } from "#/core/touched.ts";
import { reviewRecord } from "./review-record.ts";

/** What those who decide were told of its effect, and since when. */
export function reviewEffectRecord(
  review: Review,
  { basis, rows }: Effect,
  at: number,
): RecordDraft {
  return reviewRecord("review.effect_noted", review, at, { basis, rows });
}

/** What those who decide were told that it touches. */
export function reviewTouchedRecord(
  review: Review,
  { relations, relationsMore }: Touched,
  at: number,
): RecordDraft {
  const columns = relations?.flatMap((relation) => relation.columns) ?? [];
  return reviewRecord("review.touched_noted", review, at, {
    relations: relations === null ? null : relations.length + relationsMore,
    sensitive: relations === null ? null : columns.filter(({ sensitive }) => sensitive).length,
  });
}

/** In what transaction its caller waits. The names of what it locks are told to those who decide, and not kept. */
export function reviewTransactionRecord(
  review: Review,
  { since, locks, locksMore, blocks }: OpenTransaction,
  at: number,
): RecordDraft {
  const count = locks === null ? null : locks.length + locksMore;
  return reviewRecord("review.transaction_noted", review, at, { since, locks: count, blocks });
}

/** That a person is shown what was masked, before they are: which field and what was found there, never the value. */
export function valueRevealedRecord(
  review: Review,
  { person, field, entities }: Reveal,
  name: string,
  at: number,
): RecordDraft {
  const body = { person, field, entities: [...entities] };
  return reviewRecord("value.revealed", review, at, body, { name });
}
