/**
 * What a command does, as far as its own grammar tells. Facts may be cached by command; decisions never.
 */
export interface SqlFacts {
  readonly family: "sql";
  /** How many statements the message holds. */
  readonly statements: number;
  /** Sorted, distinct: `select`, `insert`, `delete`, `drop_table`, `set`, `begin`, … */
  readonly kinds: readonly string[];
  /** Relations read, `schema.name` when the schema is known or written, sorted and distinct. */
  readonly reads: readonly string[];
  /** Relations written, likewise. */
  readonly writes: readonly string[];
  /** Functions called, `schema.name` where a schema is written, sorted and distinct. */
  readonly functions: readonly string[];
  /** Settings that the command changes (`set`, `reset`, `set_config`), lower case. */
  readonly settings: readonly string[];
  /** Every UPDATE and DELETE in the command has a WHERE. True when there is none of either. */
  readonly filtered: boolean;
  /**
   * A column that is masked, or marked as sensitive, is used for more than to be returned as it is. Also true where that can't be
   * told of a relation that has one.
   */
  readonly maskedUse: boolean;
  readonly literals: readonly LiteralSpan[];
  /**
   * Why the upstream's answer does not tell how many rows it touches, so that no bound on them can be kept;
   * null where it does.
   */
  readonly uncounted: string | null;
  /** Why the command can't be read, or null. An unreadable command has only this. */
  readonly opaque: string | null;
}

/** A constant in the command. Offsets are bytes of the UTF-8 text; the end is exclusive. */
export interface LiteralSpan {
  readonly start: number;
  readonly end: number;
  readonly kind: "string" | "number" | "bits" | "parameter";
  /** The column that it is compared with or assigned to, as written, or null. */
  readonly column: string | null;
}

export type Facts = SqlFacts;

/** Of what has none to tell. */
export const noFacts: SqlFacts = {
  family: "sql",
  statements: 0,
  kinds: [],
  reads: [],
  writes: [],
  functions: [],
  settings: [],
  filtered: true,
  maskedUse: false,
  literals: [],
  uncounted: null,
  opaque: null,
};
