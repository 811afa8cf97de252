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

const kept: Readonly<Record<KeptLayout, readonly number[]>> = {
  nothing: [],
  "line feeds": [0x0a],
  "line feeds and tabs": [0x0a, 0x09],
};

/** Hidden whatever stands beside it. */
const hidden = new RegExp(
  `[${[
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
  ].join("")}]`,
  "u",
);
const combining = /\p{M}/u;
/** What looks like one of our marks and is the text's own. */
const lookalike = /<(?=[Uu]\+[0-9A-Fa-f]{4,6}>)/g;
const lookalikeCharsMin = "<U+0000>".length;

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
  const marks = new Map<number, VisibleSegment>();
  const segments: VisibleSegment[] = [];
  const addText = (part: string) => {
    if (part !== "") segments.push({ kind: "text", text: part });
  };
  let from = 0;
  eachHidden(text, keep, (point, at) => {
    addText(text.slice(from, at));
    from = at + unitsOf(point);
    segments.push(remember(marks, point, markSegment));
  });
  addText(text.slice(from));
  return segments;
}

/** What a reader has to know about the text before they trust their eyes, where it is shown with this layout. */
export function cautions(text: string, keep: KeptLayout = "line feeds"): readonly string[] {
  let count = 0;
  eachHidden(text, keep, () => {
    count += 1;
  });
  return [
    ...(count === 0
      ? []
      : [
          `${count} hidden or control ${count === 1 ? "character is" : "characters are"} shown by ${count === 1 ? "its code" : "their codes"}, U+….`,
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

type Kind = "hidden" | "combining" | "plain";

/**
 * Every code point that has to be spelled out, in order. By hand, because patterns take far longer where
 * nearly everything hides.
 */
function eachHidden(
  text: string,
  keep: KeptLayout,
  found: (point: number, at: number) => void,
): void {
  const kinds = new Map<number, Kind>();
  // At the beginning there is no letter that a combining mark could stand on.
  let marksOnLetter = marksOnLetterMax;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= firstVisible && unit <= lastVisible) {
      marksOnLetter = 0;
      continue;
    }
    const point = text.codePointAt(at) ?? 0;
    switch (remember(kinds, point, kindOf)) {
      case "hidden":
        marksOnLetter = marksOnLetterMax;
        if (!kept[keep].includes(point)) found(point, at);
        break;
      case "combining":
        if (marksOnLetter < marksOnLetterMax) marksOnLetter += 1;
        else found(point, at);
        break;
      case "plain":
        marksOnLetter = 0;
        break;
    }
    at += unitsOf(point) - 1;
  }
}

/** Of ASCII. */
const firstVisible = 0x20;
const lastVisible = 0x7e;

function unitsOf(point: number): number {
  return point > 0xffff ? 2 : 1;
}

function kindOf(point: number): Kind {
  const character = String.fromCodePoint(point);
  if (hidden.test(character)) return "hidden";
  return combining.test(character) ? "combining" : "plain";
}

function spellOut(text: string, keep: KeptLayout): string {
  const marks = new Map<number, string>();
  let shown = "";
  let from = 0;
  eachHidden(text, keep, (point, at) => {
    shown += ownText(text.slice(from, at)) + remember(marks, point, markText);
    from = at + unitsOf(point);
  });
  return shown + ownText(text.slice(from));
}

function ownText(part: string): string {
  return part.length < lookalikeCharsMin ? part : part.replace(lookalike, "<U+003C>");
}

function markText(point: number): string {
  return `<${codePointText(point)}>`;
}

function markSegment(point: number): VisibleSegment {
  const name = nameCodePoint(String.fromCodePoint(point));
  return { kind: "mark", codePoint: codePointText(point), name };
}

function codePointText(point: number): string {
  return `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Texts that hide much hide the same few characters over and over. */
function remember<Value>(
  known: Map<number, Value>,
  point: number,
  make: (point: number) => Value,
): Value {
  let value = known.get(point);
  if (value === undefined) {
    value = make(point);
    known.set(point, value);
  }
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
