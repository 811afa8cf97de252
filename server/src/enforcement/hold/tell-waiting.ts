/**
 * What a caller hears while it waits: for whom, where and how much longer; and what happens meanwhile.
 *
 * Guarantees that it hears at once of whatever changes what it waits for, and otherwise seldom: after a minute,
 * then every five, and a minute before the end.
 */
import type { Attempt, Standing, Told } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { approvalsThatCount } from "#/review/eligibility.ts";
import { satisfied } from "#/review/quorum.ts";
import type { WaitingTime } from "./waiting.ts";

const remindFirstMs = 60_000;
export const remindEveryMs = 5 * 60_000;
const remindBeforeEndMs = 60_000;
/** Reminders that fall due within this of each other are told as one. */
const remindApartMs = 30_000;

export interface Telling {
  /** To be called with every version that waits. Says what is new about it, if anything is. */
  tell(review: Review): void;
  /** Until the next `tell` nobody is reminded. */
  pause(): void;
}

/** `onReminder` is called with each reminder, for what need not be looked at more often than that. */
export function tellWaiting(
  attempt: Attempt,
  { transaction }: Standing,
  { from, until }: WaitingTime,
  onReminder: () => void,
  deps: EnforcementDeps,
): Telling {
  const { clock } = deps;
  let last: Review | null = null;
  let stopClock: (() => void) | null = null;

  const say = (review: Review, news: string | null) => {
    attempt.held(review, {
      news,
      missing: missingOf(review, deps),
      leftMs: Math.max(0, until - clock.now()),
      inTransaction: transaction !== null,
    });
  };

  const arm = () => {
    const inMs = nextReminderMs(clock.now() - from, until - from);
    if (inMs === null) return;
    stopClock = clock.after(inMs, () => {
      stopClock = null;
      if (last !== null) say(last, null);
      onReminder();
      arm();
    });
  };

  return {
    tell(review) {
      const news = last === null ? [] : newsOf(last, review, deps);
      if (last === null || news.length > 0) say(review, news.length === 0 ? null : news.join(" "));
      last = review;
      if (stopClock === null) arm();
    },
    pause() {
      stopClock?.();
      stopClock = null;
    },
  };
}

/** From here on, of a wait that has gone on for `pastMs` of its `wholeMs`; null where there is none any more. */
export function nextReminderMs(pastMs: number, wholeMs: number): number | null {
  const rounds = Math.max(0, Math.floor((pastMs - remindFirstMs) / remindEveryMs) + 1);
  const regular = remindFirstMs + rounds * remindEveryMs;
  const last = wholeMs - remindBeforeEndMs;
  if (regular + remindApartMs <= last) return regular - pastMs;
  return last > pastMs ? last - pastMs : null;
}

function missingOf(review: Review, { reviews }: EnforcementDeps): Told["missing"] {
  const approvals = approvalsThatCount(review, reviews.people);
  return satisfied(review.obligations, approvals).slots.flatMap(({ group, needed, given }) =>
    given.length < needed ? [{ group, needed: needed - given.length }] : [],
  );
}

/** In sentences. Verdicts that end the wait are told by its end. */
function newsOf(before: Review, after: Review, { reviews }: EnforcementDeps): readonly string[] {
  const known = new Set(approvalsThatCount(before, reviews.people).map(({ person }) => person));
  const approvals = approvalsThatCount(after, reviews.people)
    .filter(({ person }) => !known.has(person))
    .map(({ person }) => after.verdicts.findLast((each) => each.person.id === person)?.person.name);
  const waitsAnew = after.digest !== before.digest || after.note !== before.note;
  return [
    ...(waitsAnew && after.note !== null ? [after.note] : []),
    ...approvals.map((name) => `${name ?? "Somebody"} approved it.`),
  ];
}
