/**
 * One pass over a text that comes in pieces of any size.
 *
 * Guarantees:
 * - What is found does not depend on how the text is cut: an anchor is decided when all bytes that may matter to it
 *   are there, and reads no others.
 * - Memory is bounded by what a rule may look ahead, not by the text.
 * - Time is linear. Each anchor is worth a bounded look; a text that spends more than `workPerByteMax` for its length is
 *   one finding, `unscanned`, from there to its end.
 */

import type { Entity } from "#/core/entity.ts";
import { alphabetsMost, alphabetsOfByte, letterBit } from "./alphabet.ts";
import { decodeRun, encodedBytesLeast, encodedBytesMax, isEncodedByte } from "./encoded-run.ts";
import type { Candidate, Finding } from "./finding.ts";
import { lookBehindMax, type MarkName, type Reading } from "./reading.ts";
import type { Hit, RuleSet } from "./rules.ts";
import { inOrder, settle, toFinding } from "./settle.ts";
import { type Topic, topicNumbers, topicReachAfter, topics } from "./topics.ts";

export interface Scan {
  /** Takes the next piece; it is copied as far as it is needed later. `lead` is a short piece before it. */
  readonly push: (piece: Uint8Array, lead?: Uint8Array) => void;
  /** Settles what is left. What is pushed after it is another text. */
  readonly end: () => void;
  /** All that comes later begins at or after this byte of the text. */
  readonly settledUpTo: () => number;
  /** Steps besides the one pass, and how many bytes are kept: for tests, which hold both to their bounds. */
  readonly cost: () => { readonly work: number; readonly keptBytes: number };
}

export interface ScanOptions {
  readonly rules: RuleSet;
  /** Called in the order of the text; findings never overlap. */
  readonly onFinding: (finding: Finding) => void;
  /** Whether it counts; unless stated all does. What does not count explains nothing either. */
  readonly isWanted?: (entity: Entity, confidence: number) => boolean;
  /** Whether this text was decoded from another: what it encodes itself is not looked at. */
  readonly isDecoded?: boolean;
}

/** A text may cost so many steps besides the one pass, and so many for each of its bytes. */
const workAtFirstMax = 262_144;
const workPerByteMax = 48;
/** A large piece is worked off in parts of this size. */
const pieceBytesMax = 65_536;
/** Pieces up to this length are copied without a call. */
const shortMost = 64;
/** Behind the text so many bytes are zero, for what looks one byte further. */
const sentinelBytes = 16;

const all = () => true;
const noMarks: Readonly<Record<MarkName, number>> = {
  numbers: 0,
  encoded: 0,
  pem: 0,
  colons: 0,
  wallets: 0,
  headers: 0,
  passwords: 0,
  named: 0,
  manifests: 0,
  secretKind: 0,
  keystores: 0,
};

