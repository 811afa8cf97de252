/** How much of a text is shown at first: more than that a person has to ask for, and then decides on all. */
export const shownLinesMax = 400;
export const shownCharsMax = 20_000;

/** The text itself, or its beginning. */
export function shownPart(text: string): string {
  const lineEnd = endOfLine(text, shownLinesMax);
  const end = Math.min(lineEnd, shownCharsMax);
  if (end >= text.length) return text;
  const isWithinPair = /[\ud800-\udbff]/.test(text.charAt(end - 1));
  return text.slice(0, isWithinPair ? end - 1 : end);
}

export function isShort(text: string): boolean {
  return shownPart(text) === text;
}

export function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

function endOfLine(text: string, lines: number): number {
  let at = -1;
  for (let line = 0; line < lines; line += 1) {
    at = text.indexOf("\n", at + 1);
    if (at === -1) return text.length;
  }
  return at;
}
