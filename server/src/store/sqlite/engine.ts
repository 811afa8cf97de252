/**
 * The embedded engine: one SQLite database, written by group commit.
 *
 * Guarantees that a group's outcome is returned only after its one flush; that a verb which fails for its
 * own reason leaves nothing behind and spoils nothing for the others; and that any error of SQLite itself
 * fails the whole group and degrades the engine for good. After a failed flush nobody knows what the disk
 * holds, and a second flush that succeeds proves nothing, so none is tried.
 *
 * Synchronous: whoever must not wait for a disk runs it in a thread of its own (`worker.ts`).
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { inspect } from "node:util";
import { GatewayError } from "#/core/errors.ts";
import type { Ledger, Sealer, SpelledRecord } from "#/store/ledger.ts";
import { busyTimeoutMs, openDatabase } from "./database.ts";
import { prepareExecutionMarks } from "./execution-rows.ts";
import { failure, failureOf } from "./failure.ts";
import { ensurePrivateFile, prepareFolder, storeFiles } from "./folder.ts";
import { lockFolder } from "./lock.ts";
import { openLogGrowth } from "./log-growth.ts";
import { prepareLogMoves } from "./log-moves.ts";
import { type LogReader, prepareLogReader } from "./log-rows.ts";
import { migrate } from "./migrate.ts";
import { prepareReads } from "./reads.ts";
import { spelledBytes } from "./record-bytes.ts";
import { isConstraint, isSqliteError } from "./sqlite-error.ts";
import type {
  Failure,
  Ingestion,
  ReadOutcome,
  ReadVerb,
  SpelledWrite,
  WriteOutcome,
  WriteVerb,
} from "./verbs.ts";
import { prepareWrites } from "./writes.ts";

export interface SqliteEngineOptions {
  readonly dir: string;
  readonly ledger: Ledger;
  readonly sealer: Sealer;
}

export interface SqliteEngine {
  /** Makes the verbs durable together, in order, and says what became of each. Never throws. */
  commit(writes: readonly (SpelledWrite | Ingestion)[]): readonly WriteOutcome[];
  read(read: ReadVerb): ReadOutcome;
  /** The log as it is stored, for whoever checks it before the first commit. */
  readonly log: LogReader;
  /** The number of the latest change of a review. */
  changed(): number;
  /** The number of the journal's last frame that is in the log. */
  ingested(): number;
  /** Of the log. */
  size(): number;
  /** As it is stored, for whoever goes on with it. */
  journal(): JournalState;
  /** Why nothing more is written, in words that are safe to show; null while all is well. */
  degraded(): string | null;
  /**
   * Moves what the write-ahead log holds into the database, when that is due (`log-moves.ts`), which is sooner
   * while nothing waits to be committed. For between groups.
   */
  checkpoint(isIdle: boolean): void;
  close(): void;
}

export interface JournalState {
  readonly ingested: number;
  /** Of the log. */
  readonly size: number;
  /** Of each segment's present life, in hex; none before the first. */
  readonly salts: readonly string[];
}

/** What a commit writes besides its records: the pages that every commit changes. */
const commitBytes = 32 * 1024;

export function openSqliteEngine({ dir, ledger, sealer }: SqliteEngineOptions): SqliteEngine {
  const files = storeFiles(dir);
  prepareFolder(dir);
  let letGo: readonly (() => void)[] = [];
  const close = () => {
    for (const release of letGo) release();
    letGo = [];
  };
  try {
    const lock = lockFolder(files);
    letGo = [lock.release];
    ensurePrivateFile(files.database);
    const db = openDatabase(files.database);
    letGo = [() => db.close(), lock.release];
    migrate(db);
    return runEngine(db, ledger, sealer, close);
  } catch (cause) {
    close();
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError("store.unreadable", "The data folder can't be opened.", {
      details: { dir },
      cause,
    });
  }
}

/** They take a vault's key and values away. */
const erasing: ReadonlySet<WriteVerb["verb"]> = new Set(["openVault", "endVaults"]);

/** What one group has gathered so far. */
interface Group {
  readonly records: SpelledRecord[];
  changed: number;
  ingested: number;
}