export function startScan({
  rules,
  onFinding,
  isWanted = all,
  isDecoded = false,
}: ScanOptions): Scan {
  const { automaton, hits, starts, list, aheadMax } = rules;
  const { classes, next, firstHit, shift } = automaton;
  const seenAt = new Float64Array(topics.length).fill(Number.NEGATIVE_INFINITY);
  const marks: Record<MarkName, number> = { ...noMarks };
  /** Of each alphabet the last run that was read: where it was begun and how far it is known to go. */
  const runFrom = new Float64Array(alphabetsMost);
  const runTo = new Float64Array(alphabetsMost);
  let anySeenAt = Number.NEGATIVE_INFINITY;
  let hasMarks = false;
  let hasRuns = false;
  let buffer: Uint8Array = new Uint8Array(0);
  let base = 0;
  let filled = 0;
  let cursor = 0;
  let state = automaton.start;
  let ended = false;
  let work = 0;
  /** Of the text before. */
  let lastWork = 0;
  let overrunAt = -1;
  /** Anchors that wait for bytes: index of the hit, and the position in the text. */
  let waiting: number[] = [];
  /** Positions within runs that may be encoded, which wait likewise. */
  let runs: number[] = [];
  let open: Candidate[] = [];
  /** How far behind the place `followedAt` each topic is named. */
  const followedBy = new Float64Array(topics.length);
  let followedAt = -1;
  let current: Candidate | null = null;
  /** Bytes of the anchor that is being decided. */
  let floor = 0;
  let limit = 0;

  const reading: Reading = {
    get bytes() {
      return buffer;
    },
    get floor() {
      return floor;
    },
    get limit() {
      return limit;
    },
    get base() {
      return base;
    },
    get isEnd() {
      return ended && limit === filled;
    },
    since: (topic, at) => base + at - (seenAt[topicNumbers[topic]] ?? Number.NEGATIVE_INFINITY),
    sinceAny: (at) => base + at - anySeenAt,
    follows: (topic, at, reach = topicReachAfter) => followsIn(at, topic, reach),
    add(candidate) {
      if (!isWanted(candidate.entity, candidate.confidence)) return;
      const start = base + candidate.start;
      const end = base + candidate.end;
      open.push({
        entity: candidate.entity,
        start,
        end,
        confidence: candidate.confidence,
        rule: candidate.rule,
        from: candidate.from === undefined ? start : base + candidate.from,
        to: candidate.to === undefined ? end : base + candidate.to,
      });
    },
    spend(bytes) {
      work += bytes;
    },
    runEnd,
    mark: (name) => marks[name] - base,
    setMark(name, at) {
      hasMarks = true;
      marks[name] = base + at;
    },
  };

  return {
    push,
    end: finish,
    settledUpTo,
    cost: () => ({ work: Math.max(work, lastWork), keptBytes: buffer.length }),
  };

  function push(piece: Uint8Array, lead?: Uint8Array): void {
    // Its bytes are looked at together with the first of the piece.
    if (lead !== undefined && lead.length > 0) append(lead);
    if (piece.length <= pieceBytesMax) return takeIn(piece);
    for (let at = 0; at < piece.length; at += pieceBytesMax)
      takeIn(piece.subarray(at, at + pieceBytesMax));
  }

  function takeIn(piece: Uint8Array): void {
    append(piece);
    run();
    settleOpen(horizon());
  }

  function finish(): void {
    ended = true;
    workOff();
    workOffRuns();
    settleOpen(Number.POSITIVE_INFINITY);
    if (current !== null) onFinding(toFinding(current));
    current = null;
    lastWork = work;
    begin();
  }

  /** As if nothing had been read. The buffer is kept. */
  function begin(): void {
    // Most texts are short and leave nothing behind.
    if (anySeenAt !== Number.NEGATIVE_INFINITY) seenAt.fill(Number.NEGATIVE_INFINITY);
    if (hasMarks) Object.assign(marks, noMarks);
    if (hasRuns) {
      runFrom.fill(-1);
      runTo.fill(-1);
    }
    hasMarks = false;
    hasRuns = false;
    anySeenAt = Number.NEGATIVE_INFINITY;
    base = 0;
    filled = 0;
    cursor = 0;
    state = automaton.start;
    ended = false;
    work = 0;
    overrunAt = -1;
    followedAt = -1;
    waiting.length = 0;
    runs.length = 0;
    open.length = 0;
  }

  /** Keeps what may still be looked back at, and adds the piece. */
  function append(piece: Uint8Array): void {
    const oldest =
      Math.min(waiting[1] ?? Number.POSITIVE_INFINITY, runs[0] ?? Number.POSITIVE_INFINITY) - base;
    const keep = Math.max(0, Math.min(oldest, cursor) - lookBehindMax - 1);
    const left = filled - keep;
    if (left + piece.length + sentinelBytes > buffer.length || keep > 0) {
      const grown =
        buffer.length >= left + piece.length + sentinelBytes
          ? buffer
          : new Uint8Array(left + piece.length + aheadMax);
      grown.set(buffer.subarray(keep, filled));
      buffer = grown;
      base += keep;
      cursor -= keep;
      filled = left;
    }
    const to = buffer;
    // Short pieces are copied faster byte by byte.
    if (piece.length > shortMost) to.set(piece, filled);
    else for (let at = 0; at < piece.length; at += 1) to[filled + at] = piece[at] as number;
    filled += piece.length;
    // What an earlier text left behind it is no part of this one.
    for (let at = filled; at < filled + sentinelBytes; at += 1) to[at] = 0;
  }

  function run(): void {
    const bytes = buffer;
    const to = filled;
    let at = cursor;
    let row = state;
    // The indices are within their arrays by construction; a test for it here would cost a third of the speed.
    for (; at < to; at += 1) {
      row = next[(row << shift) | (classes[bytes[at] as number] as number)] as number;
      if (row >= firstHit) {
        const last = starts[row - firstHit + 1] ?? 0;
        for (let each = starts[row - firstHit] ?? 0; each < last; each += 1)
          meet(list[each] ?? 0, at);
      }
    }
    if (!isDecoded) sample(cursor, to);
    state = row;
    cursor = at;
    workOff();
    workOffRuns();
  }

  /** A run of `encodedBytesLeast` holds one of the positions that are looked at, and half as much before or after it. */
  function sample(from: number, to: number): void {
    const half = encodedBytesLeast / 2;
    const first = from + half - 1 - ((base + from + half - 1) % half);
    for (let at = first; at < to; at += half) {
      // Words are shorter: most positions are told by the first or second look.
      if (at < from || at < half - 1 || !isEncodedByte(buffer[at - half / 2] as number)) continue;
      if (!isEncodedByte(buffer[at] as number)) continue;
      let back = 1;
      while (back < half && isEncodedByte(buffer[at - back] as number)) back += 1;
      if (back === half) runs.push(base + at);
    }
  }

  function workOffRuns(): void {
    let done = 0;
    for (; done < runs.length; done += 1) {
      const at = (runs[done] ?? 0) - base;
      if (at + encodedBytesMax > filled && !ended) break;
      findEncoded(at, Math.min(filled, at + encodedBytesMax));
    }
    if (done > 0) runs = runs.slice(done);
  }

  function findEncoded(at: number, end: number): void {
    const from = Math.max(0, at - lookBehindMax, marks.encoded - base);
    if (at < from || overrunAt >= 0) return;
    let start = at;
    while (start > from && isEncodedByte(buffer[start - 1] as number)) start -= 1;
    let last = at + 1;
    while (last < end && isEncodedByte(buffer[last] as number)) last += 1;
    // A part of a longer run ends with a whole quantum.
    if (last === end && last < filled) last -= (last - start) % 4;
    reading.setMark("encoded", last);
    work += last - start;
    const decoded = last - start < encodedBytesLeast ? null : decodeRun(buffer, start, last);
    if (decoded === null) return;
    work += decoded.text.length;
    let first: Finding | null = null;
    const inner = startScan({
      rules,
      isWanted,
      isDecoded: true,
      onFinding: (finding) => (first ??= finding),
    });
    inner.push(decoded.text);
    inner.end();
    while (last < filled && last - at < encodedBytesMax && buffer[last] === 0x3d) last += 1;
    if (first !== null) addEncoded(first, start, last, decoded.how);
  }

  function addEncoded(
    { entity, rule, confidence }: Finding,
    start: number,
    end: number,
    how: string,
  ): void {
    reading.add({ entity, start, end, confidence, rule: `${rule ?? entity}+${how}` });
  }

  function meet(index: number, at: number): void {
    if (waiting.length === 0 && decide(index, at)) return;
    waiting.push(index, base + at);
  }

  /** False where bytes are missing. */
  function decide(index: number, at: number): boolean {
    const hit = hits[index];
    if (hit === undefined) return true;
    if (hit.kind === "word") {
      if (hit.alone && at + 1 >= filled && !ended) return false;
      noteWord(hit, at);
      return true;
    }
    if (at + 1 + hit.ahead > filled && !ended) return false;
    floor = Math.max(0, at - lookBehindMax);
    limit = Math.min(filled, at + 1 + hit.ahead);
    if (overrunAt >= 0) return true;
    hit.find(reading, at);
    if (work > workAtFirstMax + workPerByteMax * (base + at)) overrunAt = base + at;
    return true;
  }

  function noteWord(hit: Extract<Hit, { kind: "word" }>, at: number): void {
    const first = at + 1 - hit.length;
    if (hit.alone && !isAlone(first, at)) return;
    seenAt[hit.topic] = base + at + 1;
    anySeenAt = base + at + 1;
  }

  /** A word of its own, or a part of a name such as `userSsn` and `ssn_no`. */
  function isAlone(first: number, last: number): boolean {
    const initial = buffer[first] ?? 0;
    if (first > 0 && isLetter(buffer[first - 1] ?? 0)) {
      const isCamel = initial >= 0x41 && initial <= 0x5a && (buffer[first - 1] ?? 0) >= 0x61;
      if (!isCamel) return false;
    }
    if (last + 1 >= filled) return true;
    const following = buffer[last + 1] ?? 0;
    if (!isLetter(following)) return true;
    return following <= 0x5a && (buffer[last] ?? 0) >= 0x61;
  }

  /** What follows a place is read once for all topics. */
  function followsIn(at: number, topic: Topic, reach: number): boolean {
    if (followedAt !== base + at) lookAfter(at);
    return (followedBy[topicNumbers[topic]] ?? 0) <= reach;
  }

  function lookAfter(at: number): void {
    followedAt = base + at;
    followedBy.fill(Number.POSITIVE_INFINITY);
    const to = Math.min(limit, at + topicReachAfter);
    work += to - at;
    let row = automaton.start;
    for (let position = at; position < to; position += 1) {
      row = next[(row << shift) | (classes[buffer[position] ?? 0] ?? 0)] ?? 0;
      if (row < firstHit) continue;
      const last = starts[row - firstHit + 1] ?? 0;
      for (let each = starts[row - firstHit] ?? 0; each < last; each += 1) {
        const hit = hits[list[each] ?? 0];
        if (hit?.kind !== "word" || (hit.alone && !isAlone(position + 1 - hit.length, position)))
          continue;
        followedBy[hit.topic] = Math.min(followedBy[hit.topic] ?? 0, position + 1 - at);
      }
    }
  }

  function runEnd(bit: number, from: number, last: number): number {
    hasRuns = true;
    const index = 31 - Math.clz32(bit);
    const first = base + from;
    const known = (runTo[index] as number) - base;
    const isInside = first >= (runFrom[index] as number) && from <= known;
    let at = isInside ? Math.min(known, last) : from;
    const start = at;
    while (at < last && ((alphabetsOfByte[buffer[at] as number] as number) & bit) !== 0) at += 1;
    work += 1 + at - start;
    if (!isInside) runFrom[index] = first;
    if (!isInside || at > known) runTo[index] = base + at;
    return at;
  }

  function workOff(): void {
    let done = 0;
    while (done < waiting.length && decide(waiting[done] ?? 0, (waiting[done + 1] ?? 0) - base))
      done += 2;
    if (done > 0) waiting = waiting.slice(done);
  }

  /** Nothing that is found from now on begins before it. */
  function horizon(): number {
    const oldest = Math.min(
      waiting[1] ?? Number.POSITIVE_INFINITY,
      runs[0] ?? Number.POSITIVE_INFINITY,
      base + cursor,
    );
    return Math.max(0, oldest - lookBehindMax);
  }

  function settleOpen(until: number): void {
    if (overrunAt >= 0) return settleOverrun(until);
    if (open.length > 1) open.sort(inOrder);
    let taken = 0;
    for (const candidate of open) {
      if (candidate.start >= until) break;
      taken += 1;
      if (current === null) {
        current = candidate;
        continue;
      }
      const joined = settle(current, candidate);
      if (joined !== null) {
        current = joined;
        continue;
      }
      onFinding(toFinding(current));
      current = candidate;
    }
    if (taken > 0) open = open.slice(taken);
    if (current === null || current.to > until || until === Number.POSITIVE_INFINITY) return;
    // What waits may still explain it.
    for (const { from } of open) if (from < current.to) return;
    onFinding(toFinding(current));
    current = null;
  }

  /** From the overrun on all is one finding, which ends with the text. */
  function settleOverrun(until: number): void {
    if (until !== Number.POSITIVE_INFINITY) return;
    const start = Math.max(0, Math.min(overrunAt - lookBehindMax, settledUpTo()));
    current = null;
    open = [];
    onFinding({
      entity: "unscanned",
      start,
      end: base + filled,
      confidence: 1,
      rule: "over_budget",
    });
  }

  function settledUpTo(): number {
    const first = current?.start ?? Number.POSITIVE_INFINITY;
    const earliest = open.reduce((least, { start }) => Math.min(least, start), first);
    return Math.min(
      earliest,
      overrunAt >= 0 ? Math.max(0, overrunAt - lookBehindMax) : Number.POSITIVE_INFINITY,
      horizon(),
    );
  }
}

function isLetter(byte: number): boolean {
  return ((alphabetsOfByte[byte] ?? 0) & letterBit) !== 0;
}
