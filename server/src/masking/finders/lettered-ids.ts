/** National numbers with letters among their digits. Each is found by its own pattern of letters and digits. */

import type { Entity } from "#/core/entity.ts";
import { alphabetsOfByte, wordBit } from "#/masking/alphabet.ts";
import { isDay } from "#/masking/checksums.ts";
import { rutDigit } from "#/masking/numbers/americas.ts";
import { chineseDigit, isChinese } from "#/masking/numbers/asia-pacific.ts";
import type { Reading } from "#/masking/reading.ts";
import type { Rule } from "#/masking/rule.ts";
import { isDigit } from "#/masking/runs.ts";
import { type Topic, topicReach } from "#/masking/topics.ts";
import { textAt } from "./text-at.ts";

interface Lettered {
  readonly entity: Entity;
  /**
   * What the automaton finds: `9` a digit, `A` a letter, `-` a separator; other characters are themselves. Null where
   * six digits and a letter, as `runs.ts` counts them, are what tells.
   */
  readonly anchor: string | null;
  /** Where the number begins, in characters before the anchor's first; a little more is read for separators. */
  readonly before: number;
  readonly after: number;
  /** The whole, in upper case, without blanks, dots and dashes where `loose`. */
  readonly form: RegExp;
  readonly check: (text: string) => boolean;
  readonly sure: number;
  /** How sure with a word nearby only. */
  readonly needs?: Topic;
}

