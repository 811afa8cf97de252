/** Dates of birth: a date right after a word that says so. */

import { literalAnchor } from "#/masking/automaton/anchor.ts";
import { isDigit } from "#/masking/automaton/runs.ts";
import { isDay } from "#/masking/checksums.ts";
import type { Reading } from "#/masking/reading.ts";
import type { Rule } from "#/masking/rule.ts";
import { standsAlone, topicWords } from "#/masking/topics.ts";
import { textAt } from "./text-at.ts";

/** So far after the word a date begins, and so long it is. */
const birthReach = 48;
const dateBytesMax = 24;

export const birthRules: readonly Rule[] = topicWords.birth.split(";").map((word) => ({
  anchor: literalAnchor(word, true),
  ahead: birthReach + dateBytesMax,
  find: (reading, at) => findBirth(reading, at, standsAlone(word) ? word.length : 0),
}));

const months =
  "jan feb mar apr may jun jul aug sep oct nov dec januar februar märz april mai juni juli oktober dezember enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre janvier février mars avril juin juillet août septembre octobre novembre décembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre".split(
    " ",
  );
const monthPattern = `(?:${months.map((month) => Buffer.from(month, "utf8").toString("latin1")).join("|")})[a-z]{0,6}\\.?`;

const forms: readonly { readonly form: RegExp; readonly order: string }[] = [
  { form: /(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)/, order: "ymd" },
  { form: /(?<!\d)(\d{1,2})[-/.] ?(\d{1,2})[-/.] ?(\d{4}|\d{2})(?!\d)/, order: "any" },
  {
    form: new RegExp(
      `(?<!\\d)(\\d{1,2})(?:st|nd|rd|th|\\.)?(?: of| de)? ?-?${monthPattern},?(?: de)? ?-?(\\d{4}|\\d{2})(?!\\d)`,
      "i",
    ),
    order: "named",
  },
  {
    form: new RegExp(`${monthPattern} (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})(?!\\d)`, "i"),
    order: "named",
  },
  { form: /(?<!\d)((?:19|20)\d\d)([01]\d)([0-3]\d)(?!\d)/, order: "ymd" },
];

function findBirth(reading: Reading, at: number, alone: number): void {
  const { bytes, floor, limit } = reading;
  if (alone > 0 && isLetter(bytes, at - alone, floor) && !isCamel(bytes, at - alone)) return;
  const last = Math.min(limit, at + 1 + birthReach + dateBytesMax);
  let digit = at + 1;
  while (digit < last && !isDigit(bytes[digit] ?? 0)) digit += 1;
  reading.spend(digit - at);
  if (digit === last) return;
  const text = textAt(bytes, at + 1, last);
  reading.spend(text.length);
  if (alone > 0 && /^[a-z]/.test(text)) return;
  for (const { form, order } of forms) {
    const match = form.exec(text);
    if (match === null || match.index > birthReach || !isDate(match, order)) continue;
    const start = at + 1 + match.index;
    reading.add({
      entity: "date_of_birth",
      start,
      end: start + match[0].length,
      confidence: 0.85,
      rule: null,
    });
    return;
  }
}

function isLetter(bytes: Uint8Array, at: number, floor: number): boolean {
  const low = at >= floor ? (bytes[at] ?? 0) | 0x20 : 0;
  return low >= 0x61 && low <= 0x7a;
}

function isCamel(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at + 1] ?? 0;
  return next >= 0x41 && next <= 0x5a && (bytes[at] ?? 0) >= 0x61;
}

function isDate(match: RegExpExecArray, order: string): boolean {
  const [one = 0, two = 0, three = 0] = match.slice(1).map(Number);
  if (order === "named") return one >= 1 && one <= 31;
  if (order === "ymd") return one > 1850 && one < 2100 && isDay(one, two, three);
  const year = three < 100 ? 2000 + three : three;
  return year > 1850 && year < 2100 && (isDay(year, two, one) || isDay(year, one, two));
}
