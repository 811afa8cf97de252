/**
 * The durable state of a gateway, as verbs of the domain.
 *
 * Guarantees: a verb that has resolved is durable, its state change and its audit records together or not
 * at all; records get consecutive indexes, those of a verb that has resolved before those of one that is called
 * after it. After a failed write every further change is refused (`store.degraded`), because what reached the
 * disk is then unknown.
 *
 * Must not know hashing, signing or encryption: those come in through the ports in `ledger.ts`. No
 * engine's habit may show here; `conformance.ts` is what every engine has to pass.
 */
import type { ActionId, Digest, PersonId, ReviewId } from "#/core/ids.ts";
import type { KeptLabels } from "#/core/label.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Review, ReviewState } from "#/core/review.ts";
import type { PinnedTool } from "#/core/tool-pin.ts";
import type { NodeAddress } from "./ledger.ts";
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
  StoreStatus,
} from "./stored.ts";

export interface Store {
  /**
   * Appends records, which stand in the log together. What is asked or changed after it has resolved finds them there,
   * and by their `execution` the actions that are under way.
   */
  append(records: readonly RecordDraft[]): Promise<void>;

  /** Saves a new review (version 1), unless its principal has `openMax` pending ones already. */
  openReview(
    review: Review,
    openMax: number,
    records: readonly RecordDraft[],
  ): Promise<"opened" | "too_many">;
  /**
   * Replaces a review if the stored version is `review.version - 1`; otherwise changes and records nothing.
   */
  saveReview(review: Review, records: readonly RecordDraft[]): Promise<"saved" | "conflict">;
  review(id: ReviewId): Promise<Review | null>;
  /**
   * Newest first. A review may be as large as what an agent sends, so one call reads a bounded amount: it may
   * find less than `limit` and not be at the end. It finds nothing at the end alone.
   */
  reviews(query: ReviewQuery): Promise<readonly Review[]>;
  /** Under this key: pending, or approved and unclaimed, and without a live caller; oldest first. */
  detachedReviews(joinKey: string): Promise<readonly ReviewId[]>;
  /** Under this key the one that was opened last of those that people denied, or asked to change. */
  deniedReview(joinKey: string): Promise<ReviewId | null>;
  /** Under this key the one that ran last, if nobody knows what came of it. */
  unknownRun(joinKey: string): Promise<ReviewId | null>;
  /** Pending past `expiresAt`, or approved and unclaimed past `validUntil`; at most `limit`. */
  dueReviews(now: number, limit: number): Promise<readonly ReviewId[]>;
  /** Pending, or approved and unclaimed, of actions on this connection; oldest first. */
  openReviews(connection: string): Promise<readonly ReviewId[]>;
  /** With a live caller or a claimed or uncommitted execution: what a restart has to settle. */
  unsettledReviews(): Promise<readonly ReviewId[]>;
  /** The state of each; null where there is no such review. */
  reviewStates(ids: readonly ReviewId[]): Promise<readonly (ReviewState | null)[]>;
  /** How many reviews are pending for each, `max` at most. */
  pendingCounts(by: readonly PendingBy[], max: number): Promise<readonly number[]>;

  /** Actions of which a record says that they have begun, and none that they have ended, in this process or an earlier one. */
  pendingExecutions(): Promise<readonly PendingExecution[]>;

  /** Adds an agent's credential, or replaces the one of the same name. */
  saveAgent(agent: AgentCredential, records: readonly RecordDraft[]): Promise<void>;
  agents(): Promise<readonly AgentCredential[]>;
  /** When this person was first seen; notes `now` if never before. */
  personSince(person: PersonId, now: number): Promise<number>;
  saveSignInLink(link: SignInLink, records: readonly RecordDraft[]): Promise<void>;
  signInLink(hash: string): Promise<StoredSignInLink | null>;
  /** Uses the link up and saves the session, once: of many at a time one gets `redeemed`. */
  redeemSignInLink(
    hash: string,
    session: SignInSession,
    records: readonly RecordDraft[],
  ): Promise<"redeemed" | "used" | "unknown">;
  signInSession(hash: string): Promise<SignInSession | null>;
  /** Moves the end of an idle session, which is no matter of the log; of one that is gone it moves nothing. */
  touchSignInSession(hash: string, idleUntil: number): Promise<void>;
  /** Removes it for good; `unknown` where it was removed before, and then nothing is recorded. */
  endSignInSession(hash: string, records: readonly RecordDraft[]): Promise<"ended" | "unknown">;
  /** Removes sessions that were over before `sessionsBefore`, and links that had expired before `linksBefore`. */
  purgeSignIns(sessionsBefore: number, linksBefore: number): Promise<void>;