const rows: readonly Lettered[] = [
  // HMRC: no D, F, I, Q, U, V; no O second; not BG, GB, NK, KN, TN, NT, ZZ.
  ...["A999999", "A99-99-99", "A-99-99-99", "A-999999"].map((anchor) => ({
    entity: "uk_nino" as const,
    anchor,
    before: 1,
    after: 2,
    form: /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](\d{6})[A-D]$/,
    check: (text: string) => !/^..(\d)\1{5}/.test(text),
    sure: 0.85,
  })),
  {
    entity: "es_nif",
    anchor: null,
    before: 0,
    after: 0,
    form: /^\d{8}[A-HJ-NP-TV-Z]$/,
    check: (text) => dniLetter(Number(text.slice(0, 8))) === text[8],
    sure: 0.8,
  },
  {
    // Written without the zero that it begins with.
    entity: "es_nif",
    anchor: null,
    before: 0,
    after: 0,
    form: /^\d{7}[A-HJ-NP-TV-Z]$/,
    check: (text) => dniLetter(Number(text.slice(0, 7))) === text[7],
    sure: 0.7,
    needs: "es_nif",
  },
  {
    entity: "es_nie",
    anchor: null,
    before: 2,
    after: 0,
    form: /^[XYZ]\d{7}[A-HJ-NP-TV-Z]$/,
    check: (text) => dniLetter(Number("XYZ".indexOf(text[0] ?? "") + text.slice(1, 8))) === text[8],
    sure: 0.85,
  },
  {
    // Agenzia delle Entrate, DM 23.12.1976; letters in place of digits (omocodia) are a known miss.
    entity: "it_fiscal_code",
    anchor: "99A99A999A",
    before: 6,
    after: 0,
    form: /^[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$/,
    check: (text) => fiscalLetter(text.slice(0, 15)) === text[15],
    sure: 0.99,
  },
  {
    // Digi- ja väestötietovirasto: the letter is the nine digits modulo 31. The one in the middle tells the century.
    entity: "fi_hetu",
    anchor: null,
    before: 0,
    after: 4,
    form: /^\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]$/,
    check: (text) =>
      isDay(2000 + Number(text.slice(4, 6)), Number(text.slice(2, 4)), Number(text.slice(0, 2))) &&
      "0123456789ABCDEFHJKLMNPRSTUVWXY"[Number(text.slice(0, 6) + text.slice(7, 10)) % 31] ===
        text[10],
    sure: 0.9,
  },
  {
    entity: "ie_pps",
    anchor: null,
    before: 0,
    after: 1,
    form: /^\d{7}[A-W][A-IW]?$/,
    check: (text) => ppsLetter(text) === text[7],
    sure: 0.55,
  },
  {
    // GKV-Spitzenverband: a letter and nine digits, the letter as its place in the alphabet, weights 1 and 2.
    entity: "de_health_insurance",
    anchor: "A999999999",
    before: 0,
    after: 0,
    form: /^[A-Z]\d{9}$/,
    check: isHealthInsurance,
    sure: 0.6,
    needs: "de_health",
  },
  {
    // Immigration & Checkpoints Authority: weights 2 7 6 5 4 3 2, an offset of 4 for T and G, 3 for M.
    entity: "sg_nric",
    anchor: "A9999999A",
    before: 0,
    after: 0,
    form: /^[STFGM]\d{7}[A-Z]$/,
    check: isNric,
    sure: 0.95,
  },
  {
    entity: "tw_id",
    anchor: "A999999999",
    before: 0,
    after: 0,
    form: /^[A-Z][1289]\d{8}$/,
    check: isTaiwanese,
    sure: 0.6,
    needs: "tw",
  },
  ...["A999999(9)", "A999999(A)"].map((anchor) => ({
    entity: "hk_id" as const,
    anchor,
    before: 1,
    after: 0,
    form: /^[A-Z]{1,2}\d{6}\([0-9A]\)$/,
    check: isHongKong,
    sure: 0.95,
  })),
  {
    // Income Tax Department: five letters, the fourth the kind of holder, four digits, a letter.
    entity: "in_pan",
    anchor: "A9999A",
    before: 4,
    after: 0,
    form: /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/,
    check: () => true,
    sure: 0.75,
  },
  {
    // RENAPO: name, birthday, sex, state, consonants; the last digit checks.
    entity: "mx_curp",
    anchor: "A999999HA",
    before: 3,
    after: 7,
    form: /^[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d$/,
    check: isCurp,
    sure: 0.98,
  },
  {
    entity: "mx_curp",
    anchor: "A999999MA",
    before: 3,
    after: 7,
    form: /^[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d$/,
    check: isCurp,
    sure: 0.98,
  },
  {
    entity: "cl_rut",
    anchor: null,
    before: 0,
    after: 0,
    form: /^\d{7,8}K$/,
    check: (text) => rutDigit(digitsOf(text.slice(0, -1)), 0, text.length - 1) === 10,
    sure: 0.85,
  },
  {
    entity: "cn_resident_id",
    anchor: null,
    before: 0,
    after: 0,
    form: /^\d{17}X$/,
    check: (text) => isChinese(digitsOf(text), 0) && chineseDigit(digitsOf(text), 0) === 10,
    sure: 0.95,
  },
  {
    entity: "us_dea",
    anchor: "AA9999999",
    before: 0,
    after: 0,
    form: /^[ABCDEFGHJKLMPRSTUX][A-Z]\d{7}$/,
    check: isDea,
    sure: 0.6,
    needs: "us_dea",
  },
  {
    entity: "us_passport",
    anchor: "A99999999",
    before: 0,
    after: 0,
    form: /^[A-Z]\d{8}$/,
    check: () => true,
    sure: 0.7,
    needs: "us_passport",
  },
];

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
  // What goes on behind the letter is one of two forms, or a word: most are hexadecimal digits and times of day.
  const goesOn = at + 1 < limit && ((alphabetsOfByte[bytes[at + 1] ?? 0] ?? 0) & wordBit) !== 0;
  if (goesOn && at - first > 7) return;
  for (const row of tailed) {
    if (!goesOn || row.after > 0) findLettered(reading, first, at + 1, row);
  }
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
  const earliest = Math.max(floor, first - row.before - (row.before > 0 ? 1 : 0));
  for (let start = first; start >= earliest; start -= 1) {
    if (!isEdge(bytes, start - 1, floor, limit)) continue;
    for (let end = last + row.after + (row.after > 1 ? 1 : 0); end >= last; end -= 1) {
      if (end > limit || !isEdge(bytes, end, floor, limit)) continue;
      const raw = textAt(bytes, start, end);
      const text = (row.entity === "fi_hetu" ? raw : raw.replaceAll(/[-. ]/g, "")).toUpperCase();
      if (!row.form.test(text) || !row.check(text)) continue;
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

function digitsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => Number.parseInt(character, 10) || 0);
}

function dniLetter(number: number): string {
  return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] ?? "";
}

