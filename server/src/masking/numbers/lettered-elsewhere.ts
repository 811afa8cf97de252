/** National numbers of the Americas and Asia with letters among their digits. */
import { isDay } from "#/masking/checksums.ts";
import { rutDigit } from "./americas.ts";
import { chineseDigit, isChinese } from "./asia-pacific.ts";
import { digitsOf, type Lettered } from "./lettered.ts";

export const letteredElsewhere: readonly Lettered[] = [
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
    least: 10,
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
    least: 10,
    before: 4,
    after: 0,
    form: /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/,
    written: /^[A-Z]{5}([- ]?)\d{4}\1[A-Z]$/,
    check: () => true,
    sure: 0.75,
  },
  {
    // Of any kind of holder, where a word stands before it.
    entity: "in_pan",
    anchor: "A9999A",
    least: 10,
    before: 4,
    after: 0,
    form: /^[A-Z]{5}\d{4}[A-Z]$/,
    check: () => true,
    sure: 0.6,
    needs: "in_pan",
  },
  {
    // The same without its check letter, where a word stands before it.
    entity: "sg_nric",
    anchor: "A9999999A",
    before: 0,
    after: 0,
    form: /^[STFGM]\d{7}[A-Z]$/,
    check: () => true,
    sure: 0.6,
    needs: "sg",
  },
  {
    // Election Commission: three letters and seven digits; not all of them have a check digit.
    entity: "in_voter",
    anchor: "A999999",
    least: 10,
    before: 2,
    after: 1,
    form: /^[A-Z]{3}\d{7}$/,
    check: () => true,
    sure: 0.7,
    needs: "in_voter",
  },
  {
    // GSTN: state, the holder's PAN, a count, Z and a check character: the form is like nothing else.
    entity: "in_gstin",
    anchor: "A9999A",
    least: 15,
    before: 6,
    after: 3,
    form: /^\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[\dA-Z]$/,
    check: (text) => Number(text.slice(0, 2)) >= 1 && Number(text.slice(0, 2)) <= 37,
    sure: 0.85,
  },
  ...["9AA99", "9-AA99"].map((anchor) => ({
    // CMS: Medicare Beneficiary Identifier, without S, L, O, I, B and Z.
    entity: "us_mbi" as const,
    anchor,
    least: 11,
    before: 7,
    after: 0,
    form: /^[1-9][AC-HJKMNP-RT-Y][\dAC-HJKMNP-RT-Y]\d[AC-HJKMNP-RT-Y][\dAC-HJKMNP-RT-Y]\d[AC-HJKMNP-RT-Y]{2}\d{2}$/,
    check: () => true,
    sure: 0.7,
  })),
  ...["A999999", "A-999999"].map((anchor) => ({
    // SAT: initials, birthday, two characters and a check character in base 37.
    entity: "mx_rfc" as const,
    anchor,
    least: 13,
    before: 3,
    after: 3,
    form: /^[A-Z&]{4}\d{6}[\dA-Z]{2}[\dA]$/,
    check: isRfc,
    sure: 0.85,
  })),
  {
    // RENAPO: name, birthday, sex, state, consonants; the last digit checks.
    entity: "mx_curp",
    anchor: "A999999HA",
    least: 18,
    before: 3,
    after: 7,
    form: /^[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d$/,
    check: isCurp,
    sure: 0.98,
  },
  {
    entity: "mx_curp",
    anchor: "A999999MA",
    least: 18,
    before: 3,
    after: 7,
    form: /^[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d$/,
    check: isCurp,
    sure: 0.98,
  },
  {
    entity: "cl_rut",
    anchor: null,
    digits: [7, 8],
    before: 0,
    after: 0,
    form: /^\d{7,8}K$/,
    check: (text) => rutDigit(digitsOf(text.slice(0, -1)), 0, text.length - 1) === 10,
    sure: 0.85,
  },
  {
    entity: "cn_resident_id",
    anchor: null,
    digits: [17],
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
    // Of a business.
    entity: "us_dea",
    anchor: "A99999999",
    before: 0,
    after: 0,
    form: /^[A-Z]9\d{7}$/,
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

function isRfc(text: string): boolean {
  const order = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ";
  if (!isDay(2000 + Number(text.slice(4, 6)), Number(text.slice(6, 8)), Number(text.slice(8, 10))))
    return false;
  let sum = 0;
  for (let index = 0; index < 12; index += 1)
    sum += order.indexOf(text[index] ?? "") * (13 - index);
  return "0123456789A"[(11 - (sum % 11)) % 11] === text[12];
}
