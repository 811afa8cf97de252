/** Short English names of the code points that hide. */

const common: Readonly<Record<string, string>> = {
  "\u0000": "null",
  "\u0007": "bell",
  "\b": "backspace",
  "\t": "tab",
  "\n": "line feed",
  "\u000b": "line tabulation",
  "\f": "form feed",
  "\r": "carriage return",
  "\u001b": "escape",
  "\u007f": "delete",
  "\u0085": "next line",
  "\u009b": "control sequence introducer",
  "\u00a0": "no-break space",
  "\u00ad": "soft hyphen",
  "\u034f": "combining grapheme joiner",
  "\u061c": "Arabic letter mark",
  "\u115f": "Hangul filler",
  "\u1160": "Hangul filler",
  "\u180e": "Mongolian vowel separator",
  "\u200b": "zero width space",
  "\u200c": "zero width non-joiner",
  "\u200d": "zero width joiner",
  "\u200e": "left-to-right mark",
  "\u200f": "right-to-left mark",
  "\u2028": "line separator",
  "\u2029": "paragraph separator",
  "\u202a": "left-to-right embedding",
  "\u202b": "right-to-left embedding",
  "\u202c": "pop directional formatting",
  "\u202d": "left-to-right override",
  "\u202e": "right-to-left override",
  "\u202f": "narrow no-break space",
  "\u2060": "word joiner",
  "\u2066": "left-to-right isolate",
  "\u2067": "right-to-left isolate",
  "\u2068": "first strong isolate",
  "\u2069": "pop directional isolate",
  "\u2800": "Braille blank",
  "\u3000": "ideographic space",
  "\u3164": "Hangul filler",
  "\ufeff": "byte order mark",
  "\uffa0": "Hangul filler",
  "\ufffc": "object replacement character",
};

/** The first that fits. */
const classes: readonly (readonly [RegExp, string])[] = [
  [/\p{Variation_Selector}/u, "variation selector"],
  [/[\u{e0000}-\u{e007f}]/u, "tag character"],
  [/\p{Cc}/u, "control character"],
  [/\p{Cs}/u, "unpaired surrogate"],
  [/\p{Co}/u, "private use character"],
  [/\p{Cn}/u, "unassigned character"],
  [/\p{Cf}/u, "format character"],
  [/\p{Zs}/u, "unusual space"],
  [/\p{M}/u, "combining mark"],
];

/** Such as "right-to-left override"; for those that are rare the name of their class. */
export function nameCodePoint(character: string): string {
  return (
    common[character] ??
    classes.find(([pattern]) => pattern.test(character))?.[1] ??
    "invisible character"
  );
}
