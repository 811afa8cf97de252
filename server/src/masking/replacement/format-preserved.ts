/**
 * Values of the same format, for what is validated further on: a card number with its issuer, last four digits and Luhn; an account
 * number with its country and check digits; an address at a domain that nobody has (RFC 2606). One way, the same under one key.
 */
import { hash } from "node:crypto";
import type { Entity } from "#/core/entity.ts";
import { luhn, mod97 } from "#/masking/checksums.ts";
import { normalised } from "./normalised.ts";

const issuerDigits = 6;
const lastDigits = 4;

/** Null for what has no format that is worth keeping. */
export function formatPreserved(key: Uint8Array, entity: Entity, value: string): string | null {
  const drawn = hash(
    "sha256",
    Buffer.concat([key, Buffer.from(`\0${entity}\0${normalised(entity, value)}`)]),
    "buffer",
  );
  if (entity === "credit_card") return likeCard(drawn, value);
  if (entity === "iban") return likeAccount(drawn, value);
  if (entity === "email") return `u${drawn.toString("hex", 0, 6)}@masked.invalid`;
  return null;
}

function likeCard(drawn: Buffer, value: string): string | null {
  const digits = Array.from(value.normalize("NFKC").matchAll(/\d/g), ([digit]) => Number(digit));
  if (digits.length < issuerDigits + lastDigits + 2 || /[^\d .-]/.test(value)) return null;
  for (let at = issuerDigits; at < digits.length - lastDigits; at += 1)
    digits[at] = (drawn[at] ?? 0) % 10;
  // One digit of the middle makes the check right again: doubled or not, each of its ten values is another sum.
  for (let digit = 0; digit < 10 && !luhn(digits, 0, digits.length); digit += 1)
    digits[issuerDigits] = digit;
  let next = 0;
  return value.replaceAll(/\d/g, () => String(digits[next++]));
}

function likeAccount(drawn: Buffer, value: string): string | null {
  const plain = value.replaceAll(/[ -]/g, "").toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/.test(plain)) return null;
  const account = Array.from(plain.slice(4), (character, at) => {
    const byte = drawn[at % drawn.length] ?? 0;
    return /\d/.test(character) ? String(byte % 10) : String.fromCharCode(65 + (byte % 26));
  }).join("");
  const country = plain.slice(0, 2);
  const check = String(98 - mod97(`${account}${country}00`)).padStart(2, "0");
  let next = 0;
  const masked = `${country}${check}${account}`;
  return value.replaceAll(/[A-Za-z0-9]/g, () => masked[next++] ?? "");
}
