/** Reviews as they are stored. */
import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import type { ReviewId } from "#/core/ids.ts";
import type { Principal } from "#/core/principal.ts";
import type { Review, ReviewState } from "#/core/review.ts";
import type { Sealer } from "#/store/ledger.ts";
import type { PendingBy, ReviewQuery } from "#/store/stored.ts";
import { openReview, type ReviewRow } from "./stored-review.ts";
import type { Applied } from "./verbs.ts";

/** Documents of reviews in one answer, as they are stored; the last one may go beyond. */
const reviewsReadBytesMax = 1024 * 1024;

export function prepareReviewReads(db: DatabaseSync, sealer: Sealer) {
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
  const lastRun = db.prepare(`
    SELECT id, execution FROM reviews
    WHERE join_key = ? AND execution IS NOT NULL
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
    unknownRun(joinKey: string) {
      const row = lastRun.get(joinKey);
      return row?.["execution"] === "outcome_unknown" ? idOf(row) : null;
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

export function prepareReviewWrites(db: DatabaseSync, sealer: Sealer) {
  const pending = db.prepare(
    "SELECT count(*) AS n FROM reviews WHERE principal = ? AND state = 'pending'",
  );
  const version = db.prepare("SELECT version FROM reviews WHERE id = ?");
  const insert = db.prepare(`
    INSERT INTO reviews (id, version, state, join_key, principal, connection, attached, execution,
      opened_at, expires_at, valid_until, changed, document)
    VALUES (:id, :version, :state, :joinKey, :principal, :connection, :attached, :execution,
      :openedAt, :expiresAt, :validUntil, :changed, :document)`);
  const update = db.prepare(`
    UPDATE reviews SET version = :version, state = :state, join_key = :joinKey, principal = :principal,
      connection = :connection, attached = :attached, execution = :execution, opened_at = :openedAt,
      expires_at = :expiresAt, valid_until = :validUntil, changed = :changed, document = :document
    WHERE id = :id`);
  const row = (review: Review, changed: number) => ({
    id: review.id,
    version: review.version,
    state: review.state,
    joinKey: review.joinKey,
    principal: principalKey(review.action.principal),
    connection: review.action.resource.connection,
    attached: review.caller === null ? 0 : 1,
    execution: review.execution?.state ?? null,
    openedAt: review.openedAt,
    expiresAt: review.expiresAt,
    validUntil: review.validUntil,
    changed,
    document: sealer.seal(Buffer.from(JSON.stringify(review))),
  });
  return {
    open(review: Review, openMax: number, nextChange: () => number): Applied {
      assert.equal(review.version, 1, "a review is opened at version 1");
      const open = Number(pending.get(principalKey(review.action.principal))?.["n"]);
      if (open >= openMax) return { answer: "too_many", tookEffect: false };
      insert.run(row(review, nextChange()));
      return { answer: "opened", tookEffect: true };
    },
    save(review: Review, nextChange: () => number): Applied {
      if (version.get(review.id)?.["version"] !== review.version - 1) {
        return { answer: "conflict", tookEffect: false };
      }
      update.run(row(review, nextChange()));
      return { answer: "saved", tookEffect: true };
    },
  };
}

/** Whose open reviews are counted together. A person's name stays out of the clear: people have opaque ids. */
function principalKey({ kind, name, people }: Principal): string {
  const who = kind === "user" && people.length > 0 ? people.toSorted().join(" ") : name;
  return `${kind}:${who}`;
}

/** `principalKey` of an agent. */
function agentKey(name: string): string {
  return `agent:${name}`;
}
