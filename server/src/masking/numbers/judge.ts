/** What one way to take groups of digits together is: each rule of its length is held against it, its form and the words near it. */
import type { Reading } from "#/masking/reading.ts";
import { topicReach } from "#/masking/topics.ts";
import { isNorthAmerican } from "./calling-codes.ts";
import { isFollowedByWord, standsInSentence } from "./edges.ts";
import { findPhone, isDialled } from "./find-phone.ts";
import type { NumberRule } from "./number-rule.ts";
import { formOf } from "./number-run.ts";
import { otherReach, type Part } from "./part.ts";
import type { RulesOfLength, Weighed } from "./rules-of-length.ts";

/** What one way to take groups together costs, in steps. */
const judgeCost = 8;
const none: readonly Weighed[] = [];
const noRules: RulesOfLength = { all: none, alone: [] };

export function judge(reading: Reading, part: Part, { all, alone }: RulesOfLength = noRules): void {
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
    const isToldInSentence =
      isOther && from === to && rule.inSentence === true && standsInSentence(reading, start);
    if (isOther && from === to && !isToldInSentence) continue;
    reading.spend(count);
    if (!rule.check(run.digits, at, count)) continue;
    if (form === "") form = formOf(run, reading.bytes, from, to);
    // What nothing else is written like is what it is, whatever the words before it speak of.
    const isToldByForm = (rule.formSure ?? 0) >= formTells && rule.forms?.includes(form) === true;
    if (isOther && !isToldByForm && !isToldInSentence) continue;
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
  // Two groups with a point between them are a fraction.
  if (/^(?:4|8|12)(?:[ .-](?:4|8|12)){1,3}$/.test(form)) return !/^\d+\.\d+$/.test(form);
  return /^1(?:([ .-])1){11,18}$/.test(form) || /^2(?:([ .-])2){5,8}$/.test(form);
}
