/**
 * Text that others wrote, as a person can safely look at it: the one place that makes it so, for the
 * command line and for browsers. Without dependencies.
 *
 * Guarantees that nothing in it moves the cursor, hides, or changes the order of what is shown: every
 * control, format, bidirectional, invisible and default-ignorable code point is spelled out (`<U+202E>`), as
 * is every blank that is no plain space, and every combining mark that has no letter of its own or piles up
 * on one. The text can be had back exactly from what is shown, in which a text's own `<U+202E>` is told from
 * one that was made. The time is linear in the length. What runs is never changed by this.
 */
import { nameCodePoint } from "./code-point-name.ts";

/** A part of a text: what can be shown as it is, or one code point that has to be spelled out. */
export type VisibleSegment =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "mark";
      /** Such as `U+202E`; a half of a surrogate pair that stands alone is one of U+D800 to U+DFFF. */
      readonly codePoint: string;
      /** Such as "right-to-left override"; for rare ones their class, such as "control character". */
      readonly name: string;
    };

/** What stays text, for whoever lays out lines: all of it is spelled out unless asked for. */
export type KeptLayout = "nothing" | "line feeds" | "line feeds and tabs";

const kept: Readonly<Record<KeptLayout, string>> = {
  nothing: "",
  "line feeds": "\n",
  "line feeds and tabs": "\n\t",
};

/** Hidden whatever stands beside it. */
const hiddenClasses = [
  String.raw`\p{Cc}`,
  String.raw`\p{Cf}`,
  String.raw`\p{Cs}`,
  String.raw`\p{Co}`,
  String.raw`\p{Cn}`,
  String.raw`\p{Zl}`,
  String.raw`\p{Zp}`,
  String.raw`\p{Default_Ignorable_Code_Point}`,
  String.raw`\p{Bidi_Control}`,
  // Every blank but the plain space.
  String.raw`\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000`,
  // Letters and symbols by their class, and nothing to see: BRAILLE PATTERN BLANK, OBJECT REPLACEMENT
  // CHARACTER, MUSICAL SYMBOL NULL NOTEHEAD, EGYPTIAN HIEROGLYPH FULL BLANK and HALF BLANK.
  String.raw`\u2800\ufffc\u{1d159}\u{13441}\u{13442}`,
].join("");
/** What looks like one of our marks and is the text's own. */
const lookalike = String.raw`<(?=[Uu]\+[0-9A-Fa-f]{4,6}>)`;

const notable = new RegExp(`([${hiddenClasses}])|\\p{M}`, "gu");
const notableInWords = new RegExp(`([${hiddenClasses}]|${lookalike})|\\p{M}`, "gu");

/** One line. A line break in it is spelled out as well. */
export function visible(text: string): string {
  return spellOut(text, "nothing");
}

/** Lines break where the text does, at a line feed and nowhere else. */
export function visibleLines(text: string): readonly string[] {
  return spellOut(text, "line feeds").split("\n");
}

/**
 * For a display that can set marks apart from text by more than letters. Text segments hold nothing that
 * hides, and put together with the marks' code points they are the text, exactly.
 */
export function visibleSegments(text: string, keep: KeptLayout = "nothing"): VisibleSegment[] {
  const marks = new Map<string, VisibleSegment>();
  const segments: VisibleSegment[] = [];
  const addText = (part: string) => {
    if (part !== "") segments.push({ kind: "text", text: part });
  };
  let from = 0;
  eachHidden(text, notable, keep, (character, at) => {
    addText(text.slice(from, at));
    from = at + character.length;
    segments.push(remember(marks, character, markSegment));
  });
  addText(text.slice(from));
  return segments;
}

/** What a reader has to know about the text before they trust their eyes. */
export function cautions(text: string): readonly string[] {
  let count = 0;
  eachHidden(text, notable, "line feeds", () => {
    count += 1;
  });
  return [
    ...(count === 0
      ? []
      : [
          `${count} hidden or control ${count === 1 ? "character is" : "characters are"} shown as <U+…>.`,
        ]),
    ...(hasMixedWord(text)
      ? ["A word mixes letters of several scripts, which can look alike."]
      : []),
    ...(rightToLeft.test(text)
      ? ["It has letters that run from right to left; a terminal may show them in another order."]
      : []),
  ];
}

/** JSON in ASCII alone: the same value, and safe on a terminal too. */
export function safeJson(value: unknown): string {
  const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, 2).replace(/[\u007f-\uffff]/g, escape);
}

/** More combining marks on one letter could cover what stands beside, above and below it. */
const marksOnLetterMax = 3;

/** Every code point that has to be spelled out, in order. */
function eachHidden(
  text: string,
  pattern: RegExp,
  keep: KeptLayout,
  found: (character: string, at: number) => void,
): void {
  // At the beginning there is no letter that a combining mark could stand on.
  let marksOnLetter = marksOnLetterMax;
  let end = 0;
  for (const { 0: character, 1: hidden, index } of text.matchAll(pattern)) {
    if (index > end) marksOnLetter = 0;
    end = index + character.length;
    if (hidden !== undefined) {
      marksOnLetter = marksOnLetterMax;
      if (!kept[keep].includes(character)) found(character, index);
    } else if (marksOnLetter < marksOnLetterMax) {
      marksOnLetter += 1;
    } else {
      found(character, index);
    }
  }
}

function spellOut(text: string, keep: KeptLayout): string {
  const marks = new Map<string, string>();
  const parts: string[] = [];
  let from = 0;
  eachHidden(text, notableInWords, keep, (character, at) => {
    parts.push(text.slice(from, at), remember(marks, character, markText));
    from = at + character.length;
  });
  return parts.join("") + text.slice(from);
}

function markText(character: string): string {
  return `<${codePointText(character)}>`;
}

function markSegment(character: string): VisibleSegment {
  const name = nameCodePoint(character);
  return { kind: "mark", codePoint: codePointText(character), name };
}

function codePointText(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Texts that hide much hide the same few characters over and over. */
function remember<Value>(
  known: Map<string, Value>,
  key: string,
  make: (key: string) => Value,
): Value {
  const value = known.get(key) ?? make(key);
  known.set(key, value);
  return value;
}

const latin = /\p{Script=Latin}/u;
const similarToLatin =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;

/** Word by word: one pattern for both letters would start over at each letter of a long word. */
function hasMixedWord(text: string): boolean {
  if (!similarToLatin.test(text)) return false;
  for (const [word] of text.matchAll(/[\p{L}\p{M}\p{N}_]+/gu)) {
    if (similarToLatin.test(word) && latin.test(word)) return true;
  }
  return false;
}

/** The blocks that are set aside for scripts of that direction. */
const rightToLeft =
  /(?=[\p{L}\p{N}])[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
