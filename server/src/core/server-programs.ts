/** What is known of the programs that the gateway starts for one connection. */

export interface ServerPrograms {
  readonly running: number;
  /** When one is started again, in milliseconds; null where none is kept waiting, which keeps ending by itself. */
  readonly startsAgainAt: number | null;
  /** The last that ended by itself; null where none has. */
  readonly lastEnd: ProgramEnd | null;
  /** The last lines that any of them wrote to standard error, as the log has them: masked and cut. Oldest first. */
  readonly said: readonly SaidLine[];
}

export interface ProgramEnd {
  /** In milliseconds. */
  readonly at: number;
  readonly code: number | null;
  /** Such as `SIGKILL`. */
  readonly signal: string | null;
}

export interface SaidLine {
  /** In milliseconds. */
  readonly at: number;
  readonly text: string;
}
