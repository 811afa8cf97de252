/** Identifiers that sort by time and can't be guessed: 48 bits of milliseconds, 80 random bits (as a ULID). */
import { randomBytes } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

export function newId<Id extends string>(prefix: string, now: number): Id {
  const bits = (BigInt(now) << 80n) | BigInt(`0x${randomBytes(10).toString("hex")}`);
  let text = "";
  for (let shift = 125n; shift >= 0n; shift -= 5n) text += alphabet[Number((bits >> shift) & 31n)];
  return `${prefix}_${text}` as Id;
}
