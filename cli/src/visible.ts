/**
 * Text that others wrote, as a person can safely look at it.
 *
 * Guarantees that nothing in it moves the cursor, hides, or changes the order of what is shown: every
 * control, format, bidirectional, invisible and default-ignorable code point is spelled out (`<U+202E>`), as
 * is every blank that is no plain space. A text that itself holds such a mark is told from one that was
 * made. What runs is never changed by this.
 */

/** A mark that has no letter of its own, or piles up on one, could cover what stands beside it. */
const loneOrPiledMark = String.raw`(?<=^|\p{M}{3})\p{M}`;
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
  // BRAILLE PATTERN BLANK: a symbol by its class, and nothing to see.
  String.raw`\u2800`,
].join("");
const hidden = new RegExp(`[${hiddenClasses}]|(?! )\\p{Zs}|${loneOrPiledMark}`, "gu");
/** What looks like one of our marks and is the text's own. */
const lookalike = /<(?=U\+[0-9A-F]{4,6}>)/g;

/** One line. A line break in it is spelled out as well. */
export function visible(text: string): string {
  return text.replace(lookalike, mark).replace(hidden, mark);
}

/** Lines break where the text does, at a line feed and nowhere else. */
export function visibleLines(text: string): readonly string[] {
  return text.split("\n").map(visible);
}

/** What a reader has to know about the text before they trust their eyes. */
export function cautions(text: string): readonly string[] {
  const count = [...text.replaceAll("\n", " ").matchAll(hidden)].length;
  return [
    ...(count === 0
      ? []
      : [
          `${count} hidden or control ${count === 1 ? "character is" : "characters are"} shown as <U+…>.`,
        ]),
    ...(mixedWord.test(text)
      ? ["A word mixes letters of several scripts, which can look alike."]
      : []),
    ...(rightToLeft.test(text)
      ? ["It has letters that run from right to left; a terminal may show them in another order."]
      : []),
  ];
}

const similar = String.raw`\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}`;
const mixedWord = new RegExp(
  String.raw`\p{Script=Latin}[\p{L}\p{M}\p{N}_]*[${similar}]|[${similar}][\p{L}\p{M}\p{N}_]*\p{Script=Latin}`,
  "u",
);
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** JSON in ASCII alone: the same value, and safe on a terminal too. */
export function safeJson(value: unknown): string {
  const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, 2).replace(/[\u007f-\uffff]/g, escape);
}

function mark(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `<U+${point.toString(16).toUpperCase().padStart(4, "0")}>`;
}
