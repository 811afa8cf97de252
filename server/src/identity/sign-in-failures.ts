/** Failed sign-ins of strangers, as one record for each listener and minute. */
import type { RecordDraft } from "#/core/record.ts";
import type { Clock } from "#/platform/clock.ts";
import { countTogether } from "#/platform/count-together.ts";

export type ListenerName = "api" | "mcp" | "postgres";

export interface SignInFailures {
  note(listener: ListenerName): void;
}

export interface CountedFailures extends SignInFailures {
  /** Records at once what was counted. */
  readonly close: () => Promise<void>;
}

export const aggregateMs = 60_000;

export function countSignInFailures(
  appendLater: (record: RecordDraft) => void,
  clock: Clock,
): CountedFailures {
  return countTogether<ListenerName>(aggregateMs, clock, (listener, { count, since, now }) =>
    appendLater({
      type: "sign_in.failed",
      at: now,
      action: null,
      review: null,
      body: { listener, count, since },
      payload: null,
    }),
  );
}
