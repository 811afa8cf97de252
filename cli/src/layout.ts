/** Text on a terminal: widths, lines, columns, times. All but times are of text that is visible already. */
import { styleText } from "node:util";
import { visible } from "@countersign/sdk/visible";

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly columns: number;
  readonly colour: boolean;
}

export type Style = Parameters<typeof styleText>[0];

export function paint({ colour }: Pick<Terminal, "colour">, style: Style, text: string): string {
  return colour ? styleText(style, text, { validateStream: false }) : text;
}

const gutter = " | ";
/** Where a line goes on that was too long; a line of the text itself can't begin like this. */
const continued = " > ";
const skipped = " ~ ";
/** More blank lines in a row are counted instead, so that none can push the rest out of sight; as are blanks. */
const blankLinesMax = 3;

/**
 * Lines with a mark before each, so that no text can pass for something that we say: not by a line break of
 * its own, nor by one that the terminal would make. `side` is one more mark, of one character.
 */
export function quote(lines: readonly string[], columns: number, side = " "): string {
  const width = Math.max(20, columns - side.length - gutter.length);
  const quoted: string[] = [];
  let blankLines = 0;
  const endBlank = () => {
    if (blankLines > blankLinesMax) quoted.push(`${skipped}(${blankLines} blank lines)`);
    else for (; blankLines > 0; blankLines -= 1) quoted.push(gutter);
    blankLines = 0;
  };
  for (const line of lines) {
    if (line.trim() === "") {
      blankLines += 1;
      continue;
    }
    endBlank();
    quoteLine(wrap(line, width), quoted);
  }
  endBlank();
  return quoted.map((line) => `${side}${line}\n`).join("");
}

/** Of one line what it is wrapped into, without the middle of a long run of blanks. */
function quoteLine(parts: readonly string[], quoted: string[]): void {
  let blank: string[] = [];
  const endBlank = () => {
    if (blank.length > blankLinesMax) {
      quoted.push(`${skipped}(${blank.join("").length} blanks, and the line goes on)`);
    } else {
      for (const part of blank) quoted.push(`${continued}${part}`);
    }
    blank = [];
  };
  for (const [at, part] of parts.entries()) {
    if (at > 0 && part.trim() === "") {
      blank.push(part);
      continue;
    }
    endBlank();
    quoted.push(`${at === 0 ? gutter : continued}${part}`);
  }
  // What ends the line goes on no more: all of it is there, or it is counted.
  if (blank.length > blankLinesMax) quoted.push(`${skipped}(${blank.join("").length} blanks)`);
  else endBlank();
}

const fieldWidth = 10;
const fieldLinesMax = 100;

/** A name and a text beside it, which stays within its own column however long it is. */
export function field(
  name: string,
  text: string,
  columns: number,
  linesMax = fieldLinesMax,
): string {
  const indent = "  ".padEnd(fieldWidth + 2);
  const lines = wrapWords(text, Math.max(20, columns - indent.length));
  const shown = lines.slice(0, linesMax);
  if (lines.length > shown.length)
    shown.push(`… (${lines.length - shown.length} more lines, which --all shows)`);
  return shown
    .map((line, at) => `${at === 0 ? `  ${name.padEnd(fieldWidth)}` : indent}${line}\n`)
    .join("");
}

/** Breaks between words, and within one that is too long. */
function wrapWords(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    const [first = "", ...rest] = wrap(longer, width);
    if (rest.length === 0) {
      line = first;
      continue;
    }
    if (line !== "") lines.push(line);
    const parts = wrap(word, width);
    lines.push(...parts.slice(0, -1));
    line = parts.at(-1) ?? "";
  }
  return [...lines, line];
}

export function wrap(line: string, columns: number): readonly string[] {
  // A terminal may say that it has none at all.
  const width = Math.max(1, columns);
  const parts: string[] = [];
  // Each character one column: what hides is spelled out so, and grows to megabytes.
  if (/^[\x20-\x7e]+$/.test(line)) {
    for (let at = 0; at < line.length; at += width) parts.push(line.slice(at, at + width));
    return parts;
  }
  let start = 0;
  let end = 0;
  let taken = 0;
  for (const character of line) {
    const needed = characterWidth(character);
    if (taken + needed > width && end > start) {
      parts.push(line.slice(start, end));
      start = end;
      taken = 0;
    }
    end += character.length;
    taken += needed;
  }
  parts.push(line.slice(start));
  return parts;
}

/** The beginning of a line, with a mark if there is more. */
export function cut(line: string, width: number): string {
  const [first = "", second] = wrap(line, width);
  if (second === undefined) return first;
  const [shorter = ""] = wrap(line, width - 1);
  return `${shorter}…`;
}

/** Rather too wide than too narrow: only what is surely narrow counts one. */
function characterWidth(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x300) return 1;
  if (point >= 0x1100) return 2;
  return /\p{M}/u.test(character) ? 0 : 1;
}

/** Rows of cells, the columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[], gap = "  "): string {
  const widths = rows.reduce<readonly number[]>(
    (before, row) =>
      Array.from({ length: Math.max(before.length, row.length) }, (_, at) =>
        Math.max(before[at] ?? 0, (row[at] ?? "").length),
      ),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join(gap)
        .trimEnd(),
    )
    .map((row) => `${row}\n`)
    .join("");
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * In the two largest units that matter, rounded to the smaller: `45s`, `12m`, `3h 58m`, `2d 4h`. What was
 * set to four hours a moment ago still says so.
 */
export function duration(ms: number): string {
  const [seconds, minutes, hours] = [1000, minuteMs, hourMs].map((unit) =>
    Math.round(Math.max(0, ms) / unit),
  ) as [number, number, number];
  if (seconds < 60) return `${seconds}s`;
  if (minutes < 60) return `${minutes}m`;
  if (minutes < 24 * 60) return pair(minutes, 60, "h", "m");
  return pair(hours, 24, "d", "h");
}

function pair(count: number, perLarge: number, large: string, small: string): string {
  const rest = count % perLarge;
  return `${Math.floor(count / perLarge)}${large}${rest === 0 ? "" : ` ${rest}${small}`}`;
}

/** `2026-11-22 10:00:00 UTC`; what is no time is shown as what it is. */
export function clockTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return visible(iso);
  return `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
