/** A long text in blocks, each small enough to be laid out at once. */
export interface TextBlock {
  readonly firstLine: number;
  /** How many blocks of the same line stand before it. */
  readonly blocksBefore: number;
  readonly text: string;
}

export const blockLinesMax = 200;
export const blockCharsMax = 8_000;

/** The blocks' texts are the text, but for the line feed between two lines of different blocks. */
export function textBlocks(text: string): readonly TextBlock[] {
  const blocks: TextBlock[] = [];
  let line = 1;
  let continued = 0;
  for (let at = 0; at <= text.length; ) {
    const end = blockEnd(text, at);
    const part = text.slice(at, end);
    blocks.push({ firstLine: line, blocksBefore: continued, text: part });
    const breaks = part.split("\n").length - 1;
    if (text.charAt(end) === "\n") {
      line += breaks + 1;
      continued = 0;
      at = end + 1;
    } else {
      line += breaks;
      continued = breaks > 0 ? 1 : continued + 1;
      at = end === text.length ? end + 1 : end;
    }
  }
  return blocks;
}

/** At the end of a line where one is near enough, else within it, but never within a character. */
function blockEnd(text: string, from: number): number {
  let end = -1;
  let at = from;
  for (let lines = 0; lines < blockLinesMax; lines += 1) {
    const found = text.indexOf("\n", at);
    const stop = found === -1 ? text.length : found;
    if (stop - from > blockCharsMax) break;
    end = stop;
    if (found === -1) break;
    at = found + 1;
  }
  if (end !== -1) return end;
  const cut = from + blockCharsMax;
  return /[\ud800-\udbff]/.test(text.charAt(cut - 1)) ? cut - 1 : cut;
}
