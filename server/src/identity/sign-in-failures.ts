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

export const aggregateMs = 60_000;

export function countSignInFailures(
  appendLater: (record: RecordDraft) => void,
  clock: Clock,
): SignInFailures {
  const counts = new Map<ListenerName, { readonly since: number; count: number }>();
  const record = (listener: ListenerName) => {
    const { since, count } = counts.get(listener) ?? { since: 0, count: 0 };
    counts.delete(listener);
    appendLater({
      type: "sign_in.failed",
      at: clock.now(),
      action: null,
      review: null,
      body: { listener, count, since: new Date(since).toISOString() },
      payload: null,
    });
  };
  return {
    note(listener) {
      const known = counts.get(listener);
      if (known !== undefined) {
        known.count += 1;
        return;
      }
      counts.set(listener, { since: clock.now(), count: 1 });
      clock.after(aggregateMs, () => record(listener));
    },
  };
}
