/**
 * What a SQL message does, by the server's own grammar: facts and verbs, from the text alone.
 *
 * Guarantees:
 * - Closed world: text, statements, nodes and functions that no table here names are `sql.opaque`, never a read.
 * - `classify` never throws, has no effect, and gives the same frozen object for the same text while it is cached.
 * - Offsets are bytes of the UTF-8 text.
 * It knows no session, catalogue or policy: names are as written, `EXECUTE` is opaque until it is expanded.
 */
import type { SqlFacts } from "#/core/facts.ts";
import type { Verb } from "#/core/verb.ts";

/** Above this many bytes a message is opaque without being parsed. */
export const sqlParseBytesMax = 262_144;

export interface Classified {
  /** The union over all statements of the message. */
  readonly facts: SqlFacts;
  /** Sorted, distinct, never empty: the action is evaluated for each. An empty message is a read. */
  readonly verbs: readonly Verb[];
  /** In the order of the text; empty if the text can't be read or is empty. */
  readonly statements: readonly Statement[];
  /** Not to be held but refused, whatever the policy says. */
  readonly refused: RefusedSyntax | null;
  /** The text alone speaks for a proven read: what remains is to look `references` up in the catalogue. */
  readonly proofCandidate: boolean;
  readonly references: References;
}

export type RefusedSyntax = "prepare_transaction" | "string_syntax" | "client_encoding";

export type StatementKind =
  | "begin"
  | "commit"
  | "rollback"
  | "savepoint"
  | "release"
  | "rollback_to"
  | "prepare"
  | "execute"
  | "deallocate"
  | "discard"
  | "declare"
  | "fetch"
  | "close"
  | "set"
  | "reset"
  | "copy_in"
  | "copy_out"
  | "explain"
  | "select"
  | "other";

/** What the session has to know of one statement. Spans are bytes of the message, the end exclusive. */
export interface Statement {
  readonly kind: StatementKind;
  readonly start: number;
  readonly end: number;
  readonly verbs: readonly Verb[];
  /**
   * Savepoint, prepared statement, cursor, setting or discard target (`all`, `plans`, `sequences`, `temp`).
   * Null with deallocate, close and reset: all of them.
   */
  readonly name: string | null;
  /** The prepared statement that this one runs: EXECUTE, and EXPLAIN or CREATE TABLE AS of one. */
  readonly executes: string | null;
  /** PREPARE: where the text of the inner statement lies. */
  readonly prepared: Span | null;
  /** COMMIT and ROLLBACK: a new transaction starts at once. */
  readonly chain: boolean;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Names that only the catalogue can resolve, as written, `schema.name` where a schema is written; sorted, distinct. */
export interface References {
  readonly relations: readonly string[];
  readonly functions: readonly string[];
  readonly operators: readonly string[];
  readonly types: readonly string[];
  /** Names in `x.name` and `(expression).name`: a column, or a function in disguise. */
  readonly attributes: readonly string[];
}

export interface Classifier {
  classify(sql: string): Classified;
}

/** Loads the parser. `bytesMax` bounds the cache by text and result. */
export declare function createClassifier(options: {
  readonly bytesMax: number;
}): Promise<Classifier>;

/**
 * The message with what it runs by name put in its place: EXECUTE from the session's prepared statements, FETCH and
 * MOVE from its portals (a bound portal runs at its first FETCH). Null for a name that is unknown: then it is opaque.
 */
export declare function expand(classified: Classified, names: Names): Classified;

export interface Names {
  readonly prepared: (name: string) => Classified | null;
  /** What runs when this cursor or portal is fetched from. A cursor that was DECLAREd ran its verbs then. */
  readonly cursor: (name: string) => Classified | null;
}
