/**
 * Composition root of the store's thread: hashing, encryption and flushing happen here, off the event loop
 * that serves agents. Only ever run as a worker (`openSqliteStore`).
 */
import assert from "node:assert/strict";
import { parentPort, workerData } from "node:worker_threads";
import { createJournalCipher } from "#/audit/journal-cipher.ts";
import type { GatewayKeys } from "#/audit/keys.ts";
import { createLedger } from "#/audit/ledger.ts";
import { checkLogStart } from "#/audit/log-start.ts";
import { createSealer } from "#/audit/sealer.ts";
import { openSqliteEngine, type SqliteEngine } from "#/store/sqlite/engine.ts";
import { renewSegments, replayJournal } from "#/store/sqlite/journal/replay.ts";
import { serveEngine } from "#/store/sqlite/worker.ts";

/** What `main` hands over as `workerData`. */
export interface WriterData
  extends Pick<
    GatewayKeys,
    "origin" | "signingKey" | "verifierKey" | "payloadKey" | "sealerKey" | "journalKey"
  > {
  readonly dir: string;
}

assert(parentPort !== null, "writer.ts is a worker's code");
serveEngine(parentPort, () => openEngine(workerData as WriterData));

function openEngine({ dir, ...keys }: WriterData): SqliteEngine {
  const engine = openSqliteEngine({
    dir,
    ledger: createLedger(keys),
    sealer: createSealer(keys.sealerKey),
  });
  const cipher = createJournalCipher(keys.journalKey);
  try {
    checkLogStart(
      engine.log.head(),
      (level, index) => engine.log.node({ level, index }),
      keys.verifierKey,
    );
    replayJournal(engine, dir, cipher);
  } catch (error) {
    engine.close();
    throw error;
  }
  return {
    ...engine,
    close() {
      // All of it is in the log: what the segments still hold is for nobody any more.
      if (engine.degraded() === null) renewSegments(engine, cipher);
      engine.close();
    },
  };
}
