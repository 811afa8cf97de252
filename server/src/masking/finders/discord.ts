/** Tokens of Discord: the number of an account in base64, a time and a signature, between full stops (Discord's developer documentation). */
import { bitOf } from "#/masking/alphabet.ts";
import type { Reading } from "#/masking/reading.ts";
import type { Rule } from "#/masking/rule.ts";
import { beginsWord } from "#/masking/token-shape.ts";

const tokenBytesMax = 96;
const urlBit = bitOf("w");
const dot = 0x2e;

function oneOf(letters: string): readonly number[] {
  return [...Buffer.from(letters, "latin1")];
}

export const discordRules: readonly Rule[] = [
  {
    // Two digits in base64.
    anchor: { sets: [oneOf("MNO"), oneOf("DTjz"), oneOf("AEIMQUYcgk")] },
    ahead: tokenBytesMax,
    find: findToken,
  },
];

function findToken(reading: Reading, at: number): void {
  const { bytes, floor, limit } = reading;
  const start = at - 2;
  if (!beginsWord(bytes, start, floor)) return;
  const account = reading.runEnd(urlBit, start, Math.min(limit, start + 30));
  if (account - start < 23 || account - start > 28 || bytes[account] !== dot) return;
  const time = reading.runEnd(urlBit, account + 1, Math.min(limit, account + 8));
  if (time - account !== 7 || bytes[time] !== dot || time >= limit) return;
  const end = reading.runEnd(urlBit, time + 1, Math.min(limit, time + 47));
  if (end - time < 28) return;
  reading.add({
    entity: "provider_token",
    start,
    end,
    confidence: 0.95,
    rule: "discord.bot_token",
  });
}
