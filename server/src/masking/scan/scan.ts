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
import type { Finding } from "#/masking/finding.ts";
import { lookBehindMax, type MarkName, type Reading } from "#/masking/reading.ts";
import type { RuleSet } from "#/masking/rules.ts";
import { topicReachAfter } from "#/masking/topics.ts";
import { createEncodedRuns } from "./encoded-runs.ts";
import { createRunEnds } from "./run-ends.ts";
import { createSettling } from "./settling.ts";
import { append, createWindow } from "./text-window.ts";
import { createTopicWords } from "./topic-words.ts";

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
  const { classes, next, firstHit, width } = automaton;
  const window = createWindow();
  const spend = (bytes: number) => {
    work += bytes;
  };
  const words = createTopicWords(rules, window, spend);
  const ends = createRunEnds(window, spend);
  const settling = createSettling(onFinding);
  const marks: Record<MarkName, number> = { ...noMarks };
  let hasMarks = false;
  let cursor = 0;
  let state = automaton.start;
  let ended = false;
  let work = 0;
  /** Of the text before. */
  let lastWork = 0;
  let overrunAt = -1;
  /** Anchors that wait for bytes: index of the hit, and the position in the text. */
  let waiting: number[] = [];
  /** Bytes of the anchor that is being decided. */
  let floor = 0;
  let limit = 0;

  const reading: Reading = {
    get bytes() {
      return window.bytes;
    },
    get floor() {
      return floor;
    },
    get limit() {
      return limit;
    },
    get base() {
      return window.base;
    },
    get isEnd() {
      return ended && limit === window.filled;
    },
    since: words.since,
    sinceAny: words.sinceAny,
    follows: (topic, at, reach = topicReachAfter) => words.follows(topic, at, limit, reach),
    add(candidate) {
      if (!isWanted(candidate.entity, candidate.confidence)) return;
      const { base } = window;
      const start = base + candidate.start;
      const end = base + candidate.end;
      settling.add({
        entity: candidate.entity,
        start,
        end,
        confidence: candidate.confidence,
        rule: candidate.rule,
        from: candidate.from === undefined ? start : base + candidate.from,
        to: candidate.to === undefined ? end : base + candidate.to,
      });
    },
    spend,
    runEnd: ends.endOf,
    mark: (name) => marks[name] - window.base,
    setMark(name, at) {
      hasMarks = true;
      marks[name] = window.base + at;
    },
  };

  const runs = createEncodedRuns(window, reading, firstIn);

  return {
    push,
    end: finish,
    settledUpTo,
    cost: () => ({ work: Math.max(work, lastWork), keptBytes: window.bytes.length }),
  };

  function push(piece: Uint8Array, lead?: Uint8Array): void {
    // Its bytes are looked at together with the first of the piece.
    if (lead !== undefined && lead.length > 0) takeIn(lead);
    if (piece.length <= pieceBytesMax) return goOn(piece);
    for (let at = 0; at < piece.length; at += pieceBytesMax)
      goOn(piece.subarray(at, at + pieceBytesMax));
  }

  function goOn(piece: Uint8Array): void {
    takeIn(piece);
    run();
    if (overrunAt < 0) settling.settleUpTo(horizon());
  }

  function finish(): void {
    ended = true;
    workOff();
    runs.workOff(ended, overrunAt >= 0);
    if (overrunAt < 0) settling.end();
    else tellOverrun();
    lastWork = work;
    begin();
  }

  /** As if nothing had been read. The buffer is kept. */
  function begin(): void {
    words.forget();
    ends.forget();
    settling.forget();
    if (hasMarks) Object.assign(marks, noMarks);
    hasMarks = false;
    window.base = 0;
    window.filled = 0;
    cursor = 0;
    state = automaton.start;
    ended = false;
    work = 0;
    overrunAt = -1;
    waiting.length = 0;
    runs.forget();
  }

  /** Keeps what may still be looked back at, and adds the piece. */
  function takeIn(piece: Uint8Array): void {
    const oldest = Math.min(oldestWaiting() - window.base, cursor);
    const keep = Math.max(0, oldest - lookBehindMax - 1);
    append(window, piece, keep, aheadMax);
    cursor -= keep;
  }

  function oldestWaiting(): number {
    return Math.min(waiting[1] ?? Number.POSITIVE_INFINITY, runs.first());
  }

  function run(): void {
    const { bytes, filled: to } = window;
    let at = cursor;
    let row = state;
    // The indices are within their arrays by construction; a test for it here would cost a third of the speed.
    for (; at < to; at += 1) {
      row = next[row + (classes[bytes[at] as number] as number)] as number;
      if (row >= firstHit) {
        const found = next[row + width] as number;
        const last = starts[found + 1] ?? 0;
        for (let each = starts[found] ?? 0; each < last; each += 1) meet(list[each] ?? 0, at);
      }
    }
    if (!isDecoded) runs.sample(cursor, to);
    state = row;
    cursor = at;
    workOff();
    runs.workOff(ended, overrunAt >= 0);
  }

  /** What is found first in a text that was decoded. */
  function firstIn(text: Uint8Array): Finding | null {
    let first: Finding | null = null;
    const inner = startScan({
      rules,
      isWanted,
      isDecoded: true,
      onFinding: (finding) => (first ??= finding),
    });
    inner.push(text);
    inner.end();
    return first;
  }

  function meet(index: number, at: number): void {
    if (waiting.length === 0 && decide(index, at)) return;
    waiting.push(index, window.base + at);
  }

  /** False where bytes are missing. */
  function decide(index: number, at: number): boolean {
    const { base, filled } = window;
    const hit = hits[index];
    if (hit === undefined) return true;
    if (hit.kind === "word") {
      if (hit.alone && at + 1 >= filled && !ended) return false;
      words.note(hit, at);
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

  function workOff(): void {
    let done = 0;
    while (
      done < waiting.length &&
      decide(waiting[done] ?? 0, (waiting[done + 1] ?? 0) - window.base)
    )
      done += 2;
    if (done > 0) waiting = waiting.slice(done);
  }

  /** Nothing that is found from now on begins before it. */
  function horizon(): number {
    return Math.max(0, Math.min(oldestWaiting(), window.base + cursor) - lookBehindMax);
  }

  /** From the overrun on all is one finding, which ends with the text. */
  function tellOverrun(): void {
    const start = Math.max(0, Math.min(overrunAt - lookBehindMax, settledUpTo()));
    const end = window.base + window.filled;
    settling.forget();
    onFinding({ entity: "unscanned", start, end, confidence: 1, rule: "over_budget" });
  }

  function settledUpTo(): number {
    const overrun =
      overrunAt >= 0 ? Math.max(0, overrunAt - lookBehindMax) : Number.POSITIVE_INFINITY;
    return Math.min(settling.first(), overrun, horizon());
  }
}
