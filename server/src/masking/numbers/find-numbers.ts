/**
 * Decides what a run of digits is: every way to take neighbouring groups together is held against the rules of its length.
 *
 * A run is looked at again with each seventh digit, each time for the groups that begin since the last, so that no
 * length of the text changes what is found and none is looked at twice.
 */
import { alphabetsOfByte, letterBit, wordBit } from "#/masking/alphabet.ts";
import type { Reading } from "#/masking/reading.ts";
import { digitsLeast, isDigit, isSeparator, separatorsMost } from "#/masking/runs.ts";
import { kindReachAfter, topicReach } from "#/masking/topics.ts";
import { americas } from "./americas.ts";
import { asiaPacific } from "./asia-pacific.ts";
import { isNorthAmerican } from "./calling-codes.ts";
import { cards } from "./cards.ts";
import { eastEurope } from "./east-europe.ts";
import { europe } from "./europe.ts";
import { middleEastAndAfrica } from "./middle-east-africa.ts";
import type { NumberRule } from "./number-rule.ts";
import { createRun, formOf, type NumberRun, readRun } from "./number-run.ts";
import { phoneSureness } from "./phone.ts";

const numberRules: readonly NumberRule[] = [
  ...cards,
  ...americas,
  ...europe,
  ...eastEurope,
  ...middleEastAndAfrica,
  ...asiaPacific,
];

const candidateDigitsMax = 19;

/** A rule, and in how many groups it tells without a word nearby, as bits. */
interface Weighed {
  readonly rule: NumberRule;
  readonly aloneIn: number;
}

/** Of each length: every rule, and for each count of groups those that need no word nearby. */
interface RulesOfLength {
  readonly all: readonly Weighed[];
  readonly alone: readonly (readonly Weighed[])[];
}

/** No number has more groups than digits. */
function byGroups(all: readonly Weighed[], length: number): readonly (readonly Weighed[])[] {
  return Array.from({ length: length + 1 }, (_, groups) =>
    all.filter(({ aloneIn }) => (aloneIn & (1 << groups)) !== 0),
  );
}

function weigh(rule: NumberRule): Weighed {
  const { forms = [], plainSure, entity } = rule;
  // Cards are spelled out in any number of groups.
  if (entity === "credit_card") return { rule, aloneIn: ~0 };
  const groups = [
    ...forms,
    ...(plainSure === undefined ? [] : ["1"]),
    ...(entity === "uk_nhs" ? ["3 3 4"] : []),
  ];
  return {
    rule,
    aloneIn: groups.reduce((bits, form) => bits | (1 << form.split(/\D+/).length), 0),
  };
}

export function createNumberFinder(): (reading: Reading, at: number) => void {
  const run = createRun();
  const byLength: readonly RulesOfLength[] = Array.from(
    { length: candidateDigitsMax + 1 },
    (_, length) => {
      const all = numberRules.filter(({ lengths }) => lengths.includes(length)).map(weigh);
      return { all, alone: byGroups(all, length) };
    },
  );
  return (reading, at) => {
    const from = Math.max(reading.floor, reading.mark("numbers"));
    readRun(run, reading.bytes, at, from, reading.limit);
    reading.spend(readCost + (run.end[run.groups - 1] ?? 0) - (run.start[0] ?? 0));
    const first = startsWithDate(run, reading.bytes) ? dateGroups : 0;
    for (let group = first; group < run.groups && (run.start[group] ?? 0) <= at; group += 1) {
      findFrom(reading, run, group, byLength);
    }
    reading.setMark("numbers", at + 1);
  };
}

const dateGroups = 3;
/** What reading a run costs besides its bytes, and what one way to take groups together does, in steps. */
const readCost = 8;
const judgeCost = 8;

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

function findFrom(
  reading: Reading,
  run: NumberRun,
  from: number,
  byLength: readonly RulesOfLength[],
): void {
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
      byLength[count] ?? noRules,
    );
  }
}

/** What stands directly before: nothing of a word, more of a longer number, or a word. */
type Edge = "free" | "part" | "word" | "extension";

