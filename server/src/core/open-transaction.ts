/**
 * The transaction in which an action waits, because others may have to wait for it meanwhile. No part of the
 * action's digest.
 */
export interface OpenTransaction {
  /** By the gateway's clock, in milliseconds; null where it could not be read. */
  readonly since: number | null;
  /** The first of those that it held when it began to wait; null where they could not be read. */
  readonly locks: readonly HeldLock[] | null;
  /** How many more there were than are named. */
  readonly locksMore: number;
  /** Other sessions that wait for one of its locks; null where that is not known. */
  readonly blocks: number | null;
  /** When that was looked at, in milliseconds. */
  readonly at: number;
}

export interface HeldLock {
  /** A relation as the server names it, or what else it is on. */
  readonly on: string;
  /** As the server names it, such as `RowExclusiveLock`. */
  readonly mode: string;
}
