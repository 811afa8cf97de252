/** Personal data and secrets that a recognizer knows, each drawn anew so that it can be told from every other. */
import { randomBytes, randomInt } from "node:crypto";
import { drawn } from "./planted-install.ts";

export function drawEmail(): string {
  return `${drawn()}@planted.example`;
}

/** Sixteen digits whose last one is right (ISO/IEC 7812-1). */
export function drawCard(): string {
  const digits = `4${digitsOf(14)}`;
  const sum = Array.from(digits).reduce((total, digit, at) => {
    const doubled = at % 2 === 0 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

/** German, with the check digits of ISO 13616. */
export function drawIban(): string {
  const account = digitsOf(18);
  // The letters of the country as numbers, D being 13.
  const check = 98n - (BigInt(`${account}131400`) % 97n);
  return `DE${String(check).padStart(2, "0")}${account}`;
}

export function drawToken(): string {
  return ["ghp", randomBytes(18).toString("hex")].join("_");
}

function digitsOf(count: number): string {
  return Array.from({ length: count }, () => String(randomInt(10))).join("");
}
