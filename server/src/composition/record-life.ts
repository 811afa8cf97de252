/** What the log holds of the process itself: what it runs by, what it found, that it has stopped. */
import { policyActivatedRecord } from "#/audit/records.ts";
import type { Config } from "#/config/load.ts";
import type { RecordDraft, RecordType } from "#/core/record.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import { version } from "#/platform/version.ts";
import type { Policy } from "#/policy/evaluate.ts";
import type { Settled } from "#/review/settle.ts";
import type { Store } from "#/store/store.ts";

export interface Start {
  readonly config: Pick<Config, "digest">;
  readonly policy: Pick<Policy, "digest" | "reasons">;
  /** Of what an earlier process left. */
  readonly settled: Settled;
}

/** Durable before anything runs. The result records the end. */
export async function recordLife(
  { config, policy, settled }: Start,
  { store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Log },
): Promise<() => Promise<void>> {
  await store.append([
    processRecord("gateway.started", { version, ...settled }, clock.now()),
    processRecord("config.loaded", { config: config.digest }, clock.now()),
    policyActivatedRecord(policy.digest, policy.reasons, clock.now()),
  ]);
  log.info("gateway.settled", { ...settled });
  return async () => {
    const stopped = processRecord("gateway.stopped", {}, clock.now());
    await store.append([stopped]).catch(() => log.error("stop.unrecorded"));
  };
}

/** What concerns no action. */
function processRecord(type: RecordType, body: RecordDraft["body"], at: number): RecordDraft {
  return { type, at, action: null, review: null, body, payload: null };
}
