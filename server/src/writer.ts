/**
 * Composition root of the store's thread: hashing, encryption and flushing happen here, off the event loop
 * that serves agents. Only ever run as a worker (`openSqliteStore`).
 */
import assert from "node:assert/strict";
import { parentPort, workerData } from "node:worker_threads";
import type { GatewayKeys } from "#/audit/keys.ts";
import { createLedger } from "#/audit/ledger.ts";
import { checkLogStart } from "#/audit/log-start.ts";
import { createSealer } from "#/audit/sealer.ts";
import { openSqliteEngine, type SqliteEngine } from "#/store/sqlite/engine.ts";
import { serveEngine } from "#/store/sqlite/worker.ts";

/** What `main` hands over as `workerData`. */
export interface WriterData
  extends Pick<GatewayKeys, "origin" | "signingKey" | "verifierKey" | "payloadKey" | "sealerKey"> {
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
  try {
    checkLogStart(
      engine.log.head(),
      (level, index) => engine.log.node({ level, index }),
      keys.verifierKey,
    );
  } catch (error) {
    engine.close();
    throw error;
  }
  return engine;
}
