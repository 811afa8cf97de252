/**
 * Values that somebody has drawn, under a name that says that they are secret: `ACME_API_KEY=…`, `"authToken": "…"`,
 * `<clientSecret>…</clientSecret>`, `--token …`.
 *
 * The name alone would find the names of secrets, their ids and what code does with them, so that the value has to look drawn. What
 * somebody could have chosen is for `passwords.ts`; what has a form, for the rules of its provider.
 */
import { bitOf } from "#/masking/alphabet.ts";
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { type Drawn, drawnness } from "./drawn.ts";
import {
  type NameStrength,
  nameStrength,
  qualifierBefore,
  restOfName,
  type SecretWord,
  secretWords,
} from "./secret-names.ts";
import { textAt } from "./text-at.ts";

/** A name goes on behind its telling word, and assigns, within so many bytes. */
const reach = 64;
const valueBytesMax = 1024;
const qualifierBytesMax = 32;
const valueBytesLeast = 12;
/** Names within a value of this length are a part of it. */
const valueBytesKnown = 32;
/** Shorter values have to look the more drawn. */
const valueBytesPlain = 15;
const elementBytesMax = 256;
const valueBit = bitOf("p");
const confidence = 0.6;

export const namedRules: readonly Rule[] = secretWords.map((word) =>
  atText(word, reach + valueBytesMax, (reading, at) => findNamed(reading, at, word), {
    fold: true,
  }),
);

const furtherWord = /api|auth|token|secret|cred/i;

/** A type between a name and its value: `token: string =`, `var token string =`. */
const typed = String.raw`(?::?[ \t]{0,2}&?(?:string|str|String|text|char)\b)?`;
/** What assigns, which is the first group, or what stands between the key and the value of an entry. */
const sign = String.raw`[ \t]{0,8}(=>|->|[=!]={1,2}|:{0,3}=|[?.+]=|\|\|=|:|,|\(|>|\|)\s{0,8}`;
const entry = String.raw`,?\s{1,24}["']?[Vv]alue["']?[ \t]{0,2}([=:])[ \t]{0,2}`;
/** Nothing but blanks, as in `--token VALUE`, `token is VALUE`; or what joins names. */
const loose = String.raw`[ \t]{1,8}(?:(?:is|was)[ :]{1,3}|- )?|-|\.|\r?\n`;
const scheme = "(?:Bearer |Token |Basic )?";
/** The quote that opens the value is the last group; letters before it tell what string it is. */
const opening = String.raw`(?:(?:[bufrNL@]{1,2}(?=\\{0,3}["'\`]))?\\{0,3}[{[<(]{0,2}(["'\`]?)[{[<(]{0,2})`;
const assigning = new RegExp(
  String.raw`^\\{0,3}["'\`]?\]?\)?(?:${typed}${sign}|${entry}|${loose})${scheme}${opening}`,
);

function findNamed(reading: Reading, at: number, word: SecretWord): void {
  const { bytes, floor, limit } = reading;
  // Within what was looked at as a value.
  if (at < reading.mark("named")) return;
  const following = bytes[at + 1] ?? 0;
  // `keyword`, `tokenizer`: most of what is met.
  if (isLower(following) && following !== 0x73 && isLower(bytes[at] ?? 0)) return;
  const first = at + 1 - word.length;
  const qualifier = qualifierBefore(bytes, first, Math.max(floor, first - qualifierBytesMax));
  const strength = nameStrength(qualifier, word, isLower(bytes[first] ?? 0));
  reading.spend(qualifier.text.length / 2);
  if (strength === "other") return;
  if (strength !== "secret" && !mayAssign(bytes, at + 1, limit)) return;
  const ahead = textAt(bytes, at + 1, Math.min(limit, at + 1 + reach));
  reading.spend(reach / 4);
  const rest = restOfName(ahead);
  if (rest === null) return;
  // The rest of the name says what it says together with this word.
  if (rest > 0 && (word !== "key" || !furtherWord.test(ahead.slice(0, rest))))
    reading.setMark("named", at + 1 + rest);
  const assigns = assigning.exec(ahead.slice(rest));
  if (assigns === null) return;
  const least = strength === "secret" ? 1 : leastDrawn(reading, first, strength, assigns);
  if (least === null) return;
  const start = at + 1 + rest + assigns[0].length;
  const isElement = assigns[1] === ">";
  const found = isElement
    ? elementValue(reading, start)
    : (quotedValue(reading, start, assigns.at(-1) ?? "") ?? bareValue(reading, start));
  if (found === null) return;
  const [, end] = found;
  reading.spend(end - start);
  const value = textAt(bytes, start, end);
  const drawn = isElement ? mostDrawn(value) : drawnness(value);
  // Among arguments a word without quotes is a variable.
  if (isArgument(assigns) && drawn < 2) return;
  if (drawn < (end - start < valueBytesPlain ? 2 : least)) return;
  reading.add({ entity: "provider_token", start, end, confidence, rule: `named.${word}` });
}

