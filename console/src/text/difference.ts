/**
 * What an edit changes, line by line, and within lines that were changed the words.
 *
 * Guarantees that the lines that are not added, put together, are the text before, and those that are not
 * removed the text after: no character of either is left out. The time is bounded for any two texts.
 */
import { type Step, stepsBetween } from "./shortest-edit.ts";

export interface DifferencePart {
  readonly kind: "kept" | "changed";
  readonly text: string;
}

export interface DifferenceLine {
  readonly kind: Step;
  /** Put together they are the line. */
  readonly parts: readonly DifferencePart[];
}

/** Beyond these, what lies in between is one change. */
const lineStepsMax = 400;
const wordStepsMax = 400;
/** Texts that share less are not made of each other: words that happen to be alike tell nothing. */
const sharedShareMin = 0.4;

export function differenceOf(before: string, after: string): readonly DifferenceLine[] {
  const [one, other] = [before.split("\n"), after.split("\n")];
  const lines: DifferenceLine[] = [];
  let [removed, added]: [string[], string[]] = [[], []];
  const endChange = () => {
    for (const line of changedLines(removed, added)) lines.push(line);
    [removed, added] = [[], []];
  };
  let [at, otherAt] = [0, 0];
  for (const step of stepsBetween(one, other, lineStepsMax)) {
    if (step === "same") {
      endChange();
      lines.push(wholeLine("same", one[at] ?? "", "kept"));
    }
    if (step === "removed") removed.push(one[at] ?? "");
    if (step === "added") added.push(other[otherAt] ?? "");
    if (step !== "added") at += 1;
    if (step !== "removed") otherAt += 1;
  }
  endChange();
  return lines;
}

/** What goes stands before what comes. */
function changedLines(
  removed: readonly string[],
  added: readonly string[],
): readonly DifferenceLine[] {
  const words = changedWords(removed.join("\n"), added.join("\n"));
  if (removed.length === 0 || added.length === 0 || words === null) {
    return [
      ...removed.map((text) => wholeLine("removed", text, "kept")),
      ...added.map((text) => wholeLine("added", text, "kept")),
    ];
  }
  return [...linesOf("removed", words.removed), ...linesOf("added", words.added)];
}

function wholeLine(kind: Step, text: string, part: DifferencePart["kind"]): DifferenceLine {
  return { kind, parts: text === "" ? [] : [{ kind: part, text }] };
}

interface ChangedWords {
  readonly removed: readonly DifferencePart[];
  readonly added: readonly DifferencePart[];
}

/** Null where the texts have too little in common. */
function changedWords(before: string, after: string): ChangedWords | null {
  const [one, other] = [wordsOf(before), wordsOf(after)];
  const removed: DifferencePart[] = [];
  const added: DifferencePart[] = [];
  let shared = 0;
  let [at, otherAt] = [0, 0];
  for (const step of stepsBetween(one, other, wordStepsMax)) {
    const [text, otherText] = [one[at] ?? "", other[otherAt] ?? ""];
    if (step === "same") shared += text.trim().length;
    if (step !== "added") {
      removed.push({ kind: step === "same" ? "kept" : "changed", text });
      at += 1;
    }
    if (step !== "removed") {
      added.push({ kind: step === "same" ? "kept" : "changed", text: otherText });
      otherAt += 1;
    }
  }
  const shorter = Math.min(lettersOf(before), lettersOf(after));
  return shared >= shorter * sharedShareMin ? { removed, added } : null;
}

function lettersOf(text: string): number {
  return text.replace(/\s+/g, "").length;
}

/** A line feed is a word of its own; no character is parted. */
function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{M}\p{N}_]+|[^\S\n]+|[^]/gu) ?? [];
}

function linesOf(kind: Step, words: readonly DifferencePart[]): readonly DifferenceLine[] {
  const lines: DifferencePart[][] = [[]];
  for (const [at, each] of words.entries()) {
    // A blank between two changed words parts no change.
    const isWithin = words[at - 1]?.kind === "changed" && words[at + 1]?.kind === "changed";
    const word =
      isWithin && each.text.trim() === "" ? ({ ...each, kind: "changed" } as const) : each;
    const line = lines.at(-1);
    const last = line?.at(-1);
    if (word.text === "\n") lines.push([]);
    else if (last?.kind === word.kind)
      line?.splice(-1, 1, { ...word, text: last.text + word.text });
    else line?.push(word);
  }
  return lines.map((parts) => ({ kind, parts }));
}
