/** Check digits, each as its source defines it. Digits are numbers from 0 to 9. */

export type Digits = ArrayLike<number>;

/** ISO/IEC 7812-1, annex B. */
export function luhn(digits: Digits, at: number, count: number): boolean {
  return luhnSum(digits, at, count) % 10 === 0;
}

function luhnSum(digits: Digits, at: number, count: number): number {
  let sum = 0;
  for (let index = count - 1, double = false; index >= 0; index -= 1, double = !double) {
    const digit = digits[at + index] ?? 0;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum;
}

export function weighted(digits: Digits, at: number, weights: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < weights.length; index += 1) {
    sum += (digits[at + index] ?? 0) * (weights[index] ?? 0);
  }
  return sum;
}

/** The number's remainder, for numbers that a double would not hold. */
export function remainder(digits: Digits, at: number, count: number, modulus: number): number {
  let rest = 0;
  for (let index = 0; index < count; index += 1)
    rest = (rest * 10 + (digits[at + index] ?? 0)) % modulus;
  return rest;
}

/** ISO/IEC 7064, MOD 11,10. */
export function mod11And10(digits: Digits, at: number, count: number): boolean {
  let product = 10;
  for (let index = 0; index < count - 1; index += 1) {
    const sum = (product + (digits[at + index] ?? 0)) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digits[at + count - 1];
}

/** Verhoeff, "Error Detecting Decimal Codes" (1969): multiplication in the dihedral group D5, and a permutation. */
export function verhoeff(digits: Digits, at: number, count: number): boolean {
  let check = 0;
  for (let index = 0; index < count; index += 1) {
    const digit = digits[at + count - 1 - index] ?? 0;
    check = dihedral(check, permuted(index % 8, digit));
  }
  return check === 0;
}

function dihedral(one: number, other: number): number {
  if (one < 5) return other < 5 ? (one + other) % 5 : 5 + ((one + other - 5) % 5);
  return other < 5 ? 5 + ((one - 5 - other + 5) % 5) : (one - other + 5) % 5;
}

const permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

function permuted(times: number, digit: number): number {
  let result = digit;
  for (let index = 0; index < times; index += 1) result = permutation[result] ?? 0;
  return result;
}

/** ISO/IEC 7064, MOD 97-10, over letters as 10 to 35; `text` in upper case, rearranged already. */
export function mod97(text: string): number {
  let rest = 0;
  for (let index = 0; index < text.length; index += 1) {
    const value = Number.parseInt(text[index] ?? "", 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

/** Whether it is a day of the calendar; a year of two digits is any year of that ending. */
export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0 || year < 100);
  return day <= (month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
}
