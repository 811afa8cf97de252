import type { Outcome } from "#/core/protocol.ts";
import type { Fate } from "#/proxies/postgres/transaction.ts";
import type { MaskedRun } from "./masked-run.ts";

/** The same fate, with what was masked of the answer so far. */
export function countMasked(fate: Fate, masked: MaskedRun | null): Fate {
  if (masked === null) return fate;
  return {
    resolve: (outcome) => fate.resolve(withCounts(outcome, masked)),
    lost: fate.lost,
  };
}

function withCounts(outcome: Outcome, { counts }: MaskedRun): Outcome {
  if (outcome.state !== "executed" && outcome.state !== "executed_uncommitted") return outcome;
  if (counts.size === 0) return outcome;
  const sorted = [...counts].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return { ...outcome, masked: Object.fromEntries(sorted) };
}
