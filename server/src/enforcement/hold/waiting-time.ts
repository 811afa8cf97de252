/** How long a caller is kept waiting at most: the shortest of the limits of the gateway, its transaction and its session. */
import type { Standing, WaitLimit } from "#/core/protocol.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import type { WaitingTime } from "./waiting.ts";

/** The time that is left, from now on. */
export function waitingTime(
  { transaction, limit }: Standing,
  { clock, holdMaxMs, holdInTransactionMaxMs }: EnforcementDeps,
): WaitingTime {
  const limits: readonly WaitLimit[] = [
    ...(limit === null ? [] : [limit]),
    ...(transaction === null
      ? []
      : [{ ms: holdInTransactionMaxMs, by: "The gateway's limit for a wait in a transaction" }]),
    { ms: holdMaxMs, by: "The gateway's limit for a wait" },
  ];
  const least = limits.reduce((one, other) => (other.ms < one.ms ? other : one));
  const from = clock.now();
  return { from, until: from + least.ms, limit: least };
}
