/**
 * Notes on the review of an action that waits in an open transaction since when that is open, what it locks and who
 * waits for it: the price of the wait, which others pay.
 *
 * Guarantees that neither the wait nor a verdict waits for it. A failure is a number that is not known.
 */
import { errorCodeOf } from "#/core/errors.ts";
import type { ReviewId } from "#/core/ids.ts";
import type { OpenTransaction } from "#/core/open-transaction.ts";
import type { Attempt } from "#/core/protocol.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { applyEvent } from "#/review/life.ts";

/** Between two looks at one transaction, whoever asks. */
const blocksEveryMs = 5_000;

export interface TransactionWatch {
  /** Looks again who waits for it, unless that was just done. */
  look(): void;
  stop(): void;
}

export function watchTransaction(
  id: ReviewId,
  attempt: Attempt,
  opened: OpenTransaction | null,
  deps: EnforcementDeps,
): TransactionWatch {
  if (opened === null) return { look: () => {}, stop: () => {} };
  const stopping = new AbortController();
  const { signal } = stopping;
  let isLooking = false;
  let known = opened;

  const note = async (transaction: OpenTransaction) => {
    known = transaction;
    const { caller } = attempt;
    await applyEvent(deps.reviews, id, { kind: "transaction", caller, transaction });
  };
  const lookAgain = async () => {
    const blocks = await attempt.blocks({ review: id, signal }).catch((error: unknown) => {
      if (!signal.aborted) logFailure(id, error, deps);
      return null;
    });
    if (!signal.aborted) await note({ ...known, blocks, at: deps.clock.now() });
  };
  void note(opened).catch((error: unknown) => logFailure(id, error, deps));

  return {
    look() {
      if (isLooking || signal.aborted || deps.clock.now() - known.at < blocksEveryMs) return;
      isLooking = true;
      void lookAgain()
        .catch((error: unknown) => logFailure(id, error, deps))
        .finally(() => {
          isLooking = false;
        });
    },
    stop: () => stopping.abort(),
  };
}

function logFailure(reviewId: ReviewId, error: unknown, { log }: EnforcementDeps): void {
  log.warn("transaction.unread", { reviewId, code: errorCodeOf(error) });
}
