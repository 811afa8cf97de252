/** Wakes those who wait for a change beyond the one that they know. */
import { GatewayError } from "#/core/errors.ts";

export interface ChangeSignal {
  /** The latest change has this number. */
  moved(change: number): void;
  /** Resolves all waiting of now, although nothing has changed. */
  stir(): void;
  /** Ends all waiting, now and later, with this error, unless it has ended already. */
  end(error: () => GatewayError): void;
  /** Resolves as soon as there is a change after `cursor`, or `signal` aborts. */
  after(cursor: number, signal: AbortSignal): Promise<void>;
}

/** Who may wait at a time. Above: `store.busy`. */
const changeWaitersMax = 10_000;

export function createChangeSignal(latest: number): ChangeSignal {
  let change = latest;
  let throwIfEnded: (() => void) | null = null;
  const waiters = new Set<() => void>();

  function wake(): void {
    // Each takes itself out, which a set allows while it is walked.
    for (const waiter of waiters) waiter();
  }

  return {
    moved(to) {
      if (to <= change) return;
      change = to;
      wake();
    },
    stir: wake,
    end(error) {
      throwIfEnded ??= () => {
        throw error();
      };
      wake();
    },
    async after(cursor, signal) {
      throwIfEnded?.();
      if (change > cursor || signal.aborted) return;
      if (waiters.size >= changeWaitersMax) {
        throw new GatewayError("store.busy", "Too many callers wait for changes.");
      }
      await new Promise<void>((resolve) => {
        const leave = () => {
          waiters.delete(leave);
          signal.removeEventListener("abort", leave);
          resolve();
        };
        waiters.add(leave);
        signal.addEventListener("abort", leave, { once: true });
      });
      throwIfEnded?.();
    },
  };
}
