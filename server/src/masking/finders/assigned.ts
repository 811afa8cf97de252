/** Values without a form of their own, by the name that they stand under: `DATADOG_API_KEY = "…"`. */
import { alphabetsOfByte, bitOf, letterBit } from "#/masking/alphabet.ts";
import { literalAnchor } from "#/masking/automaton/anchor.ts";
import type { Reading } from "#/masking/reading.ts";
import type { Rule } from "#/masking/rule.ts";
import { assignedTokenRules } from "#/masking/tokens/provider-tokens.ts";
import { drawnness } from "./drawn.ts";
import { isFiller, textAt } from "./text-at.ts";

/** A value begins within so many bytes after the name's telling word. */
const nameReach = 64;
const valueBytesMax = 1200;
const valueBit = bitOf("o");
const colon = 0x3a;
const equals = 0x3d;
const dot = 0x2e;
const lineFeed = 0x0a;
/** A value may stand on a line of its own, or in a list there. */
const linesMost = 2;
const blank = 0x20;
/** A blank assigns only near the name, as in `--token VALUE`: sentences are full of them. */
const blankReach = 24;

interface Form {
  readonly word: string;
  readonly rule: string;
  readonly form: RegExp;
  readonly least: number;
}

/** Of a commit or a file, where a name happens to stand before it: what is drawn from more letters has others too. */
const digest = "(?:[0-9a-f]+|[0-9A-F]+)";
const digestForm = new RegExp(`^${digest}$`);

const byWord: ReadonlyMap<string, readonly Form[]> = Map.groupBy(
  assignedTokenRules.flatMap(({ id, words, values }) =>
    words.flatMap((word) =>
      values.map((value) => ({ word, rule: id, form: expressionOf(value), least: leastOf(value) })),
    ),
  ),
  ({ word }) => word,
);

export const assignedFinders: readonly Rule[] = Array.from(byWord, ([word, forms]) => {
  const least = Math.min(...forms.map((form) => form.least));
  return {
    anchor: literalAnchor(word, true),
    ahead: nameReach + valueBytesMax,
    find: (reading, at) => findAssigned(reading, at, forms, least),
  };
});

function leastOf(value: string): number {
  const [first = ""] = value.split(":");
  const runs = [...first.matchAll(/<[A-Za-z](\d+)/g)];
  return runs.reduce((sum, [, least]) => sum + Number(least), 0);
}

/** A shape over one whole value: every part has a fixed alphabet and bounds, so that matching is linear. */
function expressionOf(value: string): RegExp {
  const classes: Readonly<Record<string, string>> = {
    A: "0-9a-zA-Z",
    X: "0-9a-fA-F",
    b: "0-9a-zA-Z+/",
    d: "0-9",
    i: "\\w",
    l: "0-9a-z",
    o: "\\w.~+/%-",
    w: "\\w-",
    x: "0-9a-f",
  };
  const source = value.replaceAll(
    /<([A-Za-z])(\d+)(?:-(\d+))?>|([.:])/g,
    (
      _,
      alphabet: string | undefined,
      least: string,
      most: string | undefined,
      sign: string | undefined,
    ) =>
      alphabet === undefined
        ? `\\${sign}`
        : `[${classes[alphabet]}]{${least}${most === undefined ? "" : `,${most}`}}`,
  );
  return new RegExp(value.startsWith("<b") ? `^(?!${digest}$)${source}$` : `^${source}$`);
}

/**
 * The first value that has one of the forms, after something that assigns: `=`, `:`, `>`, a comma, a quote, or a
 * blank behind a word such as `Bearer`. Lines end the search, but for the first two.
 */
function findAssigned(reading: Reading, at: number, forms: readonly Form[], least: number): void {
  const { bytes, limit } = reading;
  if (!isName(reading, at + 1 - (forms[0]?.word.length ?? 0), at)) return;
  const reach = Math.min(limit, at + 1 + nameReach);
  let assigns = false;
  let lines = 0;
  for (let position = at + 1; position < reach; ) {
    const byte = bytes[position] ?? 0;
    if (!isValueByte(byte)) {
      if (byte === lineFeed && ++lines > linesMost) break;
      assigns ||= isAssigning(byte) && (byte !== blank || position - at <= blankReach);
      position += 1;
      continue;
    }
    const isValue = assigns && opens(bytes[position - 1] ?? 0);
    // What is no value is read as far as one may begin.
    const last = isValue ? Math.min(limit, position + valueBytesMax) : reach;
    const end = reading.runEnd(valueBit, position, last);
    if (isValue && end - position >= least && addValue(reading, at, position, end, forms)) return;
    position = end;
  }
}

