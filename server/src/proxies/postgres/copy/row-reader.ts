/** Reads the rows of COPY data, however it is cut. */
export interface RowReader {
  push(data: Buffer): void;
  end(): RowsRead;
}

export interface RowsRead {
  /** Null where the data is not in its format. */
  readonly rows: number | null;
  readonly firstRows: readonly ShownRow[];
}

export interface ShownRow {
  readonly values: readonly (Buffer | null)[];
  /** It is longer than is shown. */
  readonly isCut: boolean;
}
