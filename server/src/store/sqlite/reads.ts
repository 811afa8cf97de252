/** Answers read verbs from the tables. */
import type { DatabaseSync } from "node:sqlite";
import { GatewayError } from "#/core/errors.ts";
import type { PersonId, ReviewId } from "#/core/ids.ts";
import type { Review, ReviewState } from "#/core/review.ts";
import type { Sealer } from "#/store/ledger.ts";
import type {
  AgentCredential,
  PendingBy,
  ReviewQuery,
  SignInLink,
  SignInSession,
  StoredRecord,
  StoredSignInLink,
} from "#/store/store.ts";
import { prepareActionReader } from "./action-rows.ts";
import { prepareExecutionReader } from "./execution-rows.ts";
import { prepareLabelReader } from "./label-rows.ts";
import type { LogReader } from "./log-rows.ts";
import { prepareToolReader } from "./tool-rows.ts";
import { preparePseudonymReader } from "./vault-rows.ts";
import type { ReadAnswer, ReadVerb } from "./verbs.ts";
import { agentKey } from "./writes.ts";

/** Documents of reviews in one answer, as they are stored; the last one may go beyond. */
const reviewsReadBytesMax = 1024 * 1024;

export type Read = (read: ReadVerb) => ReadAnswer;

export function prepareReads(db: DatabaseSync, log: LogReader, sealer: Sealer): Read {
  const reviews = prepareReviewReads(db, sealer);
  const identities = prepareIdentityReads(db);
  const actions = prepareActionReader(db);
  const pseudonyms = preparePseudonymReader(db);
  const labels = prepareLabelReader(db, sealer);
  const tools = prepareToolReader(db);
  const pendingExecutions = prepareExecutionReader(db);
  return (read) => {
    switch (read.verb) {
      case "review":
        return reviews.one(read.id);
      case "reviews":
        return reviews.newest(read.query);
      case "detachedReviews":
        return reviews.detached(read.joinKey);
      case "deniedReview":
        return reviews.denied(read.joinKey);
      case "dueReviews":
        return reviews.due(read.now, read.limit);
      case "openReviews":
        return reviews.openOn(read.connection);
      case "unsettledReviews":
        return reviews.unsettled();
      case "reviewStates":
        return reviews.states(read.ids);
      case "pendingCounts":
        return reviews.pendingCounts(read.by, read.max);
      case "changes":
        return reviews.changed(read.cursor, read.limit);
      case "pendingExecutions":
        return pendingExecutions();
      case "agents":
        return identities.agents();
      case "signInLink":
        return identities.link(read.hash);
      case "signInSession":
        return identities.session(read.hash);
      case "pseudonyms":
        return pseudonyms(read.scope, read.after, read.limit);
      case "keptLabels":
        return labels(read.after, read.limit);
      case "tools":
        return tools(read.connection);
      case "latestChange":
        return log.head().changed;
      case "logHead": {
        const { size, checkpoint } = log.head();
        return { size, checkpoint };
      }
      case "records":
        return log.records(read.from, read.limit).map(plain<StoredRecord>);
      case "recordsOfAction":
        return log.recordsOfAction(read.action, read.limit).map(plain<StoredRecord>);
      case "actionRecords":
        return actions.walk(read.query);
      case "latestExecutions":
        return read.actions.map((action) => actions.outcome(action));
      case "policyActivation":
        return actions.activation(read.policySet);
      case "nodes":
        return read.addresses.map((address) => log.node(address));
      case "payloads":
        return read.indexes.map((index) => log.payload(index));
    }
  };
}

