/**
 * Passwords by what is said of them: `password = "…"`, `DB_PASS=…`, `-Password …`, `the password is '…'`.
 *
 * The name alone would find labels, messages and code as well: what stands behind it has to be a value, and one that
 * somebody could have chosen.
 */
import { alphabetsOfByte, letterBit } from "#/masking/alphabet.ts";
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { isDummy, textAt } from "./text-at.ts";

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
  /^(?:\d|_?(?:key|value|text)|_\d)?(?:\\?["'`]?\]?\)?\s{0,16}(?::=|=>|[!=]==?|[:=,])\s{0,16}|\s{1,8})(?:[ubNr@]|\\?['"](?=\\?["']))?(\\?["'`])/i;
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
  const quoted = quotedForm.exec(text) ?? toldForm.exec(text);
  const found =
    quoted === null
      ? bareValue(reading, first, at, text, name)
      : quotedValue(reading, at + 1 + quoted[0].length, (quoted[2] ?? quoted[1] ?? "").slice(-1));
  if (found === null) return;
  const [start, end] = found;
  reading.spend(end - start);
  reading.setMark("passwords", end);
  const value = textAt(bytes, start, end);
  if (!isChosen(value, name)) return;
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
    // The quote may itself stand in a string.
    return [start, bytes[end - 1] === 0x5c && end > start ? end - 1 : end];
  }
  return null;
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
  const isOption = match[2] === undefined && before === "-";
  const isSetting = (match[1] !== undefined && isLoud) || match[2] !== undefined;
  const isWord = match[1] !== undefined && name !== "pass" && name !== "secret";
  if (!isLink && !isOption && !isSetting && !isWord) return null;
  const start = at + 1 + match[0].length;
  let end = start;
  const last = Math.min(limit, start + valueBytesMax);
  while (end < last && (bytes[end] ?? 0) > 0x20 && !endsBare(bytes[end] ?? 0, isLink)) end += 1;
  if (end === last && last < limit) return null;
  const value = textAt(bytes, start, end);
  if (/^["'`$%<({[-]/.test(value)) return null;
  if (isLink || isOption || (match[1] !== undefined && isLoud)) return [start, end];
  // A word behind a colon is more often a type than a secret, and in a program a variable; an argument goes on behind it.
  if (!(/\d/.test(value) && /[a-z]/i.test(value))) return null;
  return isWord && end < limit && (bytes[end] ?? 0) > 0x20 ? null : [start, end];
}

/** Quotes, and what goes on behind a value in a link, a list or a program. */
function endsBare(byte: number, isLink: boolean): boolean {
  const sign = String.fromCharCode(byte);
  return "\"'`,;)}]\\<>|".includes(sign) || (isLink && "&#".includes(sign));
}

const valueBytesLeast = 4;

/** Templates, variables, calls, what follows the end of a string, paths, links and names of resources. */
const codeForm =
  /^[$+.,;:)&|]|\$[{(]|\$[A-Za-z_]*$|\{\{|<%|#\{|%[({sdv]|^[\w.]+[([]|^\/|^(?:[a-z]+:\/\/|arn:|&lt;)/i;

function isChosen(value: string, name: (typeof names)[number]): boolean {
  if (value.length < valueBytesLeast || isDummy(value) || codeForm.test(value)) return false;
  if (/^[*#xX.•_-]+$/.test(value)) return false;
  const words = value.split(/\s+/);
  if (words.length > 2 || (words.length > 1 && /pass|secret|[?!:.]$/i.test(value))) return false;
  // A label in some language, such as `Passwort`, and the name of something about passwords.
  if (/^[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+$/.test(value)) return false;
  if (/passw|pwd/i.test(value) && /[-_#/.:]/.test(value) && !/\d/.test(value)) return false;
  // Much that is called a secret is but its name.
  return (
    name !== "secret" || /\d/.test(value) || /[^\w ./-]/.test(value) || /[a-z][A-Z]/.test(value)
  );
}
