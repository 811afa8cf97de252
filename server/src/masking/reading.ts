/** The part of a text that a recognizer looks at, and where it puts what it finds. */
import type { Candidate } from "./finding.ts";
import type { Topic } from "./topics.ts";

export interface Reading {
  readonly bytes: Uint8Array;
  /** Nothing before it and nothing at or after `limit` may be read, so that no cut of the text matters. */
  readonly floor: number;
  readonly limit: number;
  /** Bytes from the beginning of the text to `bytes[0]`. */
  readonly base: number;
  /** Whether the text ends at `limit`. */
  readonly isEnd: boolean;
  /** How many bytes before `at` a word of this topic ended; Infinity where there was none. */
  readonly since: (topic: Topic, at: number) => number;
  /** The same for a word of any topic. */
  readonly sinceAny: (at: number) => number;
  /** Whether a word of this topic stands within the next bytes. */
  readonly follows: (topic: Topic, at: number, reach?: number) => boolean;
  readonly add: (candidate: Omit<Candidate, "from" | "to"> & Partial<Candidate>) => void;
  /** Counts bytes that were looked at beyond the one pass. */
  readonly spend: (bytes: number) => void;
  /**
   * The end of the run of an alphabet's bytes that begins at `from`, at most `last`. What was read for an anchor before is not read
   * again, and the rest is counted.
   */
  readonly runEnd: (bit: number, from: number, last: number) => number;
  /** A place up to which something was done already, by name; in bytes of `bytes`. */
  readonly mark: (name: MarkName) => number;
  readonly setMark: (name: MarkName, at: number) => void;
}

export type MarkName =
  | "numbers"
  | "encoded"
  | "pem"
  | "colons"
  | "wallets"
  | "headers"
  | "passwords"
  | "named"
  | "manifests"
  | "secretKind"
  | "keystores";

/** So much of what stands before an anchor may be read. */
export const lookBehindMax = 256;
