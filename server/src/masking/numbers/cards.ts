/** Payment cards: issuer ranges, lengths and Luhn (ISO/IEC 7812). */
import { type Digits, luhn } from "#/masking/checksums.ts";
import { digit, isVaried } from "./digits.ts";
import type { NumberRule } from "./number-rule.ts";

interface IssuerRange {
  readonly issuer: string;
  /** The first and the last prefix, of as many digits. */
  readonly from: string;
  readonly to: string;
  readonly lengths: readonly number[];
}

const long = [16, 17, 18, 19];

/** More specific ranges first. Lists of the issuers, as of 2026. */
const issuers: readonly IssuerRange[] = [
  { issuer: "american express", from: "34", to: "34", lengths: [15] },
  { issuer: "american express", from: "37", to: "37", lengths: [15] },
  { issuer: "mastercard", from: "51", to: "55", lengths: [16] },
  { issuer: "mastercard", from: "2221", to: "2720", lengths: [16] },
  { issuer: "mir", from: "2200", to: "2204", lengths: long },
  { issuer: "jcb", from: "35", to: "35", lengths: long },
  { issuer: "jcb", from: "2131", to: "2131", lengths: [15] },
  { issuer: "jcb", from: "1800", to: "1800", lengths: [15] },
  { issuer: "diners club", from: "300", to: "305", lengths: [14, 16, 17, 18, 19] },
  { issuer: "diners club", from: "3095", to: "3095", lengths: [14, 16, 17, 18, 19] },
  { issuer: "diners club", from: "36", to: "36", lengths: [14, 16, 17, 18, 19] },
  { issuer: "diners club", from: "38", to: "39", lengths: [14, 16, 17, 18, 19] },
  { issuer: "discover", from: "6011", to: "6011", lengths: long },
  { issuer: "discover", from: "644", to: "649", lengths: long },
  { issuer: "discover, rupay", from: "65", to: "65", lengths: long },
  { issuer: "unionpay", from: "62", to: "62", lengths: long },
  { issuer: "rupay", from: "60", to: "60", lengths: [16] },
  { issuer: "rupay", from: "81", to: "82", lengths: [16] },
  { issuer: "rupay", from: "508", to: "508", lengths: [16] },
  { issuer: "troy", from: "9792", to: "9792", lengths: [16] },
  { issuer: "verve", from: "506099", to: "506198", lengths: [16, 18, 19] },
  { issuer: "dankort", from: "5019", to: "5019", lengths: [16] },
  { issuer: "maestro", from: "5018", to: "5018", lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { issuer: "maestro", from: "5020", to: "5020", lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { issuer: "maestro", from: "5038", to: "5038", lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { issuer: "maestro", from: "5893", to: "5893", lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { issuer: "maestro", from: "6304", to: "6304", lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { issuer: "maestro", from: "6390", to: "6390", lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { issuer: "maestro", from: "0604", to: "0604", lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { issuer: "maestro", from: "6759", to: "6763", lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { issuer: "maestro", from: "56", to: "58", lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { issuer: "uatp", from: "1", to: "1", lengths: [15] },
  { issuer: "visa", from: "4", to: "4", lengths: [13, 16, 19] },
];

const commonForms = [
  "4 4 4 4",
  "4-4-4-4",
  "4.4.4.4",
  "4 6 5",
  "4-6-5",
  "4 6 4",
  "4-6-4",
  "4 4 4 4 3",
  "4-4-4-4-3",
] as const;

export const cards: readonly NumberRule[] = [
  {
    entity: "credit_card",
    lengths: [14, 15, 16, 19],
    check: isCard,
    forms: commonForms,
    formSure: 0.98,
    plainSure: 0.85,
    topics: ["card"],
    inSentence: true,
  },
  {
    // Rarely issued lengths: many other numbers are as long.
    entity: "credit_card",
    lengths: [12, 13, 17, 18],
    check: isCard,
    plainSure: 0.55,
    topics: ["card"],
  },
];

interface PrefixRange {
  readonly digits: number;
  readonly from: number;
  readonly to: number;
}

const digitsMost = 19;

/** By length, and by the digit that numbers of the range begin with. */
const ranges: readonly (readonly (readonly PrefixRange[])[])[] = Array.from(
  { length: digitsMost + 1 },
  (_, length) =>
    Array.from({ length: 10 }, (__, first) =>
      issuers
        .filter(({ lengths }) => lengths.includes(length))
        .filter(({ from, to }) => first >= Number(from[0]) && first <= Number(to[0]))
        .map(({ from, to }) => ({ digits: from.length, from: Number(from), to: Number(to) })),
    ),
);

function isIssued(digits: Digits, at: number, count: number): boolean {
  for (const range of ranges[count]?.[digit(digits, at)] ?? []) {
    let prefix = 0;
    for (let index = 0; index < range.digits; index += 1)
      prefix = prefix * 10 + digit(digits, at + index);
    if (prefix >= range.from && prefix <= range.to) return true;
  }
  return false;
}

function isCard(digits: Digits, at: number, count: number): boolean {
  return luhn(digits, at, count) && isVaried(digits, at, count) && isIssued(digits, at, count);
}
