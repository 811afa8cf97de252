/** What passes between a store's client and its engine: verbs in, outcomes out. Data only. */
import type { ErrorCode, ErrorDetails } from "#/core/errors.ts";
import type { ActionId, Digest, PersonId, ReviewId } from "#/core/ids.ts";
import type { KeptLabels } from "#/core/label.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Review, ReviewState } from "#/core/review.ts";
import type { PinnedTool } from "#/core/tool-pin.ts";
import type { NodeAddress, SpelledRecord } from "#/store/ledger.ts";
import type {
  ActionRecords,
  ActionRecordsQuery,
  AgentCredential,
  Changes,
  FreshVault,
  LogHead,
  PendingBy,
  PendingExecution,
  PseudonymAddition,
  ReviewQuery,
  SignInLink,
  SignInSession,
  StoredLabels,
  StoredPseudonym,
  StoredRecord,
  StoredSignInLink,
  StoredVault,
} from "#/store/stored.ts";

export type WriteVerb = { readonly records: readonly RecordDraft[] } & (
  | { readonly verb: "append" }
  | { readonly verb: "renewSegment"; readonly segment: number; readonly salt: string }
  | { readonly verb: "openReview"; readonly review: Review; readonly openMax: number }
  | { readonly verb: "saveReview"; readonly review: Review }
  | { readonly verb: "saveAgent"; readonly agent: AgentCredential }
  | { readonly verb: "personSince"; readonly person: PersonId; readonly now: number }
  | { readonly verb: "saveSignInLink"; readonly link: SignInLink }
  | { readonly verb: "redeemSignInLink"; readonly hash: string; readonly session: SignInSession }
  | { readonly verb: "touchSignInSession"; readonly hash: string; readonly idleUntil: number }
  | { readonly verb: "endSignInSession"; readonly hash: string }
  | {
      readonly verb: "purgeSignIns";
      readonly sessionsBefore: number;
      readonly linksBefore: number;
    }
  | {
      readonly verb: "openVault";
      readonly fresh: FreshVault;
      readonly now: number;
      readonly openMax: number;
    }
  | { readonly verb: "addPseudonyms"; readonly addition: PseudonymAddition }
  | { readonly verb: "endVaults"; readonly now: number }
  | { readonly verb: "keepLabels"; readonly kept: KeptLabels }
  | { readonly verb: "forgetLabels"; readonly before: number }
  | { readonly verb: "saveTool"; readonly tool: PinnedTool }
);

/** A write whose records were spelled where they came up; `records` is empty then. */
export type SpelledWrite = WriteVerb & { readonly spelled?: readonly SpelledRecord[] };

/** What the journal made durable before: the records of its frames of these numbers, first and last. */
export interface Ingestion {
  readonly verb: "ingest";
  readonly first: number;
  readonly last: number;
  readonly records: readonly SpelledRecord[];
}

/** What a verb answers; one that resolves to nothing answers null. */
export interface WriteAnswers {
  readonly append: null;
  readonly renewSegment: null;
  readonly openReview: "opened" | "too_many";
  readonly saveReview: "saved" | "conflict";
  readonly saveAgent: null;
  readonly personSince: number;
  readonly saveSignInLink: null;
  readonly redeemSignInLink: "redeemed" | "used" | "unknown";
  readonly touchSignInSession: null;
  readonly endSignInSession: "ended" | "unknown";
  readonly purgeSignIns: null;
  readonly openVault: StoredVault | null;
  readonly addPseudonyms: "added" | "over";
  readonly endVaults: null;
  readonly keepLabels: null;
  readonly forgetLabels: null;
  readonly saveTool: "saved" | "conflict";
}
export type WriteAnswer = WriteAnswers[WriteVerb["verb"]];

/** `tookEffect`: its records are to be added. */
export interface Applied {
  readonly answer: WriteAnswer;
  readonly tookEffect: boolean;
}

