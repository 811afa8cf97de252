/** A log in memory, sealed and grown by the real ledger, whose stored parts can be changed at will. */
import assert from "node:assert/strict";
import { formatVerifierKey, generateKey } from "@countersign/tlog/note";
import type { ActionId, ReviewId } from "#/core/ids.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { SealedRecord } from "#/store/ledger.ts";
import { spelledBytes } from "#/store/sqlite/record-bytes.ts";
import type { LogHead, StoredRecord } from "#/store/stored.ts";
import { createLedger } from "./ledger.ts";
import type { LogSource } from "./verify-records.ts";

export const payloadKey = Buffer.alloc(32, 7);
export const signingKey = generateKey("countersign.test/1");
export const verifierKey = formatVerifierKey(signingKey);
export const otherVerifierKey = formatVerifierKey(generateKey("countersign.test/1"));

const ledger = createLedger({ origin: signingKey.name, signingKey, payloadKey });

/** Of a commit that has this record alone. */
export function seal(record: RecordDraft): SealedRecord {
  const [sealed] = ledger.seal([spelledBytes(ledger.spell(record))]);
  return sealed ?? assert.fail();
}

export interface MemoryRecord extends StoredRecord {
  readonly payload: Uint8Array | null;
}

/** What a store keeps. */
export interface MemoryLog {
  head: LogHead;
  readonly records: MemoryRecord[];
  /** By `level/index`, above level 0. */
  readonly nodes: Map<string, Uint8Array>;
}

/** Appends in commits of at most `batchMax` records. */
export function memoryLog(drafts: readonly RecordDraft[], batchMax = 3): MemoryLog {
  const { checkpoint } = ledger.integrate(0, [], () => assert.fail());
  const log: MemoryLog = { head: { size: 0, checkpoint }, records: [], nodes: new Map() };
  for (let start = 0; start < drafts.length; start += batchMax) {
    const commit = drafts.slice(start, start + batchMax);
    appendTo(log, ledger.seal(commit.map((each) => spelledBytes(ledger.spell(each)))));
  }
  return log;
}

export function appendTo(log: MemoryLog, sealed: readonly SealedRecord[]): void {
  const { size } = log.head;
  const grown = ledger.integrate(size, sealed, (level, index) => {
    return nodeOf(log, level, index) ?? assert.fail("a node that is not complete");
  });
  for (const { level, index, hash } of grown.nodes) {
    if (level > 0) log.nodes.set(`${level}/${index}`, hash);
  }
  for (const [offset, { leaf, leafHash, payload }] of sealed.entries()) {
    log.records.push({ index: size + offset, leaf, leafHash, payload });
  }
  log.head = { size: size + sealed.length, checkpoint: grown.checkpoint };
}

export function nodeOf(log: MemoryLog, level: number, index: number): Uint8Array | null {
  if (level === 0) return log.records[index]?.leafHash ?? null;
  return log.nodes.get(`${level}/${index}`) ?? null;
}

export function sourceOf(log: MemoryLog): LogSource {
  const { head, records } = log;
  return {
    head,
    records,
    node: (level, index) => nodeOf(log, level, index),
    payload: (asked) => records.find(({ index }) => index === asked)?.payload ?? null,
  };
}

export function alter(log: MemoryLog, index: number, change: Partial<MemoryRecord>): void {
  log.records[index] = { ...(log.records[index] ?? assert.fail()), ...change };
}

export function flip(bytes: Uint8Array, position: number, mask: number): Uint8Array {
  const copy = Buffer.from(bytes);
  const at = position % copy.length;
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}

export function draft(changes: Partial<RecordDraft> = {}): RecordDraft {
  return {
    type: "review.verdict",
    at: Date.UTC(2026, 10, 22, 3, 4, 5, 6),
    action: "act_1" as ActionId,
    review: "rev_1" as ReviewId,
    body: { verdict: "approve", person: "per_1" },
    payload: { name: "Ada", comment: "fine" },
    ...changes,
  };
}

/** Of `count` records, every third without a payload. */
export function drafts(count: number): readonly RecordDraft[] {
  return Array.from({ length: count }, (_, number) => {
    const body = { number };
    return number % 3 === 2 ? draft({ body, payload: null }) : draft({ body, payload: { number } });
  });
}

export function erasure(records: readonly number[]): RecordDraft {
  return draft({ type: "subject.erased", body: { records: [...records] }, payload: null });
}