/** No part of another word: `etsy` is not in `SetSysctl`, nor `sumo` in `sumOfAll`; but `-Dsonar.login` is one. */
function isName({ bytes, floor }: Reading, first: number, last: number): boolean {
  const initial = bytes[first] ?? 0;
  const final = bytes[last] ?? 0;
  const before = first > floor ? (bytes[first - 1] ?? 0) : 0;
  const isProperty = before === 0x44 && bytes[first - 2] === 0x2d && first - 2 >= floor;
  const begins = !isLetter(before) || (isUpper(initial) && !isUpper(before)) || isProperty;
  return (
    begins && !(isUpper(final) && !isUpper(bytes[last - 1] ?? 0) && isLetter(bytes[last - 1] ?? 0))
  );
}

function isLetter(byte: number): boolean {
  return ((alphabetsOfByte[byte] ?? 0) & letterBit) !== 0;
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

/** `"`, `'`, `(`, `,`, `:`, `=`, `>`, a backtick, a blank. */
const assigning = new Set(Buffer.from("\"'(,:=>` ", "latin1"));

/** A value begins behind one of these, or on a line or in a bracket of its own: not behind `@` or `/`. */
function opens(byte: number): boolean {
  return isAssigning(byte) || byte < blank || byte === 0x5b || byte === 0x7b;
}

function isAssigning(byte: number): boolean {
  return assigning.has(byte);
}

function isValueByte(byte: number): boolean {
  return ((alphabetsOfByte[byte] ?? 0) & valueBit) !== 0;
}

/** As digests, gravatars and identifiers look like, too. */
function isDigest(text: string): boolean {
  return digestForm.test(text) || /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
}

/** The name itself is assigned to, or more of it says that what it holds is secret. */
function saysSecret(word: string, between: string): boolean {
  return (
    secretForm.test(word) ||
    secretForm.test(between) ||
    /^s?["'`]?\]?(?:[ \t]{0,8}(?:=>|:=|[:=,(>])|[ \t]{1,4}(?:is |- )?)\s{0,8}[["'`({<\\]{0,4}$/i.test(
      between,
    )
  );
}

const secretForm =
  /key|token|secret|auth|pass|pwd|api|cred|access|private|sid|pat(?![a-z])|client|login|license|crumb/i;

/** What stands before the digest of something that is no secret. */
const digestNames =
  /commit|sha\d|hash|digest|checksum|md5|(?:^|[^a-z])(?:sha|rev|revision|tree|blob|ref|branch|tag|head)(?![a-z])/i;

function addValue(
  reading: Reading,
  at: number,
  start: number,
  end: number,
  forms: readonly Form[],
): boolean {
  const { bytes, limit } = reading;
  let padded = end;
  while (padded < limit && padded - end < 2 && bytes[padded] === equals) padded += 1;
  let paired = end;
  if (end < limit && bytes[end] === colon)
    paired = reading.runEnd(valueBit, end + 1, Math.min(limit, end + 128));
  // With its padding, with a second part behind a colon, or before the full stop of a sentence.
  for (const last of new Set([padded, end, paired, bytes[end - 1] === dot ? end - 1 : end])) {
    const text = textAt(bytes, start, last);
    const matched = forms.find(({ form }) => form.test(text));
    if (matched === undefined || !isDrawn(text) || text.startsWith("//")) continue;
    if (isDigest(text)) {
      const between = textAt(bytes, at + 1, start);
      if (digestNames.test(between) || !saysSecret(matched.word, between)) return false;
    }
    reading.add({
      entity: "provider_token",
      start,
      end: last,
      confidence: 0.8,
      rule: matched.rule,
    });
    return true;
  }
  return false;
}

/** `OAuth2TestsMixin`: two words with capitals and more. */
const classForm = /^(?:[A-Z]+\d?(?=[A-Z]))?(?:[A-Z]{1,3}[a-z]{3,}\d{0,2}){2,}$/;

/** Two halves of eight digits each, as `deadbeef:…`: by chance sometimes none is one. */
const pairForm = /^[0-9a-f]{8}:[0-9a-f]{8}$/;

/** Letters and digits in a mixture that words don't have; numbers alone only where they are long. */
function isDrawn(text: string): boolean {
  if (isFiller(text)) return false;
  const digits = text.replaceAll(/\D/g, "").length;
  if (digits === text.length) return text.length >= 15;
  if (digits === 0) return (text.length >= 20 && drawnness(text) > 0) || pairForm.test(text);
  // Names of classes have a digit and capitals, too.
  if (classForm.test(text)) return false;
  const isMixed = /[a-z]/.test(text) && /[A-Z]/.test(text);
  return digits >= (isMixed ? 1 : 2) && !/[a-zA-Z]{26}/.test(text);
}
