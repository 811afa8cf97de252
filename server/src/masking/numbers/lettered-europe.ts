/** National numbers of Europe with letters among their digits. */
import { isDay } from "#/masking/checksums.ts";
import { digitsOf, type Lettered } from "./lettered.ts";

export const letteredEurope: readonly Lettered[] = [
  // HMRC: no D, F, I, Q, U, V; no O second; not BG, GB, NK, KN, TN, NT, ZZ.
  ...["A999999", "A99-99-99", "A-99-99-99", "A-999999"].map((anchor) => ({
    entity: "uk_nino" as const,
    anchor,
    least: 9,
    before: 1,
    after: 2,
    form: /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](\d{6})[A-D]$/,
    check: (text: string) => !/^..(\d)\1{5}/.test(text),
    sure: 0.85,
  })),
  {
    entity: "es_nif",
    anchor: null,
    digits: [8],
    before: 0,
    after: 0,
    form: /^\d{8}[A-HJ-NP-TV-Z]$/,
    written: /^\d{8}(?:[A-Za-z]|[- .]?[A-Z])$|^\d\d([-. ])\d{3}\1\d{3}[- .]?[A-Z]$/,
    check: (text) => dniLetter(Number(text.slice(0, 8))) === text[8],
    sure: 0.8,
  },
  {
    // Written without the zero that it begins with.
    entity: "es_nif",
    anchor: null,
    digits: [7],
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
    digits: [7],
    before: 2,
    after: 0,
    form: /^[XYZ]\d{7}[A-HJ-NP-TV-Z]$/,
    check: (text) => dniLetter(Number("XYZ".indexOf(text[0] ?? "") + text.slice(1, 8))) === text[8],
    sure: 0.85,
  },
  {
    // The same letter for those without a number of their own, and residents abroad.
    entity: "es_nif",
    anchor: null,
    digits: [7],
    before: 2,
    after: 0,
    form: /^[KLM]\d{7}[A-HJ-NP-TV-Z]$/,
    check: (text) => dniLetter(Number(text.slice(1, 8))) === text[8],
    sure: 0.85,
  },
  ...["A9999999A", "A99999999", "A-999999"].map((anchor) => ({
    // Orden EHA/451/2008: of legal persons, with a digit or a letter that checks.
    entity: "es_nif" as const,
    anchor,
    before: 0,
    after: anchor === "A-999999" ? 2 : 0,
    form: /^[ABCDEFGHJNPQRSUVW]\d{7}[\dA-J]$/,
    check: isCompany,
    sure: 0.7,
    needs: "es_nif" as const,
  })),
  {
    // INSEE: Corsica, whose letters stand for 19 and 18 in the key.
    entity: "fr_nir",
    anchor: null,
    digits: [6],
    least: 15,
    before: 0,
    after: 11,
    form: /^[1-478]\d{4}2[AB]\d{8}$/,
    check: isCorsican,
    sure: 0.95,
  },
  {
    // Deutsche Rentenversicherung: area, birthday, initial, serial number; weights 2 1 2 5 7 1 2 1 2 1 2 1.
    entity: "de_social_security",
    anchor: null,
    digits: [8],
    least: 12,
    before: 0,
    after: 3,
    form: /^\d{8}[A-Z]\d{3}$/,
    check: isPensionNumber,
    sure: 0.85,
  },
  {
    // DVLA: five of the surname, decade, month (of women with 50 added), day, year, initials, a digit and two letters.
    entity: "uk_driving_licence",
    anchor: null,
    digits: [6, 7, 8, 9],
    least: 16,
    before: 5,
    after: 4,
    form: /^[A-Z]{2}[A-Z9]{3}\d[0156]\d[0-3]\d\d[A-Z][A-Z9]\d[A-Z]{2}$/,
    check: (text) => Number(text.slice(6, 8)) % 50 >= 1 && Number(text.slice(6, 8)) % 50 <= 12,
    sure: 0.85,
  },
  {
    // Agenzia delle Entrate, DM 23.12.1976; letters in place of digits (omocodia) are a known miss.
    entity: "it_fiscal_code",
    anchor: "99A99A999A",
    least: 16,
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
    digits: [6, 9],
    least: 11,
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
    digits: [7],
    before: 0,
    after: 1,
    form: /^\d{7}[A-W][A-ITW]?$/,
    // Durations and quantities end with small letters, and have fractions.
    written: /^\d{7}[- ]?[A-Z]{1,2}$/,
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
];

function dniLetter(number: number): string {
  return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] ?? "";
}

function ppsLetter(text: string): string {
  let sum = 0;
  for (let index = 0; index < 7; index += 1) sum += Number(text[index]) * (8 - index);
  const second = text[8];
  if (second !== undefined && second !== "W" && second !== "T")
    sum += 9 * (second.charCodeAt(0) - 64);
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

function isCompany(text: string): boolean {
  let sum = 0;
  for (let index = 1; index < 8; index += 1) {
    const value = Number(text[index]) * (index % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  const check = (10 - (sum % 10)) % 10;
  return text[8] === String(check) || text[8] === "JABCDEFGHI"[check];
}

function isCorsican(text: string): boolean {
  const number = Number(text.slice(0, 13).replace(/[AB]/, "0"));
  const moved = number - (text[6] === "A" ? 1_000_000 : 2_000_000);
  return 97 - (moved % 97) === Number(text.slice(13));
}

function isPensionNumber(text: string): boolean {
  const day = Number(text.slice(2, 4));
  if (!isDay(2000 + Number(text.slice(6, 8)), Number(text.slice(4, 6)), day > 50 ? day - 50 : day))
    return false;
  const place = String(text.charCodeAt(8) - 64).padStart(2, "0");
  const digits = digitsOf(text.slice(0, 8) + place + text.slice(9, 11));
  let sum = 0;
  for (const [index, weight] of [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1].entries()) {
    const product = (digits[index] ?? 0) * weight;
    sum += Math.floor(product / 10) + (product % 10);
  }
  return sum % 10 === Number(text[11]);
}
