/**
 * How the log grows by what a group has gathered: leaves, the tree's nodes, its right edge and its head, all
 * of them in the group's transaction.
 */
import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { GatewayError } from "#/core/errors.ts";
import type { Ledger, NodeAddress, SealedRecord, SpelledRecord } from "#/store/ledger.ts";
import { type Frontier, frontierKey, frontierOf, growFrontier } from "./frontier.ts";
import { type LogReader, nodesByLeaf, prepareInsertRecords } from "./log-rows.ts";

export interface LogGrowth {
  /** Adds the records in their order, and moves the head. */
  grow(records: readonly SpelledRecord[], counters: Counters): void;
  /** What was grown is committed; before, it must not be remembered. */
  committed(): void;
  /** Of the log, as committed. */
  size(): number;
  /** About what was committed takes in the database, in bytes, since this was asked last. */
  takeBytes(): number;
}

/** What stands with the head. */
export interface Counters {
  /** The number of the latest change of a review. */
  readonly changed: number;
  /** The number of the journal's last frame that is in the log. */
  readonly ingested: number;
}

interface Edge {
  readonly size: number;
  readonly checkpoint: string;
  readonly frontier: Frontier;
}

/** What a record takes besides its leaf and payload. */
const recordBytes = 256;

export function openLogGrowth(db: DatabaseSync, ledger: Ledger, log: LogReader): LogGrowth {
  const insertRecords = prepareInsertRecords(db);
  const moveHead = db.prepare(
    "UPDATE head SET size = ?, checkpoint = ?, changed = ?, ingested = ?",
  );
  ensureHead(db, ledger);
  const { size, checkpoint } = readHead(db, log);
  let edge: Edge = { size, checkpoint, frontier: frontierOf(size, log.node) };
  let grown: Edge = edge;
  let bytes = 0;

  function extend(records: readonly SpelledRecord[]): Edge {
    const sealed = ledger.seal(records);
    assert.equal(sealed.length, records.length, "each record has its leaf");
    const added = ledger.integrate(edge.size, sealed, readNode);
    const completed = nodesByLeaf(edge.size, sealed.length, added.nodes);
    insertRecords(edge.size, sealed, completed);
    bytes += sealed.reduce((sum, record) => sum + storedBytes(record), 0);
    return {
      size: edge.size + sealed.length,
      checkpoint: added.checkpoint,
      frontier: growFrontier(edge.frontier, edge.size, sealed, completed),
    };
  }

  function readNode(level: number, index: number): Uint8Array {
    const address: NodeAddress = { level, index };
    const node = edge.frontier.get(frontierKey(address)) ?? log.node(address);
    assert(node !== null, "the ledger asked for a node that is not complete yet");
    return node;
  }

  return {
    grow(records, { changed, ingested }) {
      grown = records.length === 0 ? edge : extend(records);
      moveHead.run(grown.size, grown.checkpoint, changed, ingested);
    },
    committed() {
      edge = grown;
    },
    size: () => edge.size,
    takeBytes() {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
  };
}

/** A log without records has a signed head as well. */
function ensureHead(db: DatabaseSync, ledger: Ledger): void {
  if (db.prepare("SELECT 1 FROM head").get() !== undefined) return;
  const { checkpoint } = ledger.integrate(0, [], () => assert.fail("an empty tree has no nodes"));
  db.prepare("INSERT INTO head (only, size, checkpoint, changed) VALUES (1, 0, ?, 0)").run(
    checkpoint,
  );
}

function readHead(db: DatabaseSync, log: LogReader): ReturnType<LogReader["head"]> {
  const head = log.head();
  const last = db.prepare("SELECT max(idx) AS last FROM records").get()?.["last"] ?? -1;
  if (Number(last) + 1 !== head.size) {
    throw new GatewayError(
      "store.unreadable",
      "The log does not have as many records as its head says.",
      { details: { size: head.size, records: Number(last) + 1 } },
    );
  }
  return head;
}

function storedBytes({ leaf, payload }: SealedRecord): number {
  return recordBytes + leaf.length + (payload?.length ?? 0);
}