function openingOf({ bytes, floor }: Reading, start: number): Edge {
  if (start <= floor) return "free";
  const before = bytes[start - 1] ?? 0;
  const bits = alphabetsOfByte[before] ?? 0;
  if ((bits & wordBit) !== 0) {
    const escaped =
      start - 2 >= floor &&
      bytes[start - 2] === 0x5c &&
      (before === 0x6e || before === 0x74 || before === 0x72);
    return escaped ? "free" : "word";
  }
  if (!isJoint(before) || start - 2 < floor) return "free";
  return ((alphabetsOfByte[bytes[start - 2] ?? 0] ?? 0) & wordBit) !== 0 ? "part" : "free";
}

function closingOf({ bytes, limit }: Reading, end: number): Edge {
  if (end >= limit) return "free";
  const after = bytes[end] ?? 0;
  if (((alphabetsOfByte[after] ?? 0) & wordBit) !== 0)
    return extensionEnd(bytes, end, limit) > 0 ? "extension" : "word";
  if (!isJoint(after) || end + 1 >= limit) return "free";
  return ((alphabetsOfByte[bytes[end + 1] ?? 0] ?? 0) & wordBit) !== 0 ? "part" : "free";
}

/** `.`, `-`, `/`, `+`: what stands between the parts of dates, versions, paths and identifiers. */
function isJoint(byte: number): boolean {
  return byte === 0x2d || byte === 0x2e || byte === 0x2f || byte === 0x2b || byte === 0x5f;
}

interface Part {
  readonly run: NumberRun;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly start: number;
  readonly end: number;
  /** Neither side goes on as a longer identifier. */
  readonly whole: boolean;
  readonly extension: boolean;
  /** How far before it a word stands that is about something else, and whether any topic is near. */
  readonly other: number;
  readonly isNear: boolean;
}

const none: readonly Weighed[] = [];
const noRules: RulesOfLength = { all: none, alone: [] };

function judge(reading: Reading, part: Part, { all, alone }: RulesOfLength): void {
  const { run, from, to, count, start, end, whole, other, isNear } = part;
  const at = run.first[from] ?? 0;
  const followed = isFollowedByWord(reading.bytes, end, reading.limit);
  let form = "";
  let found = false;
  const groups = to - from + 1;
  // Most rules say nothing without a word nearby: then digits need not be looked at.
  const rules = part.extension ? none : isNear || followed ? all : (alone[groups] ?? none);
  reading.spend(judgeCost + rules.length);
  for (const { rule, aloneIn } of rules) {
    const named = isNear ? nearest(reading, rule, start) : Number.POSITIVE_INFINITY;
    const isNamed = named <= topicReach && named < other;
    if (!isNamed && (!whole || !(followed || (aloneIn & (1 << groups)) !== 0))) continue;
    const isOther = !isNamed && other <= otherReach;
    if (isOther && from === to) continue;
    reading.spend(count);
    if (!rule.check(run.digits, at, count)) continue;
    if (form === "") form = formOf(run, reading.bytes, from, to);
    // What nothing else is written like is what it is, whatever the words before it speak of.
    if (isOther && !((rule.formSure ?? 0) >= formTells && rule.forms?.includes(form))) continue;
    const confidence = sureness(reading, rule, part, { form, isNamed, followed });
    if (confidence === 0) continue;
    found = true;
    reading.add({ entity: rule.entity, start, end, confidence, rule: null });
  }
  if (count > 15 || (!whole && !isDialled(reading, start) && from === to)) return;
  findPhone(reading, part, { form, found, followed });
}

function sureness(
  reading: Reading,
  rule: NumberRule,
  { from, to, end, run }: Part,
  said: { readonly form: string; readonly isNamed: boolean; readonly followed: boolean },
): number {
  const { form } = said;
  const isUsual = from === to || isUniform(form);
  if (said.isNamed) return isUsual || rule.forms?.includes(form) === true ? 0.95 : 0;
  if (rule.forms?.includes(form) === true) return rule.formSure ?? 0.8;
  const isThree = form === "3 3 4" || form === "3-3-4";
  if (rule.entity === "uk_nhs" && isThree && !isNorthAmerican(run.digits, run.first[from] ?? 0)) {
    return 0.6;
  }
  if (rule.entity === "credit_card" && isSpelledOut(form)) return 0.6;
  if (from === to && rule.plainSure !== undefined) return rule.plainSure;
  if (!said.followed || !isUsual) return 0;
  return rule.topics.some((topic) => reading.follows(topic, end)) ? 0.8 : 0;
}

