/** What the store is asked for, and what it hands out. Times are in milliseconds since 1970. */
import type { DecisionEffect } from "#/core/decision.ts";
import type { ActionId, PersonId, ReviewId } from "#/core/ids.ts";
import type { KeptLabels } from "#/core/label.ts";
import type { Assurance } from "#/core/principal.ts";
import type { ReviewState } from "#/core/review.ts";

export interface ReviewQuery {
  /** Null: any. */
  readonly state: ReviewState | null;
  /** Only reviews opened before this one; null: from the newest. */
  readonly before: ReviewId | null;
  readonly limit: number;
}

/** Whose pending reviews, or those of actions on what. */
export interface PendingBy {
  readonly kind: "agent" | "connection";
  readonly name: string;
}

/** Null: any. What is asked for has to be in the leaf, so a person is not found by name. */
export interface ActionRecordsQuery {
  readonly decision: DecisionEffect | null;
  readonly connection: string | null;
  readonly principal: string | null;
  /** What came from outside, or what the gateway itself asked of an upstream. */
  readonly asker: "clients" | "gateway" | null;
  /** One of the action's verbs. */
  readonly verb: string | null;
  /** Only records before this index; null: from the newest. */
  readonly before: number | null;
  readonly limit: number;
}

export interface ActionRecords {
  readonly records: readonly ActionRecord[];
  /** The `before` to go on with; null at the beginning of the log. */
  readonly next: number | null;
}

export interface ActionRecord extends StoredRecord {
  /** The length of its payload as stored, sealed; null where there is none. */
  readonly payloadBytes: number | null;
}

export interface PendingExecution {
  readonly action: ActionId;
  /** In milliseconds. */
  readonly beganAt: number;
}

export interface AgentCredential {
  readonly name: string;
  /** Who answers for it, and can therefore never approve for it. */
  readonly owner: PersonId | null;
  /** PostgreSQL's text of a SCRAM-SHA-256 verifier. */
  readonly scramVerifier: string;
  /** Lower-case hex SHA-256 of the token. */
  readonly tokenHash: string;
  readonly createdAt: number;
}

export interface SignInLink {
  /** Lower-case hex SHA-256 of the code. */
  readonly hash: string;
  readonly person: PersonId;
  /** Of the session that it turns into. */
  readonly assurance: Assurance;
  /** Whoever made it, and whoever made the links by which they signed in. */
  readonly vouchers: readonly PersonId[];
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface StoredSignInLink extends SignInLink {
  readonly used: boolean;
}

export interface SignInSession {
  /** Lower-case hex SHA-256 of the session's token. */
  readonly hash: string;
  readonly person: PersonId;
  readonly assurance: Assurance;
  /** Of its link. */
  readonly vouchers: readonly PersonId[];
  readonly createdAt: number;
  readonly expiresAt: number;
  /** When it ends unless it is used before; null: only `expiresAt` counts. */
  readonly idleUntil: number | null;
}

export interface FreshVault {
  readonly scope: string;
  /** Of whoever seals its values; as text, for the engine to seal. */
  readonly key: string;
  readonly expiresAt: number;
}

export interface StoredVault extends FreshVault {
  /** Of this scope there was none before: no number was ever given. */
  readonly isFirst: boolean;
  /** Of each kind the last number that was given. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface StoredPseudonym {
  /** Its place among those of its vault, from 1 on. */
  readonly at: number;
  readonly sealed: string;
}

/** `document`: null where it is not whole. */
export interface StoredLabels extends Omit<KeptLabels, "document"> {
  readonly document: string | null;
}

export interface PseudonymAddition {
  readonly scope: string;
  readonly expiresAt: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly pseudonyms: readonly StoredPseudonym[];
}

export interface LogHead {
  readonly size: number;
  /** The signed checkpoint of exactly this size. */
  readonly checkpoint: string;
}

export interface StoredRecord {
  readonly index: number;
  /** The leaf's bytes: canonical JSON. */
  readonly leaf: Uint8Array;
  /** As stored beside the leaf. */
  readonly leafHash: Uint8Array;
}

export interface Changes {
  readonly cursor: number;
  readonly reviews: readonly ReviewId[];
}

/** `degraded` says why in words that are safe to show. */
export type StoreStatus =
  | { readonly state: "ready" }
  | { readonly state: "degraded"; readonly reason: string }
  | { readonly state: "closed" };
