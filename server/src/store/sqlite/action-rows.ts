/**
 * The history of actions, read from the log's rows by walking backward from a place in it.
 *
 * Guarantees that one call looks at no more than `recordsWalkedMax` records, whatever is searched for: reads
 * and commits share a thread, and a search that finds nothing must not keep a commit waiting. Knows of a leaf
 * where its action, connection, principal and verbs stand, and no more.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ActionId, Digest } from "#/core/ids.ts";
import type {
  ActionRecord,
  ActionRecords,
  ActionRecordsQuery,
  StoredRecord,
} from "#/store/stored.ts";

/** A millisecond or two of the store's thread. */
const recordsWalkedMax = 1000;
/** An action's latest records among which its outcome is looked for. */
const outcomeRecordsMax = 100;

export interface ActionReader {
  walk(query: ActionRecordsQuery): ActionRecords;
  outcome(action: ActionId): StoredRecord | null;
  activation(policySet: Digest): StoredRecord | null;
}

export function prepareActionReader(db: DatabaseSync): ActionReader {
  const walkAll = prepareWalk(db, "type IN ('action.allowed', 'action.denied', 'action.held')");
  const walks = {
    allow: prepareWalk(db, "type = 'action.allowed'"),
    deny: prepareWalk(db, "type = 'action.denied'"),
    review: prepareWalk(db, "type = 'action.held'"),
  };
  const rareFloors = {
    allow: null,
    deny: prepareRareFloor(db, "records_denied", "type = 'action.denied'"),
    review: prepareRareFloor(db, "records_held", "type = 'action.held'"),
  };
  const size = db.prepare("SELECT size FROM head");
  const outcome = db.prepare(`
    SELECT idx AS "index", leaf, leafHash FROM (
      SELECT idx, CAST(leaf AS BLOB) AS leaf, leaf_hash AS leafHash, type
      FROM records WHERE action = ? ORDER BY idx DESC LIMIT ${outcomeRecordsMax})
    WHERE type LIKE 'execution.%' ORDER BY idx DESC LIMIT 1`);
  const activation = db.prepare(`
    SELECT ${columns} FROM records INDEXED BY records_by_policy_set
    WHERE type = 'policy.activated' AND leaf ->> '$.body.policySet' = ? ORDER BY idx DESC LIMIT 1`);

  return {
    walk({ decision, connection, principal, asker, verb, before, limit }) {
      const end = Math.min(before ?? Infinity, Number(size.get()?.["size"] ?? 0));
      const rareFloor = decision === null ? null : rareFloors[decision];
      const floor =
        rareFloor === null ? end - recordsWalkedMax : Number(rareFloor.get(end)?.["idx"] ?? 0);
      const walk = decision === null ? walkAll : walks[decision];
      const rows = walk.all({ end, floor, connection, principal, asker, verb, limit });
      const records = rows.map((row) => ({ ...row }) as unknown as ActionRecord);
      // Where the page is full, there may be more between its last record and the floor.
      const next = records.length === limit ? (records.at(-1)?.index ?? 0) : floor;
      return { records, next: next > 0 ? next : null };
    },
    outcome: (action) => recordOrNull(outcome.get(action)),
    activation: (policySet) => recordOrNull(activation.get(policySet)),
  };
}

// As bytes, so that nothing is decoded on the way: what is verified is what stands in the file.
const columns = `idx AS "index", CAST(leaf AS BLOB) AS leaf, leaf_hash AS leafHash`;

function prepareWalk(db: DatabaseSync, kind: string): StatementSync {
  return db.prepare(`
    SELECT ${columns},
      (SELECT length(sealed) FROM payloads WHERE payloads.idx = records.idx) AS payloadBytes
    FROM records
    WHERE idx < :end AND idx >= :floor AND ${kind}
      AND (:connection IS NULL OR leaf ->> '$.body.connection' = :connection)
      AND (:principal IS NULL OR leaf ->> '$.body.principal.name' = :principal)
      AND (:asker IS NULL OR :asker =
        iif(leaf ->> '$.body.principal.kind' = 'gateway', 'gateway', 'clients'))
      AND (:verb IS NULL OR :verb IN (SELECT value FROM json_each(leaf, '$.body.verbs')))
    ORDER BY idx DESC LIMIT :limit`);
}

/** Down to which index a call walks where only every so-manieth record is of the kind. */
function prepareRareFloor(db: DatabaseSync, index: string, kind: string): StatementSync {
  return db.prepare(`
    SELECT idx FROM records INDEXED BY ${index} WHERE ${kind} AND idx < ?
    ORDER BY idx DESC LIMIT 1 OFFSET ${recordsWalkedMax - 1}`);
}

function recordOrNull(row: object | undefined): StoredRecord | null {
  return row === undefined ? null : ({ ...row } as StoredRecord);
}
