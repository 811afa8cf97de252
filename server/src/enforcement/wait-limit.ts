/** How long a caller is kept at most: the least of what the gateway, its transaction and its session bear. */
import type { Standing, WaitLimit } from "#/core/protocol.ts";
import type { EnforcementDeps } from "./deps.ts";

export function waitLimit(
  { transaction, limit }: Standing,
  { holdMaxMs, holdInTransactionMaxMs }: EnforcementDeps,
): WaitLimit {
  const limits: readonly WaitLimit[] = [
    ...(limit === null ? [] : [limit]),
    ...(transaction === null
      ? []
      : [{ ms: holdInTransactionMaxMs, by: "The gateway's limit for a wait in a transaction" }]),
    { ms: holdMaxMs, by: "The gateway's limit for a wait" },
  ];
  return limits.reduce((least, each) => (each.ms < least.ms ? each : least));
}