function runEngine(
  db: DatabaseSync,
  ledger: Ledger,
  sealer: Sealer,
  close: () => void,
): SqliteEngine {
  const log = prepareLogReader(db);
  const apply = prepareWrites(db, sealer);
  const answerRead = prepareReads(db, log, sealer);
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commitAll = db.prepare("COMMIT");
  const savepoint = db.prepare("SAVEPOINT verb");
  const release = db.prepare("RELEASE verb");
  const rollbackVerb = db.prepare("ROLLBACK TO verb");
  const moves = prepareLogMoves(db, busyTimeoutMs);

  const growth = openLogGrowth(db, ledger, log);
  const noteExecutions = prepareExecutionMarks(db);
  let { changed } = log.head();
  let ingested = Number(db.prepare("SELECT ingested FROM head").get()?.["ingested"]);
  const salts = db.prepare("SELECT salt FROM journal_segments ORDER BY segment");
  let degraded: string | null = null;

  function commit(writes: readonly (SpelledWrite | Ingestion)[]): readonly WriteOutcome[] {
    if (degraded !== null) return failAll(writes, failure("store.degraded", degraded));
    try {
      return commitGroup(writes);
    } catch (cause) {
      degrade(cause);
      return failAll(writes, failure("audit.recording_failed", inspect(cause)));
    }
  }

  function commitGroup(writes: readonly (SpelledWrite | Ingestion)[]): readonly WriteOutcome[] {
    begin.run();
    const group: Group = { records: [], changed, ingested };
    const outcomes = writes.map((write) =>
      write.verb === "ingest" ? ingest(write, group) : attempt(write, group),
    );
    const isLonger = group.records.length > 0;
    if (isLonger || group.changed > changed || group.ingested > ingested) {
      growth.grow(group.records, group);
    }
    noteExecutions(group.records);
    commitAll.run();
    // Only now: what was not committed must not be remembered.
    growth.committed();
    ({ changed, ingested } = group);
    moves.grown(commitBytes + growth.takeBytes());
    if (writes.some(({ verb }) => verb === "endVaults")) moves.finishErasure();
    return outcomes;
  }

  /** One verb; its state change and its records, or neither. */
  function attempt(write: SpelledWrite, group: Group): WriteOutcome {
    const { changed: changedBefore } = group;
    const recordsBefore = group.records.length;
    // What an append's records change is noted when the group is whole: here there is nothing to be rolled back.
    const changesState = write.verb !== "append";
    if (changesState) savepoint.run();
    try {
      const { answer, tookEffect } = apply(write, () => (group.changed += 1));
      if (tookEffect) {
        if (erasing.has(write.verb)) moves.erased();
        const own = write.spelled ?? write.records.map((each) => spelledBytes(ledger.spell(each)));
        group.records.push(...own);
      }
      if (changesState) release.run();
      return { answer, failure: null };
    } catch (cause) {
      if (isSqliteError(cause) && !isConstraint(cause)) throw cause;
      group.records.length = recordsBefore;
      group.changed = changedBefore;
      if (changesState) {
        rollbackVerb.run();
        release.run();
      }
      return { answer: null, failure: failureOf(cause) };
    }
  }

  /** Was acknowledged before, so it can't fail alone: whatever is wrong with it stops everything. */
  function ingest({ first, last, records }: Ingestion, group: Group): WriteOutcome {
    assert.equal(first, group.ingested + 1, "the journal's frames come in order, each once");
    assert(last >= first);
    group.ingested = last;
    for (const record of records) group.records.push(record);
    return { answer: null, failure: null };
  }

  function degrade(cause: unknown): void {
    degraded = isSqliteError(cause)
      ? `The database could not be written: ${cause.errstr}.`
      : "The log could not be extended.";
    try {
      if (db.isTransaction) db.exec("ROLLBACK");
    } catch {
      // Told by `isTransaction`, which then stays true: see `read`.
    }
  }

  function read(verb: ReadVerb): ReadOutcome {
    // A group that could not even be rolled back would be visible to this connection.
    if (db.isTransaction) return { failure: failure("store.degraded", degraded) };
    try {
      return { answer: answerRead(verb) };
    } catch (cause) {
      return { failure: failureOf(cause, "store.unreadable") };
    }
  }

  return {
    commit,
    read,
    log,
    changed: () => changed,
    ingested: () => ingested,
    size: growth.size,
    journal: () => ({
      ingested,
      size: growth.size(),
      salts: salts.all().map(({ salt }) => String(salt)),
    }),
    degraded: () => degraded,
    checkpoint(isIdle) {
      if (degraded !== null) return;
      try {
        moves.moveIfDue(isIdle);
      } catch (cause) {
        degrade(cause);
      }
    },
    close,
  };
}

function failAll(writes: readonly unknown[], why: Failure): readonly WriteOutcome[] {
  return writes.map(() => ({ answer: null, failure: why }));
}
