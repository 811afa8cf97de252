/** How the data of a COPY FROM STDIN that was sent gets to the upstream, and what its outcome says of it. */
import type { DataIdentity } from "#/core/digest.ts";
import type { Outcome } from "#/core/protocol.ts";
import type { Fate } from "#/proxies/postgres/transaction.ts";

export interface Loading {
  /** The upstream asks for the data. */
  begin(): void;
  /** The upstream has answered, or is lost: no more is sent than the rest of a message that it has a part of. */
  stop(): void;
  /** Resolves when nothing more of it will be sent. Never rejects. */
  readonly done: Promise<void>;
  /** The end of the data was sent, so that it may have been loaded. */
  readonly isWhole: boolean;
  /** What was sent, where the action itself does not say it; null where it does. */
  readonly sent: DataIdentity | null;
}

/** Data that never ended was never loaded, also where the upstream is lost before it says so. */
export function loadingFate(loading: Loading, fate: Fate): Fate {
  return {
    resolve: (outcome) => {
      loading.stop();
      fate.resolve(withData(outcome, loading.sent));
    },
    lost: (cause) => {
      loading.stop();
      if (loading.isWhole) fate.lost(cause);
      else fate.resolve(notWhole);
    },
  };
}

function withData(outcome: Outcome, data: DataIdentity | null): Outcome {
  const isDone = outcome.state !== "failed" && outcome.state !== "exceeded";
  return isDone && data !== null ? { ...outcome, data } : outcome;
}

const notWhole: Outcome = { state: "failed", detail: "its data never ended" };
