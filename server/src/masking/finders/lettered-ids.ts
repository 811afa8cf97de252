/** National numbers with letters among their digits. Each is found by its own pattern of letters and digits. */
import { alphabetsOfByte, wordBit } from "#/masking/alphabet.ts";
import { isDigit } from "#/masking/automaton/runs.ts";
import type { Lettered } from "#/masking/numbers/lettered.ts";
import { letteredElsewhere } from "#/masking/numbers/lettered-elsewhere.ts";
import { letteredEurope } from "#/masking/numbers/lettered-europe.ts";
import type { Reading } from "#/masking/reading.ts";
import type { Rule } from "#/masking/rule.ts";
import { topicReach } from "#/masking/topics.ts";
import { textAt } from "./text-at.ts";

const rows: readonly Lettered[] = [...letteredEurope, ...letteredElsewhere];

const digits = Array.from(Buffer.from("0123456789", "latin1"));
const letters = Array.from(
  Buffer.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "latin1"),
);
const joints = Array.from(Buffer.from("- .", "latin1"));
const reach = 24;

export const letteredRules: readonly Rule[] = [
  ...rows.flatMap((row) => (row.anchor === null ? [] : [toRule(row, row.anchor)])),
  { anchor: "tail", ahead: reach, find: findTailed },
];

const tailed = rows.filter(({ anchor }) => anchor === null);

function toRule(row: Lettered, anchor: string): Rule {
  return {
    anchor: { sets: Array.from(anchor, setOf) },
    ahead: reach,
    find: (reading, at) => findLettered(reading, at + 1 - anchor.length, at + 1, row),
  };
}

/** Digits in groups, and a letter behind them. */
function findTailed(reading: Reading, at: number): void {
  const { bytes, floor, limit } = reading;
  let first = at;
  while (first > floor && at - first < 20 && isNumeric(bytes[first - 1] ?? 0)) first -= 1;
  while (first < at && !isDigit(bytes[first] ?? 0)) first += 1;
  reading.spend(at - first);
  if (at - first > 19) return;
  const goesOn = at + 1 < limit && ((alphabetsOfByte[bytes[at + 1] ?? 0] ?? 0) & wordBit) !== 0;
  // What goes on behind the letter is one of a few forms: most are hexadecimal digits, words and, behind dates, times of day.
  if (goesOn && at - first > (isGrouped(bytes, first, at) ? groupedMost : digitsMost)) return;
  let count = 0;
  for (let digit = first; digit < at; digit += 1) if (isDigit(bytes[digit] as number)) count += 1;
  for (const row of tailed) {
    if ((!goesOn || row.after > 0) && row.digits?.includes(count) === true)
      findLettered(reading, first, at + 1, row);
  }
}

const digitsMost = 11;
const groupedMost = 8;

function isGrouped(bytes: Uint8Array, first: number, at: number): boolean {
  return !isDigit(bytes[at - 3] ?? 0) || !isDigit(bytes[first + 4] ?? 0);
}

function isNumeric(byte: number): boolean {
  return isDigit(byte) || joints.includes(byte);
}

function setOf(character: string): readonly number[] {
  if (character === "9") return digits;
  if (character === "A") return letters;
  if (character === "-") return joints;
  const byte = character.charCodeAt(0);
  return byte >= 0x41 && byte <= 0x5a ? [byte, byte + 0x20] : [byte];
}

/** `first` to `last` is what the automaton found; a few characters more may belong to it on both sides. */
function findLettered(reading: Reading, first: number, last: number, row: Lettered): void {
  const { bytes, floor, limit } = reading;
  if (row.needs !== undefined && reading.since(row.needs, first) > topicReach) return;
  const least = row.least ?? 0;
  const earliest = Math.max(floor, first - row.before - (row.before > 0 ? 1 : 0));
  for (let start = first; start >= earliest; start -= 1) {
    if (!isEdge(bytes, start - 1, floor, limit)) continue;
    for (let end = last + row.after + (row.after > 1 ? 1 : 0); end >= last; end -= 1) {
      if (end > limit || end - start < least || !isEdge(bytes, end, floor, limit)) continue;
      const raw = textAt(bytes, start, end);
      const text = (row.entity === "fi_hetu" ? raw : raw.replaceAll(/[-. ]/g, "")).toUpperCase();
      if (!row.form.test(text) || row.written?.test(raw) === false || !row.check(text)) continue;
      reading.add({ entity: row.entity, start, end, confidence: row.sure, rule: null });
      return;
    }
  }
}

function isEdge(bytes: Uint8Array, at: number, floor: number, limit: number): boolean {
  if (at < floor || at >= limit) return true;
  const byte = bytes[at] ?? 0;
  return ((alphabetsOfByte[byte] ?? 0) & wordBit) === 0 && byte !== 0x2d;
}
