/** National numbers of people in the Middle East and Africa. */
import { luhn } from "#/masking/checksums.ts";
import { digit, isShortDay, isVaried, pair } from "./digits.ts";
import { type NumberRule, oneInHundred } from "./number-rule.ts";

export const middleEastAndAfrica: readonly NumberRule[] = [
  {
    // Nüfus ve Vatandaşlık İşleri: two check digits.
    entity: "tr_tckn",
    lengths: [11],
    check: (d, at) => {
      const odd =
        digit(d, at) + digit(d, at + 2) + digit(d, at + 4) + digit(d, at + 6) + digit(d, at + 8);
      const even = digit(d, at + 1) + digit(d, at + 3) + digit(d, at + 5) + digit(d, at + 7);
      const tenth = (((odd * 7 - even) % 10) + 10) % 10;
      return (
        d[at] !== 0 &&
        tenth === d[at + 9] &&
        (odd + even + tenth) % 10 === d[at + 10] &&
        isVaried(d, at, 11)
      );
    },
    plainSure: oneInHundred,
    topics: ["tr_tckn"],
  },
  {
    entity: "il_id",
    lengths: [9],
    check: (d, at) => luhn(d, at, 9) && isVaried(d, at, 9),
    topics: ["il_id"],
  },
  {
    // Home Affairs: a birthday, citizenship 0 or 1 (2: refugee), Luhn.
    entity: "za_id",
    lengths: [13],
    check: (d, at) =>
      isShortDay(d, at, at + 2, at + 4) &&
      digit(d, at + 10) <= 2 &&
      luhn(d, at, 13) &&
      isVaried(d, at, 13),
    forms: ["6 4 3", "6 4 2 1", "6 4 1 1 1"],
    plainSure: 0.7,
    topics: ["za_id"],
  },
  {
    // Ministry of Interior: 1 for citizens, 2 for residents, Luhn.
    entity: "sa_id",
    lengths: [10],
    check: (d, at) => (d[at] === 1 || d[at] === 2) && luhn(d, at, 10) && isVaried(d, at, 10),
    topics: ["sa_id"],
  },
  {
    // Federal Authority for Identity: country 784, year of birth, Luhn.
    entity: "ae_emirates_id",
    lengths: [15],
    check: (d, at) =>
      d[at] === 7 &&
      d[at + 1] === 8 &&
      d[at + 2] === 4 &&
      (pair(d, at + 3) === 19 || pair(d, at + 3) === 20) &&
      luhn(d, at, 15),
    forms: ["3-4-7-1", "3 4 7 1"],
    formSure: 0.95,
    plainSure: 0.85,
    topics: ["ae_emirates_id"],
  },
  {
    // NIMC: eleven digits without a published check.
    entity: "ng_nin",
    lengths: [11],
    check: (d, at) => isVaried(d, at, 11),
    topics: ["ng_nin"],
  },
];