function ppsLetter(text: string): string {
  let sum = 0;
  for (let index = 0; index < 7; index += 1) sum += Number(text[index]) * (8 - index);
  const second = text[8];
  if (second !== undefined && second !== "W") sum += 9 * (second.charCodeAt(0) - 64);
  return "WABCDEFGHIJKLMNOPQRSTUV"[sum % 23] ?? "";
}

function isHealthInsurance(text: string): boolean {
  const place = String(text.charCodeAt(0) - 64).padStart(2, "0") + text.slice(1, 9);
  let sum = 0;
  for (let index = 0; index < 10; index += 1) {
    const product = Number(place[index]) * (index % 2 === 0 ? 1 : 2);
    sum += product > 9 ? product - 9 : product;
  }
  return sum % 10 === Number(text[9]);
}

function isNric(text: string): boolean {
  const [kind = ""] = text;
  let sum = kind === "T" || kind === "G" ? 4 : kind === "M" ? 3 : 0;
  for (const [index, weight] of [2, 7, 6, 5, 4, 3, 2].entries())
    sum += Number(text[index + 1]) * weight;
  const rest = sum % 11;
  const table =
    kind === "S" || kind === "T" ? "JZIHGFEDCBA" : kind === "M" ? "XWUTRQPNJLK" : "XWUTRQPNMLK";
  return kind === "M"
    ? table[10 - rest] === text[8] || table[rest] === text[8]
    : table[rest] === text[8];
}

function isTaiwanese(text: string): boolean {
  const value = 10 + "ABCDEFGHJKLMNPQRSTUVXYWZIO".indexOf(text[0] ?? "");
  let sum = Math.floor(value / 10) + (value % 10) * 9;
  for (let index = 1; index < 9; index += 1) sum += Number(text[index]) * (9 - index);
  return (sum + Number(text[9])) % 10 === 0;
}

function isHongKong(text: string): boolean {
  const match = /^([A-Z]?)([A-Z])(\d{6})\(([0-9A])\)$/.exec(text);
  if (match === null) return false;
  const [, one = "", two = "", number = "", check = ""] = match;
  const valueOf = (letter: string) => (letter === "" ? 36 : letter.charCodeAt(0) - 55);
  let sum = valueOf(one) * 9 + valueOf(two) * 8;
  for (let index = 0; index < 6; index += 1) sum += Number(number[index]) * (7 - index);
  return (sum + (check === "A" ? 10 : Number(check))) % 11 === 0;
}

function isCurp(text: string): boolean {
  const order = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";
  if (!isDay(2000 + Number(text.slice(4, 6)), Number(text.slice(6, 8)), Number(text.slice(8, 10))))
    return false;
  let sum = 0;
  for (let index = 0; index < 17; index += 1)
    sum += order.indexOf(text[index] ?? "") * (18 - index);
  return (10 - (sum % 10)) % 10 === Number(text[17]);
}

function isDea(text: string): boolean {
  const d = digitsOf(text.slice(2));
  const sum =
    (d[0] ?? 0) + (d[2] ?? 0) + (d[4] ?? 0) + 2 * ((d[1] ?? 0) + (d[3] ?? 0) + (d[5] ?? 0));
  return sum % 10 === d[6];
}

const odd = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

function fiscalLetter(text: string): string {
  let sum = 0;
  for (let index = 0; index < 15; index += 1) {
    const character = text[index] ?? "";
    const value = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
    sum += index % 2 === 0 ? (odd[value] ?? 0) : value;
  }
  return String.fromCharCode(65 + (sum % 26));
}
