/**
 * Failed sign-ins of strangers, as one record for each listener and minute: they must leave a trace, but how
 * many records there are must not be for strangers to choose (SEMANTICS §5).
 */
import type { RecordDraft } from "#/core/record.ts";
import type { Clock } from "#/platform/clock.ts";

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
  const counts = new Map<ListenerName, { count: number; readonly record: () => void }>();
  return {
    note(listener) {
      const known = counts.get(listener);
      if (known !== undefined) {
        known.count += 1;
        return;
      }
      const since = new Date(clock.now()).toISOString();
      const record = () => {
        stopClock();
        counts.delete(listener);
        appendLater({
          type: "sign_in.failed",
          at: clock.now(),
          action: null,
          review: null,
          body: { listener, count: counted.count, since },
          payload: null,
        });
      };
      const counted = { count: 1, record };
      const stopClock = clock.after(aggregateMs, record);
      counts.set(listener, counted);
    },
    async close() {
      for (const { record } of counts.values()) record();
    },
  };
}