/** What is perhaps the name of a secret has to be assigned to: where words go on, it is none. */
function mayAssign(bytes: Uint8Array, from: number, limit: number): boolean {
  let at = from;
  while (at < limit && at - from < 4 && bytes[at] === 0x20) at += 1;
  return at === from || !isLower(bytes[at] ?? 0);
}

function isArgument(assigns: RegExpExecArray): boolean {
  return (assigns[1] === "," || assigns[1] === "(") && assigns.at(-1) === "";
}

/** How drawn a value has to look under a name that says little; null where it says nothing. */
function leastDrawn(
  { bytes, floor }: Reading,
  first: number,
  strength: NameStrength,
  assigns: RegExpExecArray,
): Drawn | null {
  if (!/=>?$/.test(assigns[1] ?? "")) return null;
  if (strength === "named") return assigns.at(-1) === "" ? null : 2;
  // `?key=…` of a link, `KEY=…` of settings; of what a program calls its keys only what nothing else looks like.
  const before = first > floor ? (bytes[first - 1] ?? 0) : 0x20;
  const isLink = before === 0x3f || before === 0x26;
  return isLink || (before <= 0x20 && !isLower(bytes[first] ?? 0)) ? 1 : 2;
}

function bareValue(reading: Reading, start: number): readonly [number, number] | null {
  const { bytes, limit } = reading;
  const last = Math.min(limit, start + valueBytesMax);
  let end = reading.runEnd(valueBit, start, last);
  // What is shorter may yet be a name.
  if (end - start >= valueBytesKnown) reading.setMark("named", end);
  if (end - start < valueBytesLeast || (end === last && last < limit)) return null;
  while (end < last && bytes[end] === 0x3d) end += 1;
  // A call, an index or a template: code that gets the value.
  if (end < limit && isOpening(bytes[end] ?? 0)) return null;
  return [start, bytes[end - 1] === 0x2e ? end - 1 : end];
}

/** All between quotes, where no blank is between them. */
function quotedValue(
  { bytes, limit }: Reading,
  start: number,
  quote: string,
): readonly [number, number] | null {
  if (quote === "") return null;
  const closing = quote.charCodeAt(0);
  const last = Math.min(limit, start + elementBytesMax);
  for (let end = start; end < last; end += 1) {
    const byte = bytes[end] ?? 0;
    if (byte <= 0x20 || byte >= 0x7f) return null;
    if (byte !== closing) continue;
    let to = end;
    while (to > start && bytes[to - 1] === 0x5c) to -= 1;
    return to - start < valueBytesLeast ? null : [start, to];
  }
  return null;
}

/** What stands in an element. */
function elementValue({ bytes, limit }: Reading, start: number): readonly [number, number] | null {
  const last = Math.min(limit, start + elementBytesMax);
  let end = start;
  while (end < last && (bytes[end] ?? 0) >= 0x20 && bytes[end] !== 0x3c) end += 1;
  while (end > start && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0x7d)) end -= 1;
  return end === last || end - start < valueBytesLeast ? null : [start, end];
}

function mostDrawn(text: string): Drawn {
  return text.split(/\s+/).reduce<Drawn>((most, each) => {
    const drawn = each.length < valueBytesLeast ? 0 : drawnness(each);
    return drawn > most ? drawn : most;
  }, 0);
}

function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function isOpening(byte: number): boolean {
  return byte === 0x28 || byte === 0x5b || byte === 0x7b;
}
