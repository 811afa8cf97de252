/**
 * Whether a log is whole: the tree and its signature (by `tlog`), and what each record says of its payload.
 *
 * Needs the public key alone, and trusts nothing else: no other column, no other key, no server. Bad data is
 * reported, never thrown; memory grows only with what is gone. `ok` means that every record is as it was
 * signed, in its place, and that every payload is there as it was, or is gone by a record that says so.
 */
import { parseCheckpoint } from "@countersign/tlog/checkpoint";
import type { LogProblemCode } from "@countersign/tlog/log-report";
import { parseNote } from "@countersign/tlog/note";
import { type StoredLeaf, verifyLog } from "@countersign/tlog/verify-log";
import type { LogHead, StoredRecord } from "#/store/stored.ts";
import { type Leaf, parseLeaf } from "./leaf.ts";
import { sealedHash } from "./payload.ts";

/** What is wrong with a log besides what `tlog` finds. */
export const recordProblems = {
  "head.altered": "the stored size is not that of the checkpoint",
  "node.missing": "a node of the tree that this record completes is not stored",
  "payload.altered": "the stored payload is not the one that was sealed for this record",
  "payload.missing": "the payload is gone, and no later record says that it was erased",
  "payload.present": "a later record says that the payload was erased, but it is still there",
  "payload.unexpected": "a payload is stored for a record that has none",
  "record.malformed": "the leaf is not the canonical JSON of a record",
  "record.stray": "a record stands where none can, or a payload without a record",
} as const;
export type RecordProblemCode = keyof typeof recordProblems;

export interface VerificationProblem {
  /** Of the record in question; null where no one record is. */
  readonly index: number | null;
  readonly code: RecordProblemCode | LogProblemCode;
  readonly message: string;
}

export interface LogVerification {
  readonly ok: boolean;
  /** The checkpoint's size, or the number of records that were read if it does not verify. */
  readonly size: number;
  /** Base64, from the bytes of all leaves; null if some of them can't be had. */
  readonly root: string | null;
  /** Payloads that are gone by a record that says so; null where the source shows no payloads. */
  readonly erased: number | null;
  readonly problems: readonly VerificationProblem[];
}

/**
 * A log to verify. A source that shows leaves alone, as the API does, says null for the rest: its tree is then
 * checked as surely, but a change can be named less precisely, and nothing is known of payloads.
 */
export interface LogSource {
  readonly head: LogHead;
  /** All of them, ascending from index 0. */
  readonly records: Iterable<StoredRecord> | AsyncIterable<StoredRecord>;
  /** The stored node above level 0; null where it is missing. Asked with the leaf that completes it. */
  readonly node: ((level: number, index: number) => Uint8Array | null) | null;
  /** The payload as stored, sealed; null where there is none. Asked with its record. */
  readonly payload: ((index: number) => Uint8Array | null) | null;
}

/** Listed in all for the records; `tlog` has a bound of its own for the tree. */
const problemsMax = 100;

/** `verifierKey` in its text form; it has to come from elsewhere than the log. */
export async function verifyRecords(
  source: LogSource,
  verifierKey: string,
): Promise<LogVerification> {
  const findings: Findings = { problems: [], count: 0 };
  const payloads: Payloads = { missing: new Set(), erased: new Set() };
  let current = -1;

  async function* leaves(): AsyncGenerator<StoredLeaf> {
    for await (const record of source.records) {
      current = record.index;
      checkRecord(record, source.payload, payloads, findings);
      yield { index: record.index, bytes: record.leaf, storedHash: record.leafHash };
    }
  }

  function readStoredNode(level: number, index: number): Uint8Array | null {
    const node = source.node?.(level, index) ?? null;
    // Where whole records are missing, their nodes are too: that is told of the records.
    const isExpected = level > 0 && current === (index + 1) * 2 ** level - 1;
    if (node === null && source.node !== null && isExpected) {
      add(findings, current, "node.missing", `the node (${level}, ${index})`);
    }
    return node;
  }

  const { checkpoint } = source.head;
  const tree = await verifyLog({ leaves: leaves(), readStoredNode, checkpoint }, verifierKey);
  checkHead(source.head, findings);
  for (const index of payloads.missing) add(findings, index, "payload.missing", `record ${index}`);
  const problems = [...tree.problems, ...listed(findings)].toSorted(byIndex);
  return {
    ok: problems.length === 0,
    size: tree.size,
    root: tree.root,
    erased: source.payload === null ? null : payloads.erased.size,
    problems,
  };
}

interface Findings {
  readonly problems: VerificationProblem[];
  count: number;
}

/** Indexes of records whose payload is gone: not yet accounted for, and by a record that says so. */
interface Payloads {
  readonly missing: Set<number>;
  readonly erased: Set<number>;
}

function checkRecord(
  record: StoredRecord,
  readPayload: LogSource["payload"],
  payloads: Payloads,
  findings: Findings,
): void {
  const { index } = record;
  const leaf = record.leaf instanceof Uint8Array ? parseLeaf(record.leaf) : null;
  if (leaf === null) add(findings, index, "record.malformed", `record ${index}`);
  if (leaf === null || readPayload === null) return;
  const payload = readPayload(index);
  if (leaf.payload === null) {
    if (payload !== null) add(findings, index, "payload.unexpected", `record ${index}`);
  } else if (payload === null) {
    payloads.missing.add(index);
  } else if (sealedHash(payload) !== leaf.payload.sealed) {
    add(findings, index, "payload.altered", `record ${index}`);
  }
  for (const erased of erasedBy(leaf)) {
    if (payloads.missing.delete(erased)) payloads.erased.add(erased);
    else if (!payloads.erased.has(erased)) {
      add(findings, erased, "payload.present", `record ${erased}, erased by record ${index}`);
    }
  }
}

/** `subject.erased` names the records whose payloads it destroyed. */
function erasedBy({ type, body }: Leaf): readonly number[] {
  const { records } = body;
  if (type !== "subject.erased" || !Array.isArray(records)) return [];
  return records.filter((index) => Number.isSafeInteger(index));
}

/** What is wrong with the checkpoint itself, `tlog` has told. */
function checkHead({ size, checkpoint }: LogHead, findings: Findings): void {
  let signed: number;
  try {
    signed = parseCheckpoint(parseNote(checkpoint).text).size;
  } catch {
    return;
  }
  if (signed !== size) add(findings, null, "head.altered", `${size} stored, ${signed} signed`);
}

function add(
  findings: Findings,
  index: number | null,
  code: RecordProblemCode,
  what: string,
): void {
  findings.count += 1;
  if (findings.problems.length >= problemsMax) return;
  findings.problems.push({ index, code, message: `${recordProblems[code]} (${what})` });
}

function listed({ problems, count }: Findings): readonly VerificationProblem[] {
  const more = count - problems.length;
  if (more === 0) return problems;
  return [
    ...problems,
    { index: null, code: "problems.more", message: `and ${more} more problems` },
  ];
}

/** Those of no one record come last. */
function byIndex(a: VerificationProblem, b: VerificationProblem): number {
  return (a.index ?? Number.MAX_SAFE_INTEGER) - (b.index ?? Number.MAX_SAFE_INTEGER);
}
