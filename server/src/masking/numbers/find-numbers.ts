/**
 * Decides what a run of digits is: every way to take neighbouring groups together is held against the rules of its length.
 *
 * A run is looked at again with each seventh digit, each time for the groups that begin since the last, so that no
 * length of the text changes what is found and none is looked at twice.
 */

import { digitsLeast, isDigit, isSeparator, separatorsMost } from "#/masking/automaton/runs.ts";
import type { Reading } from "#/masking/reading.ts";
import { topicReach } from "#/masking/topics.ts";
import { closingOf, openingOf } from "./edges.ts";
import { judge } from "./judge.ts";
import { createRun, type NumberRun, readRun } from "./number-run.ts";
import { candidateDigitsMax, rulesByLength } from "./rules-of-length.ts";

export function createNumberFinder(): (reading: Reading, at: number) => void {
  const run = createRun();
  return (reading, at) => {
    const from = Math.max(reading.floor, reading.mark("numbers"));
    readRun(run, reading.bytes, at, from, reading.limit);
    reading.spend(readCost + (run.end[run.groups - 1] ?? 0) - (run.start[0] ?? 0));
    const first = startsWithDate(run, reading.bytes) ? dateGroups : 0;
    for (let group = first; group < run.groups && (run.start[group] ?? 0) <= at; group += 1) {
      findFrom(reading, run, group);
    }
    reading.setMark("numbers", at + 1);
  };
}

const dateGroups = 3;
/** What reading a run costs besides its bytes, in steps. */
const readCost = 8;

/** `2024-01-15`, as most logs and rows begin: no number begins in it. */
function startsWithDate(
  { groups, size, digits, start, end }: NumberRun,
  bytes: Uint8Array,
): boolean {
  if (groups < dateGroups || size[0] !== 4 || size[1] !== 2 || size[2] !== 2) return false;
  if ((start[1] ?? 0) - (end[0] ?? 0) !== 1 || (start[2] ?? 0) - (end[1] ?? 0) !== 1) return false;
  const joint = bytes[end[0] ?? 0];
  const century = (digits[0] ?? 0) * 10 + (digits[1] ?? 0);
  const isJoined = (joint === 0x2d || joint === 0x2f) && bytes[end[1] ?? 0] === joint;
  return (
    isJoined && (century === 19 || century === 20) && (digits[4] ?? 0) <= 1 && (digits[6] ?? 0) <= 3
  );
}

/** No number is written in more groups, nor in so many of one size, unless digit by digit or in pairs. */
const usualGroupsMost = 7;
const equalGroupsMost = 5;
const equalPairsMost = 3;

/** Whether groups of one or two digits, all alike, begin here: in the middle of such a row it is a list. */
function isSpelled({ size, start }: NumberRun, { bytes, floor }: Reading, from: number): boolean {
  if (from !== 0 || (size[from] ?? 0) > 2) return false;
  const first = start[from] ?? 0;
  for (let at = first - 1; at >= floor && first - at <= separatorsMost + 1; at -= 1) {
    if (isDigit(bytes[at] ?? 0)) return false;
    if (!isSeparator(bytes[at] ?? 0)) return true;
  }
  return true;
}

function findFrom(reading: Reading, run: NumberRun, from: number): void {
  const start = run.start[from] ?? 0;
  const opening = openingOf(reading, start);
  if (opening === "word") return;
  const other = reading.since("other", start);
  const isNear = reading.sinceAny(start) <= topicReach;
  let count = 0;
  let isEqual = true;
  for (let to = from; to < run.groups; to += 1) {
    count += run.size[to] ?? 0;
    isEqual &&= run.size[to] === run.size[from];
    if (count > candidateDigitsMax) return;
    if (count < digitsLeast) continue;
    const groups = to - from + 1;
    const equalMost = (run.size[from] ?? 0) <= 2 ? equalPairsMost : equalGroupsMost;
    if (groups > (isEqual ? equalMost : usualGroupsMost)) {
      if (!isEqual || !isSpelled(run, reading, from)) return;
    }
    const end = run.end[to] ?? 0;
    const closing = closingOf(reading, end);
    if (closing === "word") continue;
    const whole = opening === "free" && closing !== "part";
    judge(
      reading,
      {
        run,
        from,
        to,
        count,
        start,
        end,
        whole,
        extension: closing === "extension",
        other,
        isNear,
      },
      rulesByLength[count],
    );
  }
}
