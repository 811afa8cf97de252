/** Numbers of people in the Americas. */
import { type Digits, luhn, weighted } from "#/masking/checksums.ts";
import { digit, isVaried, pair } from "./digits.ts";
import { type NumberRule, oneInHundred } from "./number-rule.ts";

export const americas: readonly NumberRule[] = [
  {
    // Social Security Administration: no area 000, 666 or 900 to 999, no group 00, no serial 0000.
    entity: "us_ssn",
    lengths: [9],
    check: isSsn,
    forms: ["3-2-4", "3 2 4", "3.2.4"],
    topics: ["us_ssn"],
  },
  {
    // IRS, Publication 1915: 9xx, fourth and fifth digit 50-65, 70-88, 90-92, 94-99.
    entity: "us_itin",
    lengths: [9],
    check: isItin,
    forms: ["3-2-4", "3 2 4"],
    topics: ["us_itin", "us_ssn"],
  },
  {
    entity: "us_ein",
    lengths: [9],
    check: (d, at) =>
      ![
        "00",
        "07",
        "08",
        "09",
        "17",
        "18",
        "19",
        "28",
        "29",
        "49",
        "69",
        "70",
        "78",
        "79",
        "89",
        "96",
        "97",
      ].includes(`${d[at]}${d[at + 1]}`),
    topics: ["us_ein"],
  },
  {
    // CMS: Luhn over 80840 and the number, which begins with 1 or 2.
    entity: "us_npi",
    lengths: [10],
    check: (d, at) =>
      (d[at] === 1 || d[at] === 2) &&
      luhn([8, 0, 8, 4, 0, ...slice(d, at, 10)], 0, 15) &&
      isVaried(d, at, 10),
    topics: ["us_npi"],
  },
  {
    entity: "us_passport",
    lengths: [9],
    check: (d, at) => isVaried(d, at, 9),
    topics: ["us_passport"],
  },
  {
    // ABA: weights 3, 7, 1; the first two digits name the Federal Reserve district.
    entity: "us_aba_routing",
    lengths: [9],
    check: (d, at) =>
      isDistrict(digit(d, at) * 10 + digit(d, at + 1)) &&
      weighted(d, at, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0,
    topics: ["aba"],
  },
  {
    entity: "us_bank_number",
    lengths: [8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
    check: (d, at, count) => isVaried(d, at, count),
    topics: ["bank"],
  },
  {
    entity: "ca_sin",
    lengths: [9],
    check: (d, at) => d[at] !== 0 && d[at] !== 8 && luhn(d, at, 9) && isVaried(d, at, 9),
    topics: ["ca_sin"],
  },
  {
    // Receita Federal: two check digits, modulus 11.
    entity: "br_cpf",
    lengths: [11],
    check: (d, at) =>
      isVaried(d, at, 11) && [9, 10].every((count) => cpfDigit(d, at, count) === d[at + count]),
    forms: ["3.3.3-2", "3-3-3-2", "3 3 3 2", "9-2", "3.3.3/2"],
    plainSure: oneInHundred,
    topics: ["br"],
  },
  {
    entity: "br_cnpj",
    lengths: [14],
    check: (d, at) =>
      isVaried(d, at, 14) &&
      cnpjDigit(weighted(d, at, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) === d[at + 12] &&
      cnpjDigit(weighted(d, at, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) === d[at + 13],
    forms: ["2.3.3/4-2", "8/4-2"],
    plainSure: oneInHundred,
    topics: ["br"],
  },
  {
    // AFIP: modulus 11, with the prefixes that are given out.
    entity: "ar_cuit",
    lengths: [11],
    check: (d, at) => {
      const check = (11 - (weighted(d, at, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
      return (
        [20, 23, 24, 25, 26, 27, 30, 33, 34].includes(digit(d, at) * 10 + digit(d, at + 1)) &&
        (check === 10 ? 9 : check) === d[at + 10]
      );
    },
    forms: ["2-8-1"],
    formSure: 0.9,
    topics: ["ar_cuit"],
  },
  {
    // Registro Civil: modulus 11; a K for ten is a recognizer of its own.
    entity: "cl_rut",
    lengths: [8, 9],
    check: (d, at, count) => rutDigit(d, at, count - 1) === d[at + count - 1],
    forms: ["2.3.3-1", "1.3.3-1"],
    topics: ["cl_rut"],
  },
  {
    // Registro Civil: province, a third digit below six for persons, Luhn.
    entity: "ec_cedula",
    lengths: [10],
    check: (d, at) =>
      ((pair(d, at) >= 1 && pair(d, at) <= 24) || pair(d, at) === 30) &&
      digit(d, at + 2) < 6 &&
      luhn(d, at, 10) &&
      isVaried(d, at, 10),
    forms: ["9-1"],
    topics: ["cedula"],
  },
  {
    // Junta Central Electoral: Luhn.
    entity: "do_cedula",
    lengths: [11],
    check: (d, at) => luhn(d, at, 11) && isVaried(d, at, 11),
    forms: ["3-7-1"],
    formSure: 0.9,
    topics: ["cedula"],
  },
  {
    // Dirección Nacional de Identificación Civil: weights 2 9 8 7 6 3 4.
    entity: "uy_cedula",
    lengths: [8],
    check: (d, at) =>
      (10 - (weighted(d, at, [2, 9, 8, 7, 6, 3, 4]) % 10)) % 10 === d[at + 7] && isVaried(d, at, 8),
    forms: ["1.3.3-1"],
    formSure: 0.7,
    topics: ["cedula"],
  },
];

function isSsn(d: Digits, at: number): boolean {
  const area = digit(d, at) * 100 + digit(d, at + 1) * 10 + digit(d, at + 2);
  const group = digit(d, at + 3) * 10 + digit(d, at + 4);
  const serial =
    digit(d, at + 5) * 1000 + digit(d, at + 6) * 100 + digit(d, at + 7) * 10 + digit(d, at + 8);
  return (
    area !== 0 &&
    area !== 666 &&
    area < 900 &&
    group !== 0 &&
    serial !== 0 &&
    isVaried(d, at, 9) &&
    !isPrinted(area, group, serial)
  );
}

/** Of a wallet's sample card and a leaflet: void since everybody used them. */
function isPrinted(area: number, group: number, serial: number): boolean {
  return (
    (area === 78 && group === 5 && serial === 1120) ||
    (area === 219 && group === 9 && serial === 9999)
  );
}

function isItin(d: Digits, at: number): boolean {
  const group = digit(d, at + 3) * 10 + digit(d, at + 4);
  return (
    d[at] === 9 &&
    ((group >= 50 && group <= 65) ||
      (group >= 70 && group <= 88) ||
      (group >= 90 && group <= 92) ||
      group >= 94)
  );
}

function isDistrict(prefix: number): boolean {
  return (
    (prefix >= 1 && prefix <= 12) ||
    (prefix >= 21 && prefix <= 32) ||
    (prefix >= 61 && prefix <= 72) ||
    prefix === 80
  );
}

function cpfDigit(d: Digits, at: number, count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += digit(d, at + index) * (count + 1 - index);
  return ((sum * 10) % 11) % 10;
}

function cnpjDigit(sum: number): number {
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

/** From 0 to 10, where 10 is written K. */
export function rutDigit(d: Digits, at: number, count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index += 1)
    sum += digit(d, at + count - 1 - index) * ((index % 6) + 2);
  return (11 - (sum % 11)) % 11;
}

function slice(d: Digits, at: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => digit(d, at + index));
}
