/**
 * Records first: what enforcement may do with the log, and how a failure to record is told.
 *
 * Guarantees that whatever goes wrong while recording arrives as `audit.recording_failed`, so that no caller
 * can take a lost record for a success. What nobody waits for rides along with the next commit, or has one of
 * its own soon: an outcome that decides nothing any more must not cost a flush.
 */
import { GatewayError } from "#/core/errors.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import type { Store } from "#/store/store.ts";

export interface Recorder {
  /** Resolves when the records are durable. */
  append(records: readonly RecordDraft[]): Promise<void>;
  /**
   * In the order of the calls, within `laterMs`, before anything that is appended after it. What is recorded
   * with a change may overtake it on its way.
   */
  appendLater(record: RecordDraft): void;
  /** Records what is still to be appended later. */
  close(): Promise<void>;
}

/** How long a record that nobody waits for may wait for company. */
export const laterMs = 20;
export const laterRecordsMax = 256;

export function createRecorder(store: Pick<Store, "append">, clock: Clock, log: Log): Recorder {
  let later: RecordDraft[] = [];
  let oldestAt = 0;
  let isTimed = false;

  /** What was to be appended later comes first. */
  function withLater(records: readonly RecordDraft[]): readonly RecordDraft[] {
    if (later.length === 0) return records;
    const all = [...later, ...records];
    later = [];
    return all;
  }

  /** One timer for all of them: one for each would cost more than to spell the record. */
  function lookIn(ms: number): void {
    isTimed = true;
    clock.after(ms, () => {
      isTimed = false;
      const left = oldestAt + laterMs - clock.now();
      if (later.length === 0) return;
      if (left > 0) lookIn(left);
      else void flush();
    });
  }

  async function flush(): Promise<void> {
    const records = withLater([]);
    if (records.length === 0) return;
    await store.append(records).catch(() => {
      log.error("outcome.unrecorded", { records: records.length });
    });
  }

  return {
    append(records) {
      const riding = later.length;
      return recorded(store.append(withLater(records)), () => {
        if (riding > 0) log.error("outcome.unrecorded", { records: riding });
      });
    },
    appendLater(record) {
      if (later.length === 0) oldestAt = clock.now();
      later.push(record);
      if (later.length >= laterRecordsMax) void flush();
      else if (!isTimed) lookIn(laterMs);
    },
    close: flush,
  };
}

async function recorded(write: Promise<void>, lost: () => void): Promise<void> {
  try {
    await write;
  } catch (cause) {
    lost();
    throw new GatewayError(
      "audit.recording_failed",
      "The audit record could not be made durable, so the action was not done.",
      { cause },
    );
  }
}