function prepareReviewReads(db: DatabaseSync, sealer: Sealer) {
  const columns = "id, version, document";
  const one = db.prepare(`SELECT ${columns} FROM reviews WHERE id = ?`);
  // Compared with nothing where the review before which to look is unknown: then there are none.
  const isBefore = "(opened_at, id) < (SELECT opened_at, id FROM reviews WHERE id = :before)";
  const newest = (conditions: string) =>
    db.prepare(`
      SELECT ${columns} FROM reviews ${conditions} ORDER BY opened_at DESC, id DESC LIMIT :limit`);
  const any = newest("");
  const anyBefore = newest(`WHERE ${isBefore}`);
  const inState = newest("WHERE state = :state");
  const inStateBefore = newest(`WHERE state = :state AND ${isBefore}`);
  const detached = db.prepare(`
    SELECT id FROM reviews
    WHERE join_key = ? AND attached = 0 AND execution IS NULL AND state IN ('pending', 'approved')
    ORDER BY opened_at, id`);
  const denied = db.prepare(`
    SELECT id FROM reviews
    WHERE join_key = ? AND state IN ('denied', 'changes_requested')
    ORDER BY opened_at DESC, id DESC LIMIT 1`);
  const due = db.prepare(`
    SELECT id FROM reviews WHERE due_at <= ? ORDER BY due_at, id LIMIT ?`);
  const openOn = db.prepare(`
    SELECT id FROM reviews WHERE due_at IS NOT NULL AND connection = ? ORDER BY opened_at, id`);
  const unsettled = db.prepare(`
    SELECT id FROM reviews
    WHERE attached = 1 OR execution IN ('claimed', 'executed_uncommitted') ORDER BY id`);
  const changed = db.prepare(
    "SELECT id, changed FROM reviews WHERE changed > ? ORDER BY changed LIMIT ?",
  );
  const pending = (column: string) =>
    db.prepare(`
      SELECT count(*) AS n FROM
        (SELECT 1 FROM reviews WHERE ${column} = ? AND state = 'pending' LIMIT ?)`);
  const stateOf = db.prepare("SELECT state FROM reviews WHERE id = ?");
  const pendingOf = pending("principal");
  const pendingOn = pending("connection");
  const open = (row: unknown) => openReview(row as ReviewRow, sealer);
  const idOf = (row: object) => (row as Pick<ReviewRow, "id">).id;
  /** Of rows that are read one by one, so that what is left out is never in memory. */
  const openSome = (rows: Iterable<object>): readonly Review[] => {
    const opened: Review[] = [];
    let bytes = 0;
    for (const row of rows) {
      opened.push(open(row));
      bytes += (row as ReviewRow).document.length;
      if (bytes >= reviewsReadBytesMax) break;
    }
    return opened;
  };
  return {
    one(id: ReviewId) {
      const row = one.get(id);
      return row === undefined ? null : open(row);
    },
    newest({ state, before, limit }: ReviewQuery) {
      if (state === null) {
        return openSome(
          before === null ? any.iterate({ limit }) : anyBefore.iterate({ before, limit }),
        );
      }
      if (before === null) return openSome(inState.iterate({ state, limit }));
      return openSome(inStateBefore.iterate({ state, before, limit }));
    },
    detached: (joinKey: string) => detached.all(joinKey).map(idOf),
    denied(joinKey: string) {
      const row = denied.get(joinKey);
      return row === undefined ? null : idOf(row);
    },
    due: (now: number, limit: number) => due.all(now, limit).map(idOf),
    openOn: (connection: string) => openOn.all(connection).map(idOf),
    unsettled: () => unsettled.all().map(idOf),
    states: (ids: readonly ReviewId[]) =>
      ids.map((id) => (stateOf.get(id)?.["state"] ?? null) as ReviewState | null),
    pendingCounts: (by: readonly PendingBy[], max: number) =>
      by.map(({ kind, name }) => {
        const row =
          kind === "agent" ? pendingOf.get(agentKey(name), max) : pendingOn.get(name, max);
        return Number(row?.["n"]);
      }),
    changed(cursor: number, limit: number) {
      const rows = changed.all(cursor, limit);
      return {
        cursor: Number(rows.at(-1)?.["changed"] ?? cursor),
        reviews: rows.map((row) => row["id"] as ReviewId),
      };
    },
  };
}

interface ReviewRow {
  readonly id: ReviewId;
  readonly version: number;
  readonly document: Uint8Array;
}

/** What documents from before a field was added mean by its absence. */
const laterFields = {
  overrides: [],
  reveals: [],
  asked: null,
  effect: null,
  transaction: null,
  touched: null,
  reads: null,
  voidedBy: null,
} as const;
const laterVerdictFields = {
  vouchers: [],
  rowsMax: null,
  rowsMeasured: null,
  revealed: [],
} as const;
const laterObligations = { rows: null, masks: [], reveals: [] } as const;
const laterEffect = { sample: null } as const;
const laterFacts = { uncounted: null, maskedUse: true } as const;
const laterCallFacts = { flags: [], saysOpenWorld: false } as const;

/** A sealed document that was moved to another row is as bad as a broken one. */
function openReview({ id, version, document }: ReviewRow, sealer: Sealer): Review {
  try {
    const stored = JSON.parse(Buffer.from(sealer.open(document)).toString()) as Review;
    const verdicts = stored.verdicts.map((verdict) => ({ ...laterVerdictFields, ...verdict }));
    const obligations = { ...laterObligations, ...stored.obligations };
    const { facts: known } = stored.action;
    const facts =
      known.family === "sql" ? { ...laterFacts, ...known } : { ...laterCallFacts, ...known };
    const action = { ...stored.action, facts };
    const effect = stored.effect ? { ...laterEffect, ...stored.effect } : null;
    const review = { ...laterFields, ...stored, action, obligations, verdicts, effect };
    if (review.id === id && review.version === version) return review;
  } catch (cause) {
    throw unreadableReview(id, cause);
  }
  throw unreadableReview(id, "the document is another review's");
}

function unreadableReview(id: ReviewId, cause: unknown): GatewayError {
  return new GatewayError("store.unreadable", "A stored review can't be read.", {
    details: { review: id },
    cause,
  });
}

function prepareIdentityReads(db: DatabaseSync) {
  const agents = db.prepare(`
    SELECT name, owner, scram_verifier AS scramVerifier, token_hash AS tokenHash, created_at AS createdAt
    FROM agents ORDER BY name`);
  const columns =
    "hash, person, assurance, vouchers, created_at AS createdAt, expires_at AS expiresAt";
  const link = db.prepare(`SELECT ${columns}, used FROM sign_in_links WHERE hash = ?`);
  const session = db.prepare(`
    SELECT ${columns}, idle_until AS idleUntil FROM sign_in_sessions WHERE hash = ?`);
  return {
    agents: () => agents.all().map(plain<AgentCredential>),
    link(hash: string): StoredSignInLink | null {
      const row = link.get(hash);
      if (row === undefined) return null;
      return { ...plain<SignInLink>(row), vouchers: vouchersOf(row), used: row["used"] !== 0 };
    },
    session(hash: string): SignInSession | null {
      const row = session.get(hash);
      return row === undefined ? null : { ...plain<SignInSession>(row), vouchers: vouchersOf(row) };
    },
  };
}

function vouchersOf(row: Readonly<Record<string, unknown>>): readonly PersonId[] {
  return JSON.parse(String(row["vouchers"])) as readonly PersonId[];
}

/** Rows of SQLite have no prototype, which deep comparison and structured clone treat as a difference. */
function plain<Shape extends object>(row: object): Shape {
  return { ...row } as Shape;
}