/** What names it as something else stands directly before, such as `order_id: `. */
const otherReach = 24;
/** From this `formSure` on no such word counts. */
const formTells = 0.95;

function nearest(reading: Reading, rule: NumberRule, start: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const topic of rule.topics) least = Math.min(least, reading.since(topic, start));
  return least;
}

/** One separator throughout. */
function isUniform(form: string): boolean {
  return /^\d+(?:([ ./-])\d+(?:\1\d+)*)?$/.test(form);
}

/** Digit by digit, in pairs, or in groups of four of which some run together. */
function isSpelledOut(form: string): boolean {
  if (/^(?:4|8|12)(?:[ .-](?:4|8|12)){1,3}$/.test(form)) return true;
  return /^1(?:([ .-])1){11,18}$/.test(form) || /^2(?:([ .-])2){5,8}$/.test(form);
}

/** A letter, or what is part of one, after at most three signs. */
function isFollowedByWord(bytes: Uint8Array, end: number, limit: number): boolean {
  for (let at = end; at < limit && at - end < 4; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80) return true;
    const bits = alphabetsOfByte[byte] ?? 0;
    if ((bits & wordBit) !== 0) return (bits & letterBit) !== 0;
  }
  return false;
}

function isDialled({ bytes, floor }: Reading, start: number): boolean {
  return start > floor && bytes[start - 1] === 0x2b;
}

function findPhone(
  reading: Reading,
  part: Part,
  said: {
    readonly form: string;
    readonly found: boolean;
    readonly followed: boolean;
  },
): void {
  const { run, from, to, count, start, end, whole, other } = part;
  const { bytes, floor } = reading;
  const { form } = said;
  const plus =
    isDialled(reading, start) ||
    (start - 2 >= floor && bytes[start - 1] === 0x28 && bytes[start - 2] === 0x2b);
  const since = reading.since("phone", start);
  const grouped = from !== to && said.followed;
  const named =
    (since <= topicReach && since < other) ||
    (grouped && reading.follows("phone_kind", end, kindReachAfter));
  if (!named && (other <= otherReach || (!plus && from === to))) return;
  if (!whole && !plus && !named) return;
  const at = run.first[from] ?? 0;
  // Neither of a form that tells by itself, nor called one.
  if (!plus && !named && run.digits[at] !== 0 && ![10, 11, 13].includes(count)) return;
  const written = form === "" ? formOf(run, bytes, from, to) : form;
  const confidence = phoneSureness(run.digits, at, count, written, {
    plus,
    named,
  });
  if (confidence === 0 || (said.found && !named && !plus)) return;
  const bracketed = start > floor && bytes[start - 1] === 0x28;
  const extension = part.extension ? extensionEnd(bytes, end, reading.limit) : end;
  const first = start - (plus ? (bracketed ? 2 : 1) : bracketed ? 1 : 0);
  reading.add({ entity: "phone_number", start: first, end: extension, confidence, rule: null });
}

/** The end of an extension, as `x123` and `ext. 123`, or 0. */
function extensionEnd(bytes: Uint8Array, end: number, limit: number): number {
  let at = end;
  if ((bytes[at] ?? 0) === 0x78) at += 1;
  else if (bytes[at] === 0x65 && bytes[at + 1] === 0x78 && bytes[at + 2] === 0x74)
    at += bytes[at + 3] === 0x2e ? 4 : 3;
  else return 0;
  if (at < limit && bytes[at] === 0x20) at += 1;
  const first = at;
  while (at < limit && at - first < 6 && (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39)
    at += 1;
  return at === first ? 0 : at;
}
