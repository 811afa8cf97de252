/** The record of an allowed read, as the measurements of the store append it. */
import type { ActionId, Digest } from "../server/src/core/ids.ts";
import type { RecordDraft } from "../server/src/core/record.ts";

export const digest = "ab".repeat(32) as Digest;

/** `at` numbers the action and is its moment, in milliseconds after a fixed one. */
export function decidedRecord(
  at: number,
  agent: string,
  payload: RecordDraft["payload"],
): RecordDraft {
  return {
    type: "action.allowed",
    at: 1_790_000_000_000 + at,
    action: `act_01${String(at).padStart(24, "0")}` as ActionId,
    review: null,
    body: {
      connection: "shop",
      digest,
      environment: "production",
      obligations: { assurance: "session", quorum: [], ttlMs: 14_400_000, validMs: 300_000 },
      onBehalfOf: null,
      policies: ["reads-run"],
      policySet: digest,
      principal: { kind: "agent", name: agent },
      revision: 1,
      verbs: ["sql.read"],
    },
    payload,
  };
}
