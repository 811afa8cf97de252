/** National numbers of people in the west and north of Europe. */
import {
  type Digits,
  isDay,
  luhn,
  mod11And10,
  remainder,
  verhoeff,
  weighted,
} from "#/masking/checksums.ts";
import { digit, isShortDay, isVaried, pair } from "./digits.ts";
import { type NumberRule, oneInHundred } from "./number-rule.ts";

export const europe: readonly NumberRule[] = [
  {
    // NHS Data Dictionary: modulus 11 with weights 10 to 2.
    entity: "uk_nhs",
    lengths: [10],
    check: (d, at) => {
      const check = (11 - (weighted(d, at, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
      return check === d[at + 9] && isVaried(d, at, 10);
    },
    topics: ["uk_nhs"],
  },
  {
    // INSEE: key 97 - n mod 97; sex, year, month. The Corsican letters are a known miss.
    entity: "fr_nir",
    lengths: [15],
    check: (d, at) =>
      [1, 2, 3, 4, 7, 8].includes(digit(d, at)) &&
      isFrenchMonth(pair(d, at + 3)) &&
      97 - remainder(d, at, 13, 97) === pair(d, at + 13),
    forms: ["1 2 2 2 3 3 2", "13 2", "1-2-2-2-3-3-2"],
    formSure: 0.95,
    plainSure: 0.85,
    topics: ["fr_nir"],
  },
  {
    // Bundeszentralamt für Steuern: ISO 7064 MOD 11,10; of the first ten digits one occurs two or three times.
    entity: "de_tax_id",
    lengths: [11],
    check: (d, at) => d[at] !== 0 && repeatsLikeTaxId(d, at) && mod11And10(d, at, 11),
    forms: ["2 3 3 3"],
    topics: ["de_tax_id"],
  },
  {
    // Dachverband der Sozialversicherungsträger: weights 3 7 9 - 5 8 4 2 1 6, and a birthday.
    entity: "at_svnr",
    lengths: [10],
    check: (d, at) =>
      d[at] !== 0 &&
      pair(d, at + 6) <= 13 &&
      isDay(2000 + pair(d, at + 8), ((pair(d, at + 6) - 1) % 12) + 1, pair(d, at + 4)) &&
      weighted(d, at, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === d[at + 3],
    forms: ["4 6", "4-6", "4/6"],
    topics: ["at_svnr"],
  },
  {
    // eCH-0045: country 756, EAN-13.
    entity: "ch_ahv",
    lengths: [13],
    check: (d, at) => d[at] === 7 && d[at + 1] === 5 && d[at + 2] === 6 && ean13(d, at),
    forms: ["3.4.4.2", "3 4 4 2", "3-4-4-2"],
    formSure: 0.98,
    plainSure: 0.9,
    topics: ["ch_ahv"],
  },
  {
    // RvIG: weights 9 to 2 and -1, modulus 11.
    entity: "nl_bsn",
    lengths: [9],
    check: (d, at) =>
      weighted(d, at, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && isVaried(d, at, 9),
    topics: ["nl_bsn"],
  },
  {
    // Rijksregister: 97 - n mod 97, with a 2 in front for those born from 2000 on.
    entity: "be_nn",
    lengths: [11],
    check: (d, at) =>
      pair(d, at + 2) <= 12 &&
      pair(d, at + 4) <= 31 &&
      pair(d, at + 9) > 0 &&
      (97 - remainder(d, at, 9, 97) === pair(d, at + 9) ||
        97 - ((2_000_000_000 + nine(d, at)) % 97) === pair(d, at + 9)),
    forms: ["2.2.2-3.2", "2.2.2.3.2", "6-3-2", "2 2 2 3 2", "2-2-2-3-2"],
    formSure: 0.95,
    plainSure: 0.7,
    topics: ["be_nn"],
  },
  {
    // Autoridade Tributária: modulus 11; the first digits are given out by kind.
    entity: "pt_nif",
    lengths: [9],
    check: (d, at) => {
      const rest = weighted(d, at, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
      return (
        [1, 2, 3, 5, 6, 8, 9].includes(digit(d, at)) && (rest < 2 ? 0 : 11 - rest) === d[at + 8]
      );
    },
    topics: ["pt_nif"],
  },
  {
    // Agenzia delle Entrate: Luhn.
    entity: "it_vat",
    lengths: [11],
    check: (d, at) => luhn(d, at, 11) && isVaried(d, at, 11),
    topics: ["it_vat"],
  },
  {
    entity: "gr_amka",
    lengths: [11],
    check: (d, at) => isShortDay(d, at + 4, at + 2, at) && luhn(d, at, 11),
    plainSure: oneInHundred,
    topics: ["gr_amka"],
  },
  ...[10, 12].map(
    (length): NumberRule => ({
      // Skatteverket, SKV 704: Luhn; days from 61 on are coordination numbers.
      entity: "se_personnummer",
      lengths: [length],
      check: (d, at) => {
        const from = at + length - 10;
        const day = pair(d, from + 4);
        return (
          (length === 10 || [18, 19, 20].includes(pair(d, at))) &&
          isDay(2000 + pair(d, from), pair(d, from + 2), day > 60 ? day - 60 : day) &&
          luhn(d, from, 10)
        );
      },
      forms: ["6-4", "8-4", "6+4", "8 4"],
      ...(length === 12 ? { plainSure: 0.7 } : {}),
      topics: ["se"],
    }),
  ),
  {
    // Skatteetaten: two check digits, modulus 11.
    entity: "no_fodselsnummer",
    lengths: [11],
    check: (d, at) => {
      const day = pair(d, at);
      const month = pair(d, at + 2);
      return (
        isDay(2000 + pair(d, at + 4), month > 40 ? month - 40 : month, day > 40 ? day - 40 : day) &&
        weighted(d, at, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
        weighted(d, at, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
      );
    },
    forms: ["6 5", "6-5"],
    formSure: 0.9,
    plainSure: 0.75,
    topics: ["no"],
  },
  {
    // CPR-kontoret: a birthday; the check digit is no longer kept for all who were born after 2007.
    entity: "dk_cpr",
    lengths: [10],
    check: (d, at) => isShortDay(d, at + 4, at + 2, at) && isVaried(d, at, 10),
    topics: ["dk"],
  },
  {
    entity: "dk_cpr",
    lengths: [10],
    check: (d, at) =>
      isShortDay(d, at + 4, at + 2, at) &&
      weighted(d, at, [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
    forms: ["6-4"],
    topics: ["dk"],
  },
  {
    // Þjóðskrá: a birthday, weights 3 2 7 6 5 4 3 2, modulus 11; the last digit is the century. Organisations have 40 added to the day.
    entity: "is_kennitala",
    lengths: [10],
    check: (d, at) => {
      const check = (11 - (weighted(d, at, [3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
      return (
        [0, 8, 9].includes(digit(d, at + 9)) &&
        isDay(2000 + pair(d, at + 4), pair(d, at + 2), pair(d, at) % 40) &&
        check === d[at + 8]
      );
    },
    topics: ["is_kennitala"],
  },
  {
    // Règlement grand-ducal of 21 December 2011: a birthday, then Luhn and Verhoeff over the first eleven digits.
    entity: "lu_matricule",
    lengths: [13],
    check: (d, at) =>
      isCentury(pair(d, at)) &&
      isDay(pair(d, at) * 100 + pair(d, at + 2), pair(d, at + 4), pair(d, at + 6)) &&
      luhn(d, at, 12) &&
      verhoeff([...firstOf(d, at, 11), digit(d, at + 12)], 0, 12),
    plainSure: 0.85,
    topics: ["lu_matricule"],
  },
];

function isCentury(century: number): boolean {
  return century >= 18 && century <= 20;
}

function firstOf(d: Digits, at: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => digit(d, at + index));
}

function isFrenchMonth(month: number): boolean {
  return (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
}

function repeatsLikeTaxId(d: Digits, at: number): boolean {
  const counts = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let index = 0; index < 10; index += 1) {
    const value = digit(d, at + index);
    counts[value] = (counts[value] ?? 0) + 1;
  }
  const repeated = counts.filter((count) => count > 1);
  return repeated.length === 1 && (repeated[0] ?? 0) <= 3;
}

function ean13(d: Digits, at: number): boolean {
  return weighted(d, at, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;
}

function nine(d: Digits, at: number): number {
  let value = 0;
  for (let index = 0; index < 9; index += 1) value = value * 10 + digit(d, at + index);
  return value;
}