/** Of verbs that always take effect and answer nothing. */
export const done: Applied = { answer: null, tookEffect: true };

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
  /** For the operator's eyes. */
  readonly cause: string | null;
}

/** What became of one verb of a group that was committed together. */
export interface WriteOutcome {
  readonly answer: WriteAnswer;
  /** Null where it was done. */
  readonly failure: Failure | null;
}

export type ReadVerb =
  | { readonly verb: "review"; readonly id: ReviewId }
  | { readonly verb: "reviews"; readonly query: ReviewQuery }
  | { readonly verb: "detachedReviews"; readonly joinKey: string }
  | { readonly verb: "deniedReview"; readonly joinKey: string }
  | { readonly verb: "unknownRun"; readonly joinKey: string }
  | { readonly verb: "dueReviews"; readonly now: number; readonly limit: number }
  | { readonly verb: "openReviews"; readonly connection: string }
  | { readonly verb: "unsettledReviews" }
  | { readonly verb: "reviewStates"; readonly ids: readonly ReviewId[] }
  | { readonly verb: "pendingCounts"; readonly by: readonly PendingBy[]; readonly max: number }
  | { readonly verb: "pendingExecutions" }
  | { readonly verb: "agents" }
  | { readonly verb: "signInLink"; readonly hash: string }
  | { readonly verb: "signInSession"; readonly hash: string }
  | {
      readonly verb: "pseudonyms";
      readonly scope: string;
      readonly after: number;
      readonly limit: number;
    }
  | { readonly verb: "keptLabels"; readonly after: string; readonly limit: number }
  | { readonly verb: "tools"; readonly connection: string }
  | { readonly verb: "logHead" }
  | { readonly verb: "records"; readonly from: number; readonly limit: number }
  | { readonly verb: "recordsOfAction"; readonly action: ActionId; readonly limit: number }
  | { readonly verb: "actionRecords"; readonly query: ActionRecordsQuery }
  | { readonly verb: "latestExecutions"; readonly actions: readonly ActionId[] }
  | { readonly verb: "policyActivation"; readonly policySet: Digest }
  | { readonly verb: "nodes"; readonly addresses: readonly NodeAddress[] }
  | { readonly verb: "payloads"; readonly indexes: readonly number[] }
  | { readonly verb: "latestChange" }
  | { readonly verb: "changes"; readonly cursor: number; readonly limit: number };

export interface ReadAnswers {
  readonly review: Review | null;
  readonly reviews: readonly Review[];
  readonly detachedReviews: readonly ReviewId[];
  readonly deniedReview: ReviewId | null;
  readonly unknownRun: ReviewId | null;
  readonly dueReviews: readonly ReviewId[];
  readonly openReviews: readonly ReviewId[];
  readonly unsettledReviews: readonly ReviewId[];
  readonly reviewStates: readonly (ReviewState | null)[];
  readonly pendingCounts: readonly number[];
  readonly pendingExecutions: readonly PendingExecution[];
  readonly agents: readonly AgentCredential[];
  readonly signInLink: StoredSignInLink | null;
  readonly signInSession: SignInSession | null;
  readonly pseudonyms: readonly StoredPseudonym[];
  readonly keptLabels: readonly StoredLabels[];
  readonly tools: readonly PinnedTool[];
  readonly logHead: LogHead;
  readonly records: readonly StoredRecord[];
  readonly recordsOfAction: readonly StoredRecord[];
  readonly actionRecords: ActionRecords;
  readonly latestExecutions: readonly (StoredRecord | null)[];
  readonly policyActivation: StoredRecord | null;
  readonly nodes: readonly (Uint8Array | null)[];
  readonly payloads: readonly (Uint8Array | null)[];
  readonly latestChange: number;
  readonly changes: Changes;
}
export type ReadAnswer = ReadAnswers[ReadVerb["verb"]];

export type ReadOutcome = { readonly answer: ReadAnswer } | { readonly failure: Failure };
