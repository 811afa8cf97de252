/** What classification tells of a message. It is data, frozen, and the same object for the same cached text. */
import type { SqlFacts } from "#/core/facts.ts";
import type { Verb } from "#/core/verb.ts";

export interface Classified {
  /** Empty where it can't be read. */
  readonly text: string;
  /** The union over all statements of the message. */
  readonly facts: SqlFacts;
  /** Sorted, distinct, never empty: the action is evaluated for each. An empty message is a read. */
  readonly verbs: readonly Verb[];
  /** In the order of the text; empty if the text can't be read or holds none. */
  readonly statements: readonly Statement[];
  /** Not to be held but refused, whatever the policy says. */
  readonly refused: RefusedSyntax | null;
  /** The text alone speaks for a proven read: what remains is to look `references` up in the catalogue. */
  readonly proofCandidate: boolean;
  /** The same of what runs nothing but such reads, in whatever way: it may also declare cursors for them, or copy them out. */
  readonly runsPlainReads: boolean;
  /** The same object for all texts that differ in nothing but plain constants. */
  readonly references: References;
  /** What it runs by name, as far as that is known. */
  readonly runs: readonly Classified[];
}

export type RefusedSyntax = "prepare_transaction" | "string_syntax" | "client_encoding";

export type StatementKind =
  | "begin"
  /** What may commit by itself where it is in no transaction of the client's: CALL, DO, and maintenance in steps. */
  | "call"
  | "close"
  | "commit"
  | "copy_in"
  | "copy_out"
  | "deallocate"
  | "declare"
  | "discard"
  | "execute"
  | "explain"
  | "fetch"
  | "other"
  | "prepare"
  | "release"
  | "reset"
  | "rollback"
  | "rollback_to"
  | "savepoint"
  | "select"
  | "set"
  | "show";

/** What the session has to know of one statement. Spans are bytes of the message, the end exclusive. */
export interface Statement {
  readonly kind: StatementKind;
  readonly start: number;
  readonly end: number;
  /** What the statement does by itself: without what it runs by name, so that it may be empty. */
  readonly verbs: readonly Verb[];
  /** Why the statement is opaque by itself, or null. */
  readonly opaque: string | null;
  /**
   * Savepoint, prepared statement, cursor, setting (SHOW ALL: `all`) or discard target (`all`, `plans`, `sequences`, `temp`).
   * Null with deallocate, close and reset: all of them.
   */
  readonly name: string | null;
  /** The prepared statement that this one runs: EXECUTE, and EXPLAIN or CREATE TABLE AS of one. */
  readonly executes: string | null;
  /** PREPARE: where the text of the inner statement lies. */
  readonly prepared: Span | null;
  /** COMMIT and ROLLBACK: a new transaction starts at once. */
  readonly chain: boolean;
  /** DECLARE … WITH HOLD: its query runs to its end when the transaction commits. */
  readonly runsAtCommit: boolean;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Names that only the catalogue can resolve, `schema.name` where a schema is written; sorted, distinct. */
export interface References {
  readonly relations: readonly string[];
  readonly functions: readonly string[];
  readonly operators: readonly string[];
  readonly types: readonly string[];
  /** Names in `x.name` and `(expression).name`: a column, or a function in disguise. */
  readonly attributes: readonly string[];
  /** Of those in `(expression).name` the ones of which no text tells that nothing is called. */
  readonly parts: readonly string[];
  /** Of the functions those that an extension is known by, without their schema. */
  readonly extensionFunctions: readonly string[];
}
