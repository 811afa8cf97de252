/** A statement under a limit of rows while it runs: what of it passes, and what its client hears at the end. */
import type { Outcome } from "#/core/protocol.ts";
import { exceededError, exceededState, rowsUnfetchedError } from "#/proxies/postgres/present.ts";
import type { Answer } from "#/proxies/postgres/reply/expected.ts";
import {
  type Excess,
  type Limited,
  LimitedPassing,
  type RowCount,
} from "#/proxies/postgres/reply/limited.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import type { Followed } from "#/proxies/postgres/session/progress.ts";
import { refuseQuery } from "#/proxies/postgres/session/refuse.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import type { Fate } from "#/proxies/postgres/transaction.ts";
import { sayReady } from "./own-transaction.ts";

export interface Watched {
  readonly frames: LimitedPassing;
  /** What was asked to stop has been asked: a later message can't be hit by it. */
  readonly stopped: () => Promise<void>;
  /** The same fate, but for what is undone because of its rows. */
  readonly exceedable: (fate: Fate) => Fate;
}

/** What only returns rows is stopped at the first one too many; what changes them is counted to its end. */
export function watch(
  { dialogue }: SessionParts,
  classified: Classified,
  count: RowCount,
): Watched {
  let stopping: Promise<void> | null = null;
  const frames = new LimitedPassing(count, classified, () => {
    if (!classified.verbs.includes("sql.write")) stopping = dialogue.interrupt();
  });
  return {
    frames,
    stopped: async () => stopping ?? undefined,
    exceedable: (fate) => ({
      resolve: (outcome: Outcome) => {
        const isUndone = outcome.state === "failed" && frames.excess !== null;
        fate.resolve(isUndone ? { state: "exceeded", rows: frames.rows } : outcome);
      },
      lost: fate.lost,
    }),
  };
}

/** The end of a simple query that ran in no transaction of the gateway's own. */
export function endWatched(
  parts: SessionParts,
  {
    limited,
    followed,
    frames,
    answer,
  }: {
    readonly limited: Limited;
    readonly followed: Followed;
    readonly frames: LimitedPassing;
    readonly answer: Answer;
  },
): void {
  const { progress } = parts;
  const { excess } = frames;
  const status = answer.status ?? "idle";
  if (excess === null) {
    followed.onAnswer(answer);
    progress.ready(answer, answer.error !== null);
    return sayReady(parts, frames.takeWithheld(), status);
  }
  followed.onAnswer(failed(answer));
  const error = errorOf(limited, frames, excess);
  if (status === "transaction") return refuseQuery(parts, error);
  progress.ready(answer, true);
  sayReady(parts, error, status);
}

export function failed(answer: Answer): Answer {
  return { ...answer, error: answer.error ?? exceededState };
}

export function errorOf(limited: Limited, frames: LimitedPassing, excess: Excess): Buffer {
  return excess === "unfetched" ? rowsUnfetchedError(limited) : exceededError(limited, frames.rows);
}
