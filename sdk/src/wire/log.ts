/** One record of the log. What `bytes` say is all null where they can't be read as a record. */
export interface LogEntry {
  readonly index: number;
  readonly type: string | null;
  readonly at: string | null;
  readonly actionId: string | null;
  readonly reviewId: string | null;
  /** Lower-case hex, as stored beside the leaf. */
  readonly leafHash: string;
  readonly leaf: Readonly<Record<string, unknown>> | null;
  /** Base64 of the leaf exactly as it is hashed. */
  readonly bytes: string;
}

export interface LogVerification {
  readonly ok: boolean;
  readonly size: number;
  /** Base64; null where leaves are missing. */
  readonly root: string | null;
  /** Payloads that were erased; null where only leaves could be seen, as over the API. */
  readonly erased: number | null;
  readonly problems: readonly {
    readonly index: number | null;
    readonly code: string;
    readonly message: string;
  }[];
  /** The verifier key that was used. */
  readonly key: string;
  /** A key that came with what was verified shows only that it is whole, not whose it is. */
  readonly keyFrom: "outside" | "folder" | "gateway";
}
