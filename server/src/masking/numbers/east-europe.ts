/** National numbers of people in the east and south-east of Europe. */
import { type Digits, isDay, mod11And10, remainder, weighted } from "#/masking/checksums.ts";
import { digit, isShortDay, isVaried, pair } from "./digits.ts";
import { type NumberRule, oneInHundred } from "./number-rule.ts";

export const eastEurope: readonly NumberRule[] = [
  {
    // Estonia and Lithuania: two rounds of weights, modulus 11.
    entity: "ee_isikukood",
    lengths: [11],
    check: (d, at) =>
      d[at] !== 0 &&
      digit(d, at) < 7 &&
      isShortDay(d, at + 1, at + 3, at + 5) &&
      balticDigit(d, at) === d[at + 10],
    plainSure: oneInHundred,
    topics: ["baltic"],
  },
  {
    entity: "lv_personas_kods",
    lengths: [11],
    check: (d, at) =>
      (isShortDay(d, at + 4, at + 2, at) || pair(d, at) === 32) &&
      ((1101 - weighted(d, at, [1, 6, 3, 7, 9, 10, 5, 8, 4, 2])) % 11) % 10 === d[at + 10],
    forms: ["6-5"],
    topics: ["baltic"],
  },
  {
    // Rejestr PESEL: the century is in the month.
    entity: "pl_pesel",
    lengths: [11],
    check: (d, at) =>
      isDay(2000 + pair(d, at), pair(d, at + 2) % 20, pair(d, at + 4)) &&
      weighted(d, at, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0 &&
      isVaried(d, at, 11),
    plainSure: oneInHundred,
    topics: ["pl_pesel"],
  },
  {
    // Czech Republic and Slovakia: divisible by 11; women have 50 added to the month, since 2004 also 20 or 70.
    entity: "cz_rodne_cislo",
    lengths: [10],
    check: (d, at) =>
      isDay(2000 + pair(d, at), czechMonth(pair(d, at + 2)), pair(d, at + 4)) &&
      remainder(d, at, 10, 11) === 0,
    forms: ["6/4"],
    formSure: 0.9,
    topics: ["cz"],
  },
  {
    // Until 1953, without a check digit.
    entity: "cz_rodne_cislo",
    lengths: [9],
    check: (d, at) =>
      (pair(d, at) < 54 || pair(d, at) > 79) &&
      isDay(1900 + pair(d, at), czechMonth(pair(d, at + 2)), pair(d, at + 4)),
    forms: ["6/3"],
    formSure: 0.6,
    topics: ["cz"],
  },
  {
    entity: "ro_cnp",
    lengths: [13],
    check: (d, at) => {
      const rest = weighted(d, at, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
      return (
        d[at] !== 0 &&
        isShortDay(d, at + 1, at + 3, at + 5) &&
        pair(d, at + 7) >= 1 &&
        pair(d, at + 7) <= 52 &&
        (rest === 10 ? 1 : rest) === d[at + 12]
      );
    },
    plainSure: 0.65,
    topics: ["ro_cnp"],
  },
  {
    entity: "bg_egn",
    lengths: [10],
    check: (d, at) =>
      isDay(2000 + pair(d, at), pair(d, at + 2) % 20, pair(d, at + 4)) &&
      (weighted(d, at, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10 === d[at + 9],
    topics: ["bg_egn"],
  },
  {
    entity: "hr_oib",
    lengths: [11],
    check: (d, at) => mod11And10(d, at, 11) && isVaried(d, at, 11),
    topics: ["hr_oib"],
  },
  {
    // Slovenia and the other successors of Yugoslavia: a birthday with three digits of the year.
    entity: "si_emso",
    lengths: [13],
    check: (d, at) => {
      const year = digit(d, at + 4) * 100 + pair(d, at + 5);
      const check = (11 - (weighted(d, at, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
      return (
        (year > 880 || year < 40) &&
        isDay(year > 800 ? 1000 + year : 2000 + year, pair(d, at + 2), pair(d, at)) &&
        check === d[at + 12]
      );
    },
    plainSure: 0.7,
    topics: ["si_emso"],
  },
  {
    // Act XX of 1996: weights 3 and 7 by turns, modulus 10.
    entity: "hu_taj",
    lengths: [9],
    check: (d, at) =>
      weighted(d, at, [3, 7, 3, 7, 3, 7, 3, 7]) % 10 === d[at + 8] && isVaried(d, at, 9),
    topics: ["hu_taj"],
  },
  {
    // The same: an 8, days since 1867, weights 1 to 9, modulus 11.
    entity: "hu_tax_id",
    lengths: [10],
    check: (d, at) =>
      d[at] === 8 && weighted(d, at, [1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 === d[at + 9],
    topics: ["hu_tax_id"],
  },
  {
    // State register of natural persons: weights -1 5 7 9 4 6 10 5 7, modulus 11.
    entity: "ua_rnokpp",
    lengths: [10],
    check: (d, at) => {
      const sum = weighted(d, at, [-1, 5, 7, 9, 4, 6, 10, 5, 7]);
      return (((sum % 11) + 11) % 11) % 10 === d[at + 9] && isVaried(d, at, 10);
    },
    topics: ["ua_rnokpp"],
  },
  {
    // Pension fund: weights 9 to 1, modulus 101.
    entity: "ru_snils",
    lengths: [11],
    check: (d, at) =>
      (weighted(d, at, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100 === pair(d, at + 9) &&
      isVaried(d, at, 11),
    forms: ["3-3-3 2", "3-3-3-2"],
    formSure: 0.95,
    topics: ["ru_snils"],
  },
  {
    // Federal tax service: of persons, with two check digits.
    entity: "ru_inn",
    lengths: [12],
    check: (d, at) =>
      (weighted(d, at, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10 === d[at + 10] &&
      (weighted(d, at, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10 === d[at + 11] &&
      isVaried(d, at, 12),
    topics: ["ru_inn"],
  },
];

function balticDigit(d: Digits, at: number): number {
  const first = weighted(d, at, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  if (first < 10) return first;
  return (weighted(d, at, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11) % 10;
}

function czechMonth(month: number): number {
  const plain = month > 70 ? month - 70 : month > 50 ? month - 50 : month > 20 ? month - 20 : month;
  return plain;
}
