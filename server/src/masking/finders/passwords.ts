/**
 * Passwords by what is said of them: `password = "…"`, `DB_PASS=…`, `-Password …`, `the password is '…'`.
 *
 * The name alone would find labels, messages and code as well: what stands behind it has to be a value, and one that
 * somebody could have chosen.
 */
import { alphabetsOfByte, letterBit, wordBit } from "#/masking/alphabet.ts";
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { isChosen } from "./chosen.ts";
import { textAt } from "./text-at.ts";

/** So far behind the name a value begins, and so long it is. */
const reach = 64;
const valueBytesMax = 256;

const names = ["password", "passwd", "passwort", "passphrase", "pwd", "pass", "secret"] as const;

export const passwordRules: readonly Rule[] = names.map((name) =>
  atText(name, reach + valueBytesMax, (reading, at) => findPassword(reading, at, name), {
    fold: true,
  }),
);

/** Up to the quote before a value: the rest of the name, what assigns or compares, and what a string may begin with. */
const quotedForm =
  /^(?:\d|_?(?:key|value|text)|_\d|(?:_(?:v\d|new|old|current|plain|raw|prod|dev|test|db|admin|root|super|secure|default|confirmation)){1,2})?(?:\\{0,3}["'`]?\]?\)?\s{0,16}(?::=|=>|[!=]==?|[:=,])\s{0,16}|\s{1,8})(?:[ubNr@]|\\{0,3}['"](?=\\{0,3}["']))?(\\{0,3}["'`])/i;
/** Behind the name of an entry: `<add key="Password" value="…"/>`, `- name: DB_PASSWORD`, `value: …`. */
const entryForm =
  /^(?:\d|_?(?:key|value|text)|_\d)?\\{0,3}["'`]?,?\s{1,24}\\{0,3}["']?value\\{0,3}["']?[ \t]{0,2}[=:][ \t]{0,2}(\\{0,3}["'])/i;
/** In an element of its own: `<password>…</password>`. */
const elementForm = /^(?:\d|_?(?:key|value|text)|_\d)?>(?=[^\s<>]{4})/i;
const toldForm =
  /^(?: (?:for|of) (?:(?:the|user|account) ){0,2}(["'`]?)[\w.@-]{1,32}\1)? (?:is|was)(?: set to)? (["'`])/i;
/** Without quotes only in an environment, at the end of a line of settings, in a link, behind an option, and among words of a log. */
const bareForm = /^(?:(=)|(:[ \t]{1,8})|([ =]))(?=\S)/;

function findPassword(reading: Reading, at: number, name: (typeof names)[number]): void {
  const { bytes, floor, limit } = reading;
  const first = at + 1 - name.length;
  if (name === "pass" && !beginsName(bytes, first, floor)) return;
  if (at < reading.mark("passwords")) return;
  const text = textAt(bytes, at + 1, Math.min(limit, at + 1 + reach));
  reading.spend(reach / 2);
  const quoted =
    quotedForm.exec(text) ??
    (text.includes("alue") ? entryForm.exec(text) : null) ??
    (text.startsWith(" ") ? toldForm.exec(text) : null);
  const element = text.includes(">") ? elementForm.exec(text) : null;
  const found =
    element !== null
      ? elementValue(reading, at + 1 + element[0].length)
      : quoted === null
        ? bareValue(reading, first, at, text, name)
        : quotedValue(reading, at + 1 + quoted[0].length, (quoted[2] ?? quoted[1] ?? "").slice(-1));
  // To pass something is a verb.
  if (
    found === null ||
    (name === "pass" && quoted !== null && /^s?\s/.test(quoted[0]) && !/[:=,]/.test(quoted[0]))
  )
    return;
  const [start, end] = found;
  reading.spend(end - start);
  reading.setMark("passwords", end);
  const value = textAt(bytes, start, end);
  // In a list or among arguments, a word is more often another name.
  if (
    quoted !== null &&
    /^\d?\\{0,3}["'`]?\)?\s*,/.test(quoted[0]) &&
    /^[A-Za-z_]+\d?$/.test(value)
  )
    return;
  // `with secret "kv/…"`: what is named by a secret, and read by it.
  if (name === "secret" && quoted !== null && /^\s+\\{0,3}["'`]$/.test(quoted[0])) return;
  if (
    !isChosen(value) ||
    (name === "secret" && isNameOfSecret(value) && !isDrawnOut(reading, first, value))
  )
    return;
  reading.add({ entity: "password", start, end, confidence: 0.65, rule: "assigned" });
}

function beginsName(bytes: Uint8Array, first: number, floor: number): boolean {
  const before = first > floor ? (bytes[first - 1] ?? 0) : 0;
  if (((alphabetsOfByte[before] ?? 0) & letterBit) === 0) return true;
  return (bytes[first] ?? 0) < 0x60 && before >= 0x61;
}

function quotedValue(
  { bytes, limit }: Reading,
  start: number,
  quote: string,
): readonly [number, number] | null {
  const closing = quote.charCodeAt(0);
  const last = Math.min(limit, start + valueBytesMax);
  for (let end = start; end < last; end += 1) {
    const byte = bytes[end] ?? 0;
    if (byte === 0x0a || byte === 0x0d) return null;
    if (byte !== closing) continue;
    // The quote may itself stand in a string, and that in another.
    let to = end;
    while (to > start && bytes[to - 1] === 0x5c) to -= 1;
    return [start, to];
  }
  return null;
}

function elementValue({ bytes, limit }: Reading, start: number): readonly [number, number] | null {
  const last = Math.min(limit, start + valueBytesMax);
  let end = start;
  while (end < last && (bytes[end] ?? 0) >= 0x20 && bytes[end] !== 0x3c) end += 1;
  return end < last && bytes[end] === 0x3c && bytes[end + 1] === 0x2f ? [start, end] : null;
}

function bareValue(
  reading: Reading,
  first: number,
  at: number,
  text: string,
  name: (typeof names)[number],
): readonly [number, number] | null {
  const { bytes, floor, limit } = reading;
  const match = bareForm.exec(text);
  if (match === null) return null;
  const before = first > floor ? String.fromCharCode(bytes[first - 1] ?? 0) : "\n";
  const isLoud = /^[A-Z]+$/.test(textAt(bytes, first, at + 1));
  const isLink = match[1] !== undefined && /[?&]/.test(before);
  const isOption =
    match[2] === undefined && before === "-" && beginsOption(bytes, first - 2, floor);
  const isSetting = (match[1] !== undefined && isLoud) || match[2] !== undefined;
  const isWord = match[1] !== undefined && name !== "pass" && name !== "secret";
  if (!isLink && !isOption && !isSetting && !isWord) return null;
  const start = at + 1 + match[0].length;
  let end = start;
  const last = Math.min(limit, start + valueBytesMax);
  const ends = isLink ? endsInLink : endsBare;
  while (end < last && ends[bytes[end] as number] === 0) end += 1;
  reading.spend((end - start) / 2);
  if (end === last && last < limit) {
    reading.setMark("passwords", end);
    return null;
  }
  const value = textAt(bytes, start, end);
  if (/^["'`$%<({[-]/.test(value)) return null;
  if (isLink || isOption || (match[1] !== undefined && isLoud)) return [start, end];
  // In an environment that is written down as settings.
  if (isLoud && match[2] !== undefined && before === "_" && /^\w+$/.test(value))
    return [start, end];
  // A word behind a colon is more often a type than a secret, and in a program a variable; an argument goes on behind it.
  if (!(/\d/.test(value) && /[a-z]/i.test(value))) return null;
  return isWord && end < limit && (bytes[end] ?? 0) > 0x20 ? null : [start, end];
}

/** `--password`, and not `no-password`. */
function beginsOption(bytes: Uint8Array, at: number, floor: number): boolean {
  return at < floor || ((alphabetsOfByte[bytes[at] ?? 0] ?? 0) & wordBit) === 0;
}

/** Blanks, quotes, and what goes on behind a value in a list or a program, or besides in a link. */
const endsBare = tableOf("\"'`,;)}]\\<>|");
const endsInLink = tableOf("\"'`,;)}]\\<>|&#");

function tableOf(signs: string): Uint8Array {
  const table = new Uint8Array(256).fill(1, 0, 0x21);
  for (const byte of Buffer.from(signs, "latin1")) table[byte] = 1;
  return table;
}

/** Much that is called a secret is but its name. */
function isNameOfSecret(value: string): boolean {
  return !(/\d/.test(value) || /[^\w ./-]/.test(value) || /[a-z][A-Z]/.test(value));
}

/** What a program is given as a secret is long, and in one piece: `jwt_secret = "reallyreallysafe…"`. */
function isDrawnOut({ bytes, floor }: Reading, first: number, value: string): boolean {
  const qualifier = textAt(bytes, Math.max(floor, first - 10), first);
  return (
    /(?:client|jwt|app|api|consumer|session|shared|webhook|signing|cookie|hmac)[_-]?$/i.test(
      qualifier,
    ) &&
    /^[A-Za-z]{16,}$/.test(value) &&
    !/secret|name|path|here/i.test(value)
  );
}
