/**
 * When what the write-ahead log holds is moved into the database: when it has grown, sooner while nobody waits, and when something in it
 * has been erased.
 *
 * Guarantees that what was erased is in no older copy of a page in the log, once the log could be emptied; where somebody reads the
 * database from outside it can't be, and is tried again at the next erasure, without a wait.
 */
import type { DatabaseSync } from "node:sqlite";

/** About how much the write-ahead log may hold before it is moved: more is a longer pause, less a second
 * write for pages that would have changed again. */
const logBytesMax = 4 * 1024 * 1024;
/** From how much on it is moved while nobody waits, which makes pauses while somebody does rare. */
const idleLogBytesMin = 1024 * 1024;

export interface LogMoves {
  grown(bytes: number): void;
  /** Older copies of what is gone from the database may be in the log. */
  erased(): void;
  /** They are to be gone, too. */
  finishErasure(): void;
  /** Throws what SQLite says. For between groups. */
  moveIfDue(isIdle: boolean): void;
}

export function prepareLogMoves(db: DatabaseSync, busyTimeoutMs: number): LogMoves {
  const move = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  const empty = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  let bytes = 0;
  // What a process before this one has erased may be in the log that it left.
  let holdsErased = true;
  let isErasureDue = false;

  function tryToEmpty(): void {
    isErasureDue = false;
    db.exec("PRAGMA busy_timeout = 0");
    try {
      if (empty.get()?.["busy"] !== 0) return;
      holdsErased = false;
      bytes = 0;
    } finally {
      db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    }
  }

  return {
    grown: (more) => {
      bytes += more;
    },
    erased: () => {
      holdsErased = true;
    },
    finishErasure: () => {
      isErasureDue = holdsErased;
    },
    moveIfDue(isIdle) {
      if (isErasureDue) tryToEmpty();
      if (bytes < (isIdle ? idleLogBytesMin : logBytesMax)) return;
      bytes = 0;
      move.run();
    },
  };
}
