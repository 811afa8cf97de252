/**
 * The log's rows: records with the tree's nodes in them, and sealed payloads beside.
 *
 * The node (level, index) is kept with the leaf that completes its subtree, which is the last one under it:
 * leaf (index + 1) * 2^level - 1. So a leaf's row has one node for each trailing 1 bit of its index.
 */
import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import type { ActionId } from "#/core/ids.ts";
import type { NodeAddress, SealedRecord } from "#/store/ledger.ts";
import type { LogHead, StoredRecord } from "#/store/stored.ts";

const hashBytes = 32;
/** A leaf as tlog-tiles can carry it; the gateway's own are shorter. */
const storedLeafBytesMax = 65_535;
/** A tree of as many levels as safe integers have bits. */
const storedNodesBytesMax = 53 * 32;

export interface StoredHead extends LogHead {
  /** The number of the latest change of a review. */
  readonly changed: number;
}

export interface LogReader {
  head(): StoredHead;
  /** Ascending from index `from`. */
  records(from: number, limit: number): readonly StoredRecord[];
  /** The whole log, ascending, of which one record is in memory at a time. */
  all(): Iterable<StoredRecord>;
  recordsOfAction(action: ActionId, limit: number): readonly StoredRecord[];
  node(address: NodeAddress): Uint8Array | null;
  payload(index: number): Uint8Array | null;
}

export function prepareLogReader(db: DatabaseSync): LogReader {
  // As bytes, so that nothing is decoded on the way: what is verified is what stands in the file. What is longer
  // than it can be is left where it is, and counts as not there.
  const columns = `idx AS "index",
    CASE WHEN octet_length(leaf) <= ${storedLeafBytesMax} THEN CAST(leaf AS BLOB) END AS leaf,
    ${short("leaf_hash")} AS leafHash`;
  // Whatever stands in a text's place is no signed note, and is told as that.
  const head = db.prepare(
    "SELECT size, coalesce(CAST(checkpoint AS TEXT), '') AS checkpoint, changed FROM head",
  );
  const records = db.prepare(`SELECT ${columns} FROM records WHERE idx >= ? ORDER BY idx LIMIT ?`);
  const ofAction = db.prepare(
    `SELECT ${columns} FROM records WHERE action = ? ORDER BY idx LIMIT ?`,
  );
  const all = db.prepare(
    `SELECT ${columns} FROM records WHERE idx BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER} ORDER BY idx`,
  );
  const hashes = db.prepare(
    `SELECT ${short("leaf_hash")} AS leafHash, ${short("nodes")} AS nodes FROM records WHERE idx = ?`,
  );
  const payload = db.prepare("SELECT sealed FROM payloads WHERE idx = ?");
  return {
    head() {
      const row = head.get();
      assert(row !== undefined, "a migrated database has a head");
      return row as unknown as StoredHead;
    },
    records: (from, limit) => records.all(from, limit) as unknown as readonly StoredRecord[],
    all: () => all.iterate() as unknown as Iterable<StoredRecord>,
    recordsOfAction: (action, limit) =>
      ofAction.all(action, limit) as unknown as readonly StoredRecord[],
    node({ level, index }) {
      const row = hashes.get(completingLeaf({ level, index }));
      if (row === undefined) return null;
      if (level === 0) return row["leafHash"] as Uint8Array;
      const nodes = row["nodes"] as Uint8Array | null;
      const node = nodes?.subarray((level - 1) * hashBytes, level * hashBytes);
      return node?.length === hashBytes ? node : null;
    },
    payload: (index) => (payload.get(index)?.["sealed"] as Uint8Array | undefined) ?? null,
  };
}

const short = (column: string) =>
  `CASE WHEN octet_length(${column}) <= ${storedNodesBytesMax} THEN ${column} END`;

/** Adds records from index `size` on, with the nodes that they complete. */
export type InsertRecords = (
  size: number,
  records: readonly SealedRecord[],
  completed: readonly (readonly Uint8Array[])[],
) => void;

export function prepareInsertRecords(db: DatabaseSync): InsertRecords {
  const insertRecords = prepareRows(
    db,
    "INSERT INTO records (idx, leaf, leaf_hash, nodes) VALUES",
    "(?, CAST(? AS TEXT), ?, ?)",
  );
  const insertPayloads = prepareRows(db, "INSERT INTO payloads (idx, sealed) VALUES", "(?, ?)");
  return (size, records, completed) => {
    const rows: Value[] = [];
    const payloads: Value[] = [];
    for (const [offset, { leaf, leafHash, payload }] of records.entries()) {
      const nodes = completed[offset] as readonly Uint8Array[];
      rows.push(size + offset, leaf, leafHash, joinNodes(nodes));
      if (payload !== null) payloads.push(size + offset, payload);
    }
    insertRecords(rows);
    insertPayloads(payloads);
  };
}

type Value = number | Uint8Array;

/**
 * Rows that one statement adds. SQLite keeps a copy of each page that a statement of several rows changes, for as long as
 * it could fail halfway: with 16 rows in place of 64 a record costs the store's thread 8 % more.
 */
const rowsTogether = [64, 8, 1] as const;

/** Adds the rows whose values stand one behind the other. */
function prepareRows(db: DatabaseSync, insert: string, row: string) {
  const columns = row.split("?").length - 1;
  const statements = rowsTogether.map((rows) => ({
    values: rows * columns,
    statement: db.prepare(`${insert} ${Array(rows).fill(row).join()}`),
  }));
  return (values: readonly Value[]) => {
    let at = 0;
    for (const { values: step, statement } of statements) {
      for (; at + step <= values.length; at += step) {
        statement.run(...values.slice(at, at + step));
      }
    }
  };
}

/**
 * The nodes above level 0, sorted to the leaf that completes each, from level 1 up. A ledger that leaves one
 * out, or adds one that is not complete, is broken: the tree could not be read back.
 */
export function nodesByLeaf(
  size: number,
  leaves: number,
  nodes: readonly (NodeAddress & { readonly hash: Uint8Array })[],
): readonly (readonly Uint8Array[])[] {
  const completed = Array.from({ length: leaves }, (): Uint8Array[] => []);
  for (const { level, index, hash } of nodes) {
    if (level === 0) continue;
    const own = completed[completingLeaf({ level, index }) - size];
    assert(
      own !== undefined && hash.length === hashBytes,
      "a node that these leaves do not complete",
    );
    own[level - 1] = hash;
  }
  for (const [offset, own] of completed.entries()) {
    assert(
      own.length === completedLevels(size + offset) && !own.includes(undefined as never),
      "a leaf without a node that it completes",
    );
  }
  return completed;
}

/** Sizes are safe integers: no bit operators, which would cut them at 2^31. */
export function completingLeaf({ level, index }: NodeAddress): number {
  return (index + 1) * 2 ** level - 1;
}

function completedLevels(leaf: number): number {
  let levels = 0;
  for (let at = leaf; at % 2 === 1; at = (at - 1) / 2) levels += 1;
  return levels;
}

const noNodes = new Uint8Array(0);

function joinNodes(nodes: readonly Uint8Array[]): Uint8Array {
  const [only] = nodes;
  if (only === undefined) return noNodes;
  return nodes.length === 1 ? only : Buffer.concat(nodes);
}
