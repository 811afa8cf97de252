/** What a read touches, as far as its text and the upstream's catalogue tell. No part of its digest. */
export interface Touched {
  /** Null where it can't be told. */
  readonly relations: readonly TouchedRelation[] | null;
  /** How many more there are than are named. */
  readonly relationsMore: number;
  /** What may be touched besides; or, where it can't be told, why. In sentences without data. */
  readonly besides: readonly string[];
  /** When it was looked at, in milliseconds. */
  readonly at: number;
}

export interface TouchedRelation {
  /** `schema.name`. */
  readonly name: string;
  /** What it reads of others stands beside it under their names. */
  readonly isView: boolean;
  readonly columns: readonly TouchedColumn[];
  readonly columnsMore: number;
}

export interface TouchedColumn {
  readonly name: string;
  /** The configuration marks it so. */
  readonly sensitive: boolean;
}
