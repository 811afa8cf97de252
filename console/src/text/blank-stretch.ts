/** A stretch so blank that what stands after it may be off every screen. */
const blankCharsMin = 200;
const blankLinesMin = 20;

/** What a reader has to know of it, or null. */
export function blankStretch(text: string): string | null {
  for (const [blank] of text.trimEnd().matchAll(/\s{2,}/g)) {
    const lines = blank.split("\n").length - 1;
    if (lines >= blankLinesMin) {
      return `${lines.toLocaleString()} blank lines stand in a row, and more comes after them.`;
    }
    if (blank.length >= blankCharsMin) {
      return `${blank.length.toLocaleString()} blanks stand in a row, and more comes after them.`;
    }
  }
  return null;
}
