/** What an error of SQLite means for whoever asked. */

/** Primary result codes (sqlite.org/rescode.html). */
const primary = { busy: 5, constraint: 19 } as const;

export interface SqliteError extends Error {
  readonly code: "ERR_SQLITE_ERROR";
  readonly errcode: number;
  readonly errstr: string;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && (error.errcode & 0xff) === primary.busy;
}

/** The change broke a rule of the schema: the caller's fault, and it says nothing about the disk. */
export function isConstraint(error: unknown): boolean {
  return isSqliteError(error) && (error.errcode & 0xff) === primary.constraint;
}