  /**
   * The vault of this scope. One that there is not, or whose lifetime is over, is made: with this key, and counting on from where
   * it was. Null where there are `openMax` already. What pseudonyms stand for is no matter of the log.
   */
  openVault(fresh: FreshVault, now: number, openMax: number): Promise<StoredVault | null>;
  /** What a vault keeps, ascending, behind `after`; at most `limit`, and of a vault that is over nothing. */
  pseudonyms(scope: string, after: number, limit: number): Promise<readonly StoredPseudonym[]>;
  /** Adds to the vault that ends then, with how far it has counted; to one that is over it adds nothing. */
  addPseudonyms(addition: PseudonymAddition): Promise<"added" | "over">;
  /** Erases key and values of vaults that end before `now`. How far they counted stays. */
  endVaults(now: number): Promise<void>;

  /**
   * Keeps what a session has read, in place of what was kept of it. What is read there is no matter of the log: the actions are that
   * read it.
   */
  keepLabels(kept: KeptLabels): Promise<void>;
  /** Ascending by scope, behind `after`; at most `limit`. */
  keptLabels(after: string, limit: number): Promise<readonly StoredLabels[]>;
  /** Removes what was kept before that. */
  forgetLabels(before: number): Promise<void>;

  /** Saves the tool if the stored version is `tool.version - 1`, 0 where there is none; else changes and records nothing. */
  saveTool(tool: PinnedTool, records: readonly RecordDraft[]): Promise<"saved" | "conflict">;
  /** Of a connection, by name. */
  tools(connection: string): Promise<readonly PinnedTool[]>;

  logHead(): Promise<LogHead>;
  /** Ascending from index `from`; at most `limit`. */
  records(from: number, limit: number): Promise<readonly StoredRecord[]>;
  /** Ascending; at most `limit`. */
  recordsOfAction(action: ActionId, limit: number): Promise<readonly StoredRecord[]>;
  /**
   * The decisions on actions, newest first. One call looks at a bounded part of the log, so it may find less
   * than `limit`, or nothing, and still say where to go on.
   */
  actionRecords(query: ActionRecordsQuery): Promise<ActionRecords>;
  /** The latest `execution.*` record of each; null where there is none among its latest hundred. */
  latestExecutions(actions: readonly ActionId[]): Promise<readonly (StoredRecord | null)[]>;
  /** The latest `policy.activated` of this set; null where there is none. */
  policyActivation(policySet: Digest): Promise<StoredRecord | null>;
  /** Hashes of complete subtrees; null where there is none. */
  nodes(addresses: readonly NodeAddress[]): Promise<readonly (Uint8Array | null)[]>;
  /** Payloads as stored, sealed, by their record's index; null where there is none. */
  payloads(indexes: readonly number[]): Promise<readonly (Uint8Array | null)[]>;

  /** The cursor of the latest change; 0 before the first. */
  latestChange(): Promise<number>;
  /**
   * Reviews that changed after `cursor`, ascending by change. Where there is none yet, waits for one until
   * `signal` aborts, then resolves empty. The only wake-up for held sessions, event stream and channels.
   */
  changesSince(cursor: number, signal: AbortSignal): Promise<Changes>;
  status(): StoreStatus;
  /** Finishes what was accepted, then lets go of the data. */
  close(): Promise<void>;
}
