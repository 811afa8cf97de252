/**
 * Records first: what enforcement may do with the log, and how a failure to record is told.
 *
 * Guarantees that whatever goes wrong while recording arrives as `audit.recording_failed`, so that no
 * caller can take a lost record for a success.
 */
import { GatewayError } from "#/core/errors.ts";
import type { Store } from "#/store/store.ts";

export type Recorder = Pick<Store, "append" | "beginExecution" | "endExecution">;

export function createRecorder(store: Store): Recorder {
  return {
    append: (records) => recorded(store.append(records)),
    beginExecution: (execution, records) => recorded(store.beginExecution(execution, records)),
    endExecution: (action, records) => recorded(store.endExecution(action, records)),
  };
}

async function recorded<Result>(write: Promise<Result>): Promise<Result> {
  try {
    return await write;
  } catch (cause) {
    throw new GatewayError(
      "audit.recording_failed",
      "The audit record could not be made durable, so the action was not done.",
      { cause },
    );
  }
}
