/** What was found in a tool's definition, in words. A kind that is not known here is told as it is. */
export function flagWords(kind: string): string {
  return words[kind] ?? kind.replaceAll("_", " ");
}

const words: Readonly<Record<string, string>> = {
  bidirectional: "Characters that turn the direction of text",
  tags: "An invisible message in tag characters",
  invisible: "Characters that can’t be seen",
  too_long: "So much text that nobody looks through it",
};
