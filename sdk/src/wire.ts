/**
 * The JSON that goes over the API and out of `--json`. Fields may be added, never renamed.
 * Times are ISO-8601 UTC; what is absent is null.
 */

export type ReviewState =
  | "pending"
  | "approved"
  | "denied"
  | "changes_requested"
  | "expired"
  | "cancelled"
  | "voided";

export type VerdictKind = "approve" | "deny" | "request_changes";

export interface Reason {
  readonly policy: string;
  readonly text: string;
}

export interface QuorumGroup {
  readonly group: string;
  readonly needed: number;
  /** Names of the people whose approval fills a slot of this group. */
  readonly given: readonly string[];
}

/** One entry of `inbox --json`. */
export interface ReviewSummary {
  readonly id: string;
  readonly actionId: string;
  readonly state: ReviewState;
  readonly verb: string;
  readonly connection: string;
  readonly environment: string;
  readonly principal: { readonly kind: string; readonly name: string };
  readonly onBehalfOf: string | null;
  readonly command: string;
  readonly digest: string;
  readonly reasons: readonly Reason[];
  readonly quorum: readonly QuorumGroup[];
  readonly openedAt: string;
  readonly expiresAt: string;
}

export interface GivenVerdict {
  readonly kind: VerdictKind;
  readonly person: string;
  readonly assurance: string;
  readonly comment: string | null;
  readonly at: string;
  /** False for a verdict on an earlier revision. */
  readonly counts: boolean;
}

/** One review, whole. */
export interface ReviewDetail extends ReviewSummary {
  readonly verbs: readonly string[];
  readonly revision: number;
  readonly parameters: readonly {
    /** The type's object id, 0 where the client left it open. */
    readonly type: number;
    readonly format: "text" | "binary";
    /** Bytes that are no text as `\x` and hex; null is SQL's NULL. */
    readonly text: string | null;
  }[];
  readonly facts: {
    readonly kinds: readonly string[];
    readonly reads: readonly string[];
    readonly writes: readonly string[];
    readonly functions: readonly string[];
    readonly filtered: boolean;
    readonly opaque: string | null;
  };
  readonly verdicts: readonly GivenVerdict[];
  /** Whether a session waits for it right now. */
  readonly attached: boolean;
  readonly execution: {
    readonly state: string;
    readonly detail: string | null;
    readonly finishedAt: string | null;
  } | null;
  readonly note: string | null;
  readonly decidedAt: string | null;
  /** Whether the caller may decide on it now, and if not, why. */
  readonly mayDecide: { readonly allowed: boolean; readonly reason: string | null };
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Hand it back as `cursor` for the next page; null at the end. */
  readonly next: string | null;
}

export interface VerdictRequest {
  readonly verdict: VerdictKind;
  /** The digest of the action that was judged. */
  readonly digest: string;
  readonly comment: string | null;
}

export interface VerdictAnswer {
  readonly id: string;
  readonly actionId: string;
  readonly state: ReviewState;
  readonly digest: string;
}

export interface Status {
  /** False while the gateway can't record, or is still starting. */
  readonly ready: boolean;
  readonly degraded: string | null;
  readonly version: string;
  readonly pid: number;
  readonly dataDir: string;
  readonly console: { readonly url: string; readonly signIn: string | null };
  readonly listeners: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  readonly connections: readonly {
    readonly name: string;
    readonly kind: string;
    readonly environment: string;
    readonly agents: readonly { readonly name: string; readonly url: string | null }[];
  }[];
  readonly log: { readonly size: number; readonly origin: string; readonly key: string };
  /** Whoever asks. An operator holds the data folder's credential where that is nobody's: no name. */
  readonly caller: {
    readonly kind: "person" | "operator" | "agent";
    readonly name: string | null;
    readonly groups: readonly string[];
  };
}

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

export interface CreatedAgent {
  readonly name: string;
  /** Shown once. */
  readonly token: string;
  readonly urls: readonly { readonly connection: string; readonly url: string }[];
}

export interface CreatedLink {
  readonly person: string;
  readonly url: string;
  readonly expiresAt: string;
}

export interface SignedIn {
  readonly person: string;
  readonly token: string;
  readonly expiresAt: string;
}

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
