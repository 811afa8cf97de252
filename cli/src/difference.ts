/**
 * What an edit changes, line by line. All of it is of lines that are visible already.
 *
 * Guarantees that each line has a mark of ours before it, so that none can pass for one of the other side,
 * and that nothing of what changed is left out: only what stays the same is counted instead of shown.
 */
import { paint, quote, type Terminal } from "./layout.ts";

interface Line {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** Where either side has more lines, nothing is looked for that they share in between. */
const comparedLinesMax = 600;
/** More unchanged lines in a row than this are counted. */
const sameLinesMax = 6;

export function presentDifference(
  before: readonly string[],
  after: readonly string[],
  terminal: Terminal,
): string {
  return runsOf(differenceOf(before, after))
    .map(({ kind, texts }) => {
      if (kind === "same" && texts.length > sameLinesMax) {
        return `  ~ (${texts.length} lines stay the same)\n`;
      }
      const { side, style } = looks[kind];
      const quoted = quote(texts, terminal.columns, side);
      return style === null ? quoted : paint(terminal, style, quoted);
    })
    .join("");
}

const looks = {
  same: { side: " ", style: null },
  removed: { side: "-", style: "red" },
  added: { side: "+", style: "green" },
} as const;

interface Run {
  readonly kind: Line["kind"];
  readonly texts: readonly string[];
}

function runsOf(lines: readonly Line[]): readonly Run[] {
  const runs: { kind: Line["kind"]; texts: string[] }[] = [];
  for (const { kind, text } of lines) {
    const last = runs.at(-1);
    if (last?.kind === kind) last.texts.push(text);
    else runs.push({ kind, texts: [text] });
  }
  return runs;
}

/** The longest common subsequence stays; what is removed stands before what is added. */
function differenceOf(before: readonly string[], after: readonly string[]): readonly Line[] {
  const start = commonStart(before, after);
  const end = commonEnd(before.slice(start), after.slice(start));
  const one = before.slice(start, before.length - end);
  const other = after.slice(start, after.length - end);
  return [
    ...before.slice(0, start).map((text) => ({ kind: "same", text }) as const),
    ...(Math.max(one.length, other.length) > comparedLinesMax
      ? replaced(one, other)
      : compared(one, other)),
    ...before.slice(before.length - end).map((text) => ({ kind: "same", text }) as const),
  ];
}

function commonStart(one: readonly string[], other: readonly string[]): number {
  let count = 0;
  while (count < one.length && count < other.length && one[count] === other[count]) count += 1;
  return count;
}

function commonEnd(one: readonly string[], other: readonly string[]): number {
  return commonStart(one.toReversed(), other.toReversed());
}

function replaced(one: readonly string[], other: readonly string[]): readonly Line[] {
  return [
    ...one.map((text) => ({ kind: "removed", text }) as const),
    ...other.map((text) => ({ kind: "added", text }) as const),
  ];
}

function compared(one: readonly string[], other: readonly string[]): readonly Line[] {
  const lengths = commonLengths(one, other);
  const lengthAt = (at: number, otherAt: number) => lengths[at]?.[otherAt] ?? 0;
  const lines: Line[] = [];
  let removed: string[] = [];
  let added: string[] = [];
  const endChange = () => {
    for (const line of replaced(removed, added)) lines.push(line);
    [removed, added] = [[], []];
  };
  let [at, otherAt] = [0, 0];
  while (at < one.length || otherAt < other.length) {
    const [text, otherText] = [one[at], other[otherAt]];
    if (text !== undefined && text === otherText) {
      endChange();
      lines.push({ kind: "same", text });
      at += 1;
      otherAt += 1;
    } else if (
      text !== undefined &&
      (otherText === undefined || lengthAt(at + 1, otherAt) >= lengthAt(at, otherAt + 1))
    ) {
      removed.push(text);
      at += 1;
    } else {
      added.push(otherText ?? "");
      otherAt += 1;
    }
  }
  endChange();
  return lines;
}

/** How many lines the ends of both sides have in common, from each pair of places on. */
function commonLengths(one: readonly string[], other: readonly string[]): readonly Uint16Array[] {
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
  for (let at = one.length - 1; at >= 0; at -= 1) {
    for (let otherAt = other.length - 1; otherAt >= 0; otherAt -= 1) {
      const below = lengths[at + 1];
      const row = lengths[at];
      if (row === undefined || below === undefined) continue;
      row[otherAt] =
        one[at] === other[otherAt]
          ? (below[otherAt + 1] ?? 0) + 1
          : Math.max(below[otherAt] ?? 0, row[otherAt + 1] ?? 0);
    }
  }
  return lengths;
}
