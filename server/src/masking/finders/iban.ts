/** International bank account numbers: ISO 13616, lengths by the SWIFT registry, MOD 97-10. */
import { alnumBit, alphabetsOfByte, wordBit } from "#/masking/alphabet.ts";
import { mod97 } from "#/masking/checksums.ts";
import type { Reading } from "#/masking/reading.ts";
import type { Rule } from "#/masking/rule.ts";

const lengths =
  "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 " +
  "FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 " +
  "MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 " +
  "SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

const textMax = 34 + 16;

export const ibanRules: readonly Rule[] = lengths.split(" ").map((entry) => {
  const length = Number(entry.slice(2));
  const digits = Array.from(Buffer.from("0123456789", "latin1"));
  const country = Array.from(Buffer.from(entry.slice(0, 2), "latin1"), (byte) => [
    byte,
    byte + 0x20,
  ]);
  return {
    anchor: { sets: [...country, digits, digits] },
    ahead: textMax,
    find: (reading, at) => findIban(reading, at, length),
  };
});

function findIban(reading: Reading, at: number, length: number): void {
  const { bytes, floor, limit } = reading;
  const start = at - 3;
  if (
    start > floor &&
    ((alphabetsOfByte[bytes[start - 1] ?? 0] ?? 0) & wordBit) !== 0 &&
    bytes[start - 2] !== 0x5c
  )
    return;
  let text = "";
  let end = start;
  for (let separated = false; text.length < length && end < limit; end += 1) {
    const byte = bytes[end] ?? 0;
    if (((alphabetsOfByte[byte] ?? 0) & alnumBit) !== 0) {
      text += String.fromCharCode(byte);
      separated = false;
    } else if ((byte === 0x20 || byte === 0x2d) && !separated && text.length >= 4) {
      separated = true;
    } else {
      break;
    }
  }
  reading.spend(end - start);
  if (text.length !== length) return;
  if (end < limit && ((alphabetsOfByte[bytes[end] ?? 0] ?? 0) & wordBit) !== 0) return;
  const upper = text.toUpperCase();
  // Words of one case each: an account is not written in both.
  if (text !== upper && text !== text.toLowerCase()) return;
  if (mod97(upper.slice(4) + upper.slice(0, 4)) !== 1) return;
  reading.add({ entity: "iban", start, end, confidence: 0.99, rule: upper.slice(0, 2) });
}
