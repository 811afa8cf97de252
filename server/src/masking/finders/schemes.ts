/** Credentials behind the name of a scheme of HTTP, wherever they stand: `Bearer …`, and `Basic …` that decodes to a name and a password. */
import { bitOf } from "#/masking/alphabet.ts";
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { drawnness } from "./drawn.ts";
import { textAt } from "./text-at.ts";

const credentialBytesMax = 1024;
const bearerBytesLeast = 16;
const basicBytesLeast = 8;
const valueBit = bitOf("p");

export const schemeRules: readonly Rule[] = [
  ...["Bearer ", "bearer "].map((text) => atText(text, credentialBytesMax, findBearer)),
  atText("Basic ", credentialBytesMax, findBasic),
  ...['auth"', "auth\\", "_auth"].map((text) => atText(text, credentialBytesMax, findLogin)),
];

function findBearer(reading: Reading, at: number): void {
  add(reading, at, bearerBytesLeast, "bearer", (value) => drawnness(value) > 0);
}

function findBasic(reading: Reading, at: number): void {
  add(reading, at, basicBytesLeast, "basic", isNameAndPassword);
}

/** `"auth": "…"` of a registry in Docker's configuration, also within a string, and `_auth=…` of npm's. */
function findLogin(reading: Reading, at: number): void {
  const { bytes, limit } = reading;
  const head = textAt(bytes, at + 1, Math.min(limit, at + 1 + loginReach));
  const between = /^[\\"']{0,8}\s{0,4}[:=]\s{0,4}[\\"']{0,8}(?=[A-Za-z\d])/.exec(head);
  reading.spend(loginReach / 4);
  if (between !== null)
    add(reading, at + between[0].length, basicBytesLeast, "registry", isNameAndPassword);
}

const loginReach = 24;

function add(
  reading: Reading,
  at: number,
  least: number,
  rule: string,
  isCredential: (value: string) => boolean,
): void {
  const { bytes, limit } = reading;
  // What a header says is decided there.
  if (at < reading.mark("headers")) return;
  const start = at + 1;
  const end = reading.runEnd(valueBit, start, limit);
  if (end - start < least || (end === limit && !reading.isEnd)) return;
  reading.spend(end - start);
  if (!isCredential(textAt(bytes, start, end))) return;
  reading.add({ entity: "http_credential", start, end, confidence: 0.7, rule });
}

function isNameAndPassword(value: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length % 4 !== 0) return false;
  return /^[\x20-\x7e]{1,100}:[\x20-\x7e]{1,100}$/.test(
    Buffer.from(value, "base64").toString("latin1"),
  );
}
