/**
 * Some of the rows that a measured statement would touch, before and after, as people may see them: masked when they
 * were read, so that nothing else was ever kept. Payload, like the command: in no leaf, notice or log.
 */
export interface Sample {
  /** `schema.name`. */
  readonly relation: string;
  readonly columns: readonly SampleColumn[];
  /** How many more the relation has. */
  readonly columnsMore: number;
  readonly rows: readonly SampleRow[];
}

/** What of a measured effect's rows a connection lets be shown. */
export const sampleModes = ["masked", "none"] as const;
export type SampleMode = (typeof sampleModes)[number];

export interface SampleColumn {
  readonly name: string;
  /** As the database writes it. */
  readonly type: string;
  /** Of the primary key. */
  readonly isKey: boolean;
  /** The configuration marks it so: its values were not read. */
  readonly sensitive: boolean;
}

export interface SampleRow {
  /** Null of a row that would come; in the order of the columns. */
  readonly before: readonly SampleValue[] | null;
  /** Null of a row that would go. */
  readonly after: readonly SampleValue[] | null;
  /** Places of the columns that would differ; of what was not read, those that are assigned. */
  readonly changed: readonly number[];
}

export interface SampleValue {
  /** Null is SQL's NULL. */
  readonly text: string | null;
  /** Something of it was replaced, or all of it. */
  readonly isMasked: boolean;
  readonly isCut: boolean;
}
