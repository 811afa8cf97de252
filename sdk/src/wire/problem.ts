/** The body of every failure (RFC 9457), with the stable code. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** Every problem, where the code stands for several at once. */
  readonly problems: readonly string[];
  /** Finds an unexpected failure in the gateway's own log. */
  readonly errorId: string | null;
}

/** What a command prints under `--json` when it fails. */
export interface Failure {
  readonly error: { readonly code: string; readonly message: string };
}
