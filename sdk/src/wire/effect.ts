/** What an action would touch, how many rows it may, and what its session holds up meanwhile. */

/** How much an action would touch, as far as the upstream could tell before it ran. */
export interface Effect {
  /** `measured`: counted in a run that was rolled back; `estimated`: by the planner. */
  readonly basis: "measured" | "estimated" | "unknown";
  /** Null where it is unknown. */
  readonly rows: number | null;
  readonly at: string;
  /** Why it is unknown. */
  readonly reason: string | null;
  /** What the number leaves out, or what finding it out has left behind. */
  readonly caveat: string | null;
  /** Some of the rows that were measured, masked; null where none can be shown. */
  readonly sample: Sample | null;
}

/** Some of the rows that a statement would touch, before and after; rows that change first. */
export interface Sample {
  /** `schema.name`. */
  readonly relation: string;
  readonly columns: readonly SampleColumn[];
  /** How many more the relation has. */
  readonly columnsMore: number;
  readonly rows: readonly SampleRow[];
}

export interface SampleColumn {
  readonly name: string;
  /** As the database writes it. */
  readonly type: string;
  /** Of the primary key. */
  readonly isKey: boolean;
  /** The configuration marks it so. */
  readonly sensitive: boolean;
}

export interface SampleRow {
  /** Null of a row that would come; in the order of the columns. */
  readonly before: readonly SampleValue[] | null;
  /** Null of a row that would go. */
  readonly after: readonly SampleValue[] | null;
  /** Places of the columns that would differ. */
  readonly changed: readonly number[];
}

export interface SampleValue {
  /** Null is SQL's NULL. */
  readonly text: string | null;
  /** Something of it was replaced, or all of it. */
  readonly isMasked: boolean;
  readonly isCut: boolean;
}

/** What a read touches, by its text and the upstream's catalogue. */
export interface Touched {
  /** Those with marked columns first. Null where it can't be told. */
  readonly relations:
    | readonly {
        /** `schema.name`. */
        readonly name: string;
        /** What it reads of others stands beside it under their names. */
        readonly isView: boolean;
        /** Those that are marked first. */
        readonly columns: readonly { readonly name: string; readonly sensitive: boolean }[];
        readonly columnsMore: number;
      }[]
    | null;
  /** How many more there are than are named. */
  readonly relationsMore: number;
  /** What may be touched besides; or, where it can't be told, why. */
  readonly besides: readonly string[];
  readonly at: string;
}

/** The transaction in which a session waits: what others have to go without meanwhile. */
export interface OpenTransaction {
  /** Null where it could not be read. */
  readonly since: string | null;
  /** As the server names both; the strongest of each when it began to wait. Null where they could not be read. */
  readonly locks: readonly { readonly on: string; readonly mode: string }[] | null;
  /** How many more there were than are named. */
  readonly locksMore: number;
  /** Other sessions that wait for one of its locks; null where that is not known. */
  readonly blocks: number | null;
  /** When that was looked at. */
  readonly at: string;
}

export interface RowLimit {
  readonly max: number;
  /** `rule`: of policies; `reviewer`: set by an approver; `measured`: what an approver was shown. */
  readonly by: "rule" | "reviewer" | "measured";
  /** The rule's id, or the approver's name. */
  readonly name: string;
}
