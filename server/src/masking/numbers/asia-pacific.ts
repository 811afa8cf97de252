/** National numbers of people in the south and east of Asia, and in Oceania. */
import { type Digits, isDay, luhn, verhoeff, weighted } from "#/masking/checksums.ts";
import { digit, isShortDay, isVaried, pair } from "./digits.ts";
import type { NumberRule } from "./number-rule.ts";

export const asiaPacific: readonly NumberRule[] = [
  {
    // UIDAI: Verhoeff; the first digit is neither 0 nor 1, and the number is no palindrome.
    entity: "in_aadhaar",
    lengths: [12],
    check: (d, at) =>
      digit(d, at) >= 2 && verhoeff(d, at, 12) && isVaried(d, at, 12) && !isPalindrome(d, at, 12),
    forms: ["4 4 4", "4-4-4"],
    topics: ["in_aadhaar"],
  },
  {
    // GB 11643-1999: ISO 7064 MOD 11-2, and a birthday. An X as check digit is a recognizer of its own.
    entity: "cn_resident_id",
    lengths: [18],
    check: (d, at) => isChinese(d, at) && chineseDigit(d, at) === d[at + 17],
    plainSure: 0.9,
    topics: ["cn"],
  },
  {
    // A birthday and the century in the seventh digit; since October 2020 without a check digit.
    entity: "kr_rrn",
    lengths: [13],
    check: (d, at) =>
      isShortDay(d, at, at + 2, at + 4) &&
      (koreanDigit(d, at) === d[at + 12] || isKoreanSince2020(d, at)),
    forms: ["6-7"],
    topics: ["kr_rrn"],
  },
  {
    // Since October 2020 numbers are given out without a check digit, also in place of older ones: then a word tells.
    entity: "kr_rrn",
    lengths: [13],
    check: (d, at) =>
      isShortDay(d, at, at + 2, at + 4) &&
      d[at + 6] !== 0 &&
      d[at + 6] !== 9 &&
      isVaried(d, at, 13),
    topics: ["kr_rrn"],
  },
  {
    // Dukcapil: province, regency, district, a birthday (of women with 40 added to the day), a serial number.
    entity: "id_nik",
    lengths: [16],
    check: (d, at) =>
      pair(d, at) >= 11 &&
      pair(d, at) <= 96 &&
      isShortDay(d, at + 10, at + 8, at + 6, 40) &&
      isVaried(d, at, 16),
    topics: ["id_nik"],
  },
  {
    // NADRA: province, family, sex.
    entity: "pk_cnic",
    lengths: [13],
    check: (d, at) =>
      digit(d, at) >= 1 && digit(d, at) <= 8 && d[at + 12] !== 0 && isVaried(d, at, 13),
    forms: ["5-7-1"],
    topics: ["pk_cnic"],
  },
  {
    // Ordinance of the My Number Act: weights 2 to 7, modulus 11.
    entity: "jp_my_number",
    lengths: [12],
    check: (d, at) => {
      const rest = weighted(d, at, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
      return (rest <= 1 ? 0 : 11 - rest) === d[at + 11] && isVaried(d, at, 12);
    },
    topics: ["jp"],
  },
  {
    // Department of Provincial Administration: weights 13 to 2, modulus 11.
    entity: "th_tnin",
    lengths: [13],
    check: (d, at) =>
      d[at] !== 0 &&
      (11 - (weighted(d, at, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === d[at + 12] &&
      isVaried(d, at, 13),
    forms: ["1-4-5-2-1", "1 4 5 2 1"],
    topics: ["th"],
  },
  {
    // A birthday and a place; there is no check digit.
    entity: "my_nric",
    lengths: [12],
    check: (d, at) => isShortDay(d, at, at + 2, at + 4) && isMalaysianPlace(pair(d, at + 6)),
    forms: ["6-2-4"],
    formSure: 0.7,
    topics: ["my"],
  },
  {
    // Australian Taxation Office: modulus 11.
    entity: "au_tfn",
    lengths: [9],
    check: (d, at) =>
      weighted(d, at, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && isVaried(d, at, 9),
    topics: ["au_tfn"],
  },
  {
    entity: "au_medicare",
    lengths: [10, 11],
    check: (d, at) =>
      digit(d, at) >= 2 &&
      digit(d, at) <= 6 &&
      weighted(d, at, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === d[at + 8],
    topics: ["au_medicare"],
  },
  {
    // Australian Business Register: modulus 89 after 1 is taken from the first digit.
    entity: "au_abn",
    lengths: [11],
    check: (d, at) =>
      (weighted(d, at, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10) % 89 === 0 && d[at] !== 0,
    forms: ["2 3 3 3"],
    topics: ["au_abn"],
  },
  {
    entity: "au_acn",
    lengths: [9],
    check: (d, at) => (10 - (weighted(d, at, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10 === d[at + 8],
    topics: ["au_acn"],
  },
  {
    entity: "nz_ird",
    lengths: [8, 9],
    check: (d, at, count) => irdDigit(d, at, count) === d[at + count - 1],
    topics: ["nz_ird"],
  },
  {
    // 3GPP TS 23.003, annex B: Luhn.
    entity: "imei",
    lengths: [15],
    check: (d, at) => luhn(d, at, 15) && isVaried(d, at, 15),
    topics: ["imei"],
  },
  {
    // The same with the version of its software in place of the check digit.
    entity: "imei",
    lengths: [16],
    check: (d, at) => isVaried(d, at, 16),
    topics: ["imei"],
  },
];

function isPalindrome(d: Digits, at: number, count: number): boolean {
  for (let index = 0; index < count / 2; index += 1) {
    if (d[at + index] !== d[at + count - 1 - index]) return false;
  }
  return true;
}

export function isChinese(d: Digits, at: number): boolean {
  const year = pair(d, at + 6) * 100 + pair(d, at + 8);
  return (
    digit(d, at) >= 1 &&
    digit(d, at) <= 8 &&
    year >= 1880 &&
    year < 2100 &&
    isDay(year, pair(d, at + 10), pair(d, at + 12))
  );
}

/** From 0 to 10, where 10 is written X. */
export function chineseDigit(d: Digits, at: number): number {
  const sum = weighted(d, at, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return (12 - (sum % 11)) % 11;
}

function koreanDigit(d: Digits, at: number): number {
  return (11 - (weighted(d, at, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10;
}

/** The seventh digit of those who were born from 2000 on is 3 or 4, of foreigners 7 or 8. */
function isKoreanSince2020(d: Digits, at: number): boolean {
  const year = pair(d, at);
  return [3, 4, 7, 8].includes(digit(d, at + 6)) && year >= 20 && year < 50;
}

function isMalaysianPlace(place: number): boolean {
  return (
    (place >= 1 && place <= 16) ||
    (place >= 21 && place <= 59) ||
    place === 82 ||
    (place >= 60 &&
      place <= 93 &&
      place !== 69 &&
      place !== 70 &&
      place !== 73 &&
      place !== 80 &&
      place !== 81) ||
    place >= 98
  );
}

function irdDigit(d: Digits, at: number, count: number): number {
  const full = count === 9 ? at : at - 1;
  const read = (index: number) => (count === 8 && index === 0 ? 0 : digit(d, full + index));
  const check = (weights: readonly number[]) => {
    const sum = weights.reduce((total, weight, index) => total + weight * read(index), 0) % 11;
    return sum === 0 ? 0 : 11 - sum;
  };
  const first = check([3, 2, 7, 6, 5, 4, 3, 2]);
  return first === 10 ? check([7, 4, 3, 2, 5, 2, 7, 6]) : first;
}
