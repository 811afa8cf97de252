/** Numbers that look and check like real ones and belong to nobody. */
import type { Draw } from "./draw.ts";
import type { Country } from "./sample-names.ts";

/** Ranges that each country keeps free for films and books; `#` is any digit. */
const phoneRanges: Readonly<Record<Country, readonly string[]>> = {
  // Bundesnetzagentur, drama numbers.
  DE: ["+49 30 23125 ###", "+49 69 90009 ###", "+49 40 66969 ###", "+49 89 99998 ###"],
  // Arcep, numbers for audiovisual works.
  FR: ["+33 1 99 00 ## ##", "+33 2 61 91 ## ##", "+33 6 39 98 ## ##"],
  // Ofcom, telephone numbers for drama use.
  GB: ["+44 20 7946 0###", "+44 161 496 0###", "+44 7700 900###"],
  // ComReg, numbers for drama use.
  IE: ["+353 20 91# ####"],
  // Post- och telestyrelsen, numbers for books and films.
  SE: ["+46 8 465 004 ##", "+46 31 390 06 ##", "+46 40 628 04 ##"],
  // NANPA: 555-0100 to 555-0199 in every area.
  US: ["+1 202 555 01##", "+1 303 555 01##", "+1 415 555 01##", "+1 617 555 01##"],
};

export function phone(draw: Draw, country: Country): string {
  return fill(draw, draw.oneOf(phoneRanges[country]));
}

/** What follows the check digits: an invented bank, then digits. The United States have no IBAN. */
const accounts: Readonly<Record<Country, string | null>> = {
  DE: `99999${"#".repeat(13)}`,
  FR: `99999${"#".repeat(18)}`,
  GB: `ZZZZ${"#".repeat(14)}`,
  IE: `ZZZZ${"#".repeat(14)}`,
  SE: `999${"#".repeat(17)}`,
  US: null,
};

export function iban(draw: Draw, country: Country): string | null {
  const pattern = accounts[country];
  if (pattern === null) return null;
  const account = fill(draw, pattern);
  return `${country}${ibanCheckDigits(country, account)}${account}`;
}

/** ISO 13616: 98 minus the remainder by 97 of account, country and 00, letters as 10 to 35. */
function ibanCheckDigits(country: string, account: string): string {
  const digits = Array.from(`${account}${country}00`, (character) =>
    Number.parseInt(character, 36),
  );
  return String(98n - (BigInt(digits.join("")) % 97n)).padStart(2, "0");
}

/** Ranges from which payment providers take their published test cards, and the number's length. */
const cards = {
  amex: { prefixes: ["378282", "371449"], length: 15 },
  discover: { prefixes: ["601111"], length: 16 },
  mastercard: { prefixes: ["555555", "510510"], length: 16 },
  visa: { prefixes: ["411111", "424242"], length: 16 },
} as const;

export type CardBrand = keyof typeof cards;

/** As often as they are met: most cards are of two brands. */
export const cardBrands: readonly CardBrand[] = [
  ...(["visa", "visa", "visa", "visa", "visa"] as const),
  ...(["mastercard", "mastercard", "mastercard"] as const),
  ...(["amex", "discover"] as const),
];

export function cardNumber(draw: Draw, brand: CardBrand): string {
  const { prefixes, length } = cards[brand];
  const prefix = draw.oneOf<string>(prefixes);
  const payload = `${prefix}${draw.digits(length - prefix.length - 1)}`;
  return `${payload}${luhnCheckDigit(payload)}`;
}

/** ISO/IEC 7812-1, annex B: from the right, every other digit doubled and its digits added. */
function luhnCheckDigit(payload: string): number {
  const weighted = Array.from(payload)
    .toReversed()
    .map((character, index) => {
      const doubled = Number(character) * (index % 2 === 0 ? 2 : 1);
      return doubled > 9 ? doubled - 9 : doubled;
    });
  return (10 - (weighted.reduce((sum, digit) => sum + digit, 0) % 10)) % 10;
}

function fill(draw: Draw, pattern: string): string {
  return pattern.replaceAll("#", () => draw.digits(1));
}
