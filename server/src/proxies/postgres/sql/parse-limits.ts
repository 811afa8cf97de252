/**
 * Keeps away from the parser what would exhaust it, by a look at the tokens.
 *
 * - The parser runs on the caller's stack and prints its tree node by node: a deep tree overflows the stack.
 * - The columns of `set (a, b, …) = (…)` each print the whole right side again: kilobytes become gigabytes.
 * - Its lexer looks at a run of operator characters again for each operator or comment in it: a quarter of a
 *   megabyte of them takes a minute.
 * - Each statement costs more than its text: tens of thousands of them would hold up every other session.
 * The first two are survived (`sql-parser.ts`), but at the cost of a new parser. Estimates err on the side of passing.
 */

import { isOperator } from "./sql-bytes.ts";
import type { Tokens } from "./sql-tokens.ts";

/** Tokens on one path from the outermost level to the innermost that may each be a level of the tree. */
export const parseDepthMax = 1_500;
/** Copies of tokens that the tree holds beyond the first. */
export const parseCopiesMax = 50_000;
/** Statements of one text. */
export const parseStatementsMax = 10_000;
/** Squares of the lengths of runs of operator characters, comments included, added up. */
const operatorSquaresMax = 4_000_000;

/** Why the text should not be parsed, or null. */
export function exceedsParseLimits(bytes: Buffer, tokens: Tokens): string | null {
  if (operatorSquares(bytes, tokens) > operatorSquaresMax) {
    return "The text has too many operator characters in a row to be read.";
  }
  if (statementsIn(bytes, tokens) > parseStatementsMax) {
    return "The text has too many statements to be read.";
  }
  const isSmall = tokens.kinds.length <= parseDepthMax && !mayRepeat(bytes, tokens);
  return isSmall ? null : measure(bytes, tokens);
}

/** By their semicolons; those within the body of a function count too. */
function statementsIn(bytes: Buffer, { kinds, starts }: Tokens): number {
  let count = 1;
  for (let index = 0; index < kinds.length; index += 1) {
    if (kinds[index] === "punctuation" && bytes[starts[index] ?? 0] === semicolon) count += 1;
  }
  return count;
}

/** Outside strings and quoted names. */
function operatorSquares(bytes: Buffer, { kinds, starts, ends }: Tokens): number {
  let squares = 0;
  let run = 0;
  for (let index = 0; index <= kinds.length; index += 1) {
    const isOperatorToken = kinds[index] === "operator";
    const [start, end] = [starts[index] ?? bytes.length, ends[index] ?? bytes.length];
    for (let at = index === 0 ? 0 : (ends[index - 1] ?? 0); at < start; at += 1) {
      if (isOperator[bytes[at] ?? 0]) run += 1;
      else {
        squares += run * run;
        run = 0;
      }
    }
    if (isOperatorToken) run += end - start;
    else {
      squares += run * run;
      run = 0;
    }
  }
  return squares;
}

/** Whether `(…) =` stands anywhere. */
function mayRepeat(bytes: Buffer, { kinds, starts }: Tokens): boolean {
  return kinds.some(
    (kind, index) =>
      kind === "operator" &&
      bytes[starts[index] ?? 0] === equals &&
      bytes[starts[index - 1] ?? 0] === close,
  );
}

function measure(bytes: Buffer, { kinds, starts, ends }: Tokens): string | null {
  const levels: Level[] = [newLevel(0, 1)];
  let copies = 0;
  for (let index = 0; index < kinds.length; index += 1) {
    const level = levels.at(-1) ?? newLevel(0, 1);
    const start = starts[index] ?? 0;
    copies += level.repeats - 1;
    if (copies > parseCopiesMax) return "The text repeats too much to be read.";
    level.chain += 1;
    switch (kinds[index]) {
      case "punctuation":
        punctuate(bytes[start] ?? 0, level, levels);
        break;
      case "operator":
        // `(…) =`: perhaps an assignment to many columns, which repeats what follows on this level.
        if (bytes[start] === equals && bytes[starts[index - 1] ?? 0] === close) {
          level.repeats = level.ownRepeats * (level.commasInside + 1);
        }
        break;
      case "word": {
        const word = wordAt(bytes, start, ends[index] ?? start);
        if (siblings.has(word)) level.chain = 0;
        if (links.has(word)) level.links += 1;
        break;
      }
      default:
        break;
    }
    if (level.depth + level.chain + level.links > parseDepthMax) {
      return "The text is nested too deeply to be read.";
    }
  }
  return null;
}

function punctuate(mark: number, level: Level, levels: Level[]): void {
  switch (mark) {
    case open:
    case openBracket:
      levels.push(newLevel(level.depth + level.chain + level.links, level.repeats));
      break;
    case close:
    case closeBracket:
      closeLevel(levels, level);
      break;
    case comma:
      level.commas += 1;
      level.chain = 0;
      break;
    case semicolon:
      levels.splice(0, levels.length, newLevel(0, 1));
      break;
    default:
      break;
  }
}

interface Level {
  /** Of the levels around it. */
  readonly depth: number;
  /** Tokens since the last one that starts a sibling. */
  chain: number;
  /** Set operations and joins: they nest to the left whatever separates their operands. */
  links: number;
  commas: number;
  /** Commas in the group that was closed last. */
  commasInside: number;
  /** How often the tree repeats what stands here, without and with an assignment on this level. */
  readonly ownRepeats: number;
  repeats: number;
}

const open = 0x28;
const close = 0x29;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const semicolon = 0x3b;
const equals = 0x3d;

/** What they separate lies side by side in the tree. */
const siblings: ReadonlySet<string> = new Set([
  "and",
  "except",
  "intersect",
  "join",
  "or",
  "union",
  "when",
]);
const links: ReadonlySet<string> = new Set(["except", "intersect", "join", "union"]);
const wordBytesMax = 9;

function newLevel(depth: number, repeats: number): Level {
  return { depth, chain: 1, links: 0, commas: 0, commasInside: 0, ownRepeats: repeats, repeats };
}

function closeLevel(levels: Level[], closed: Level): void {
  if (levels.length === 1) return;
  levels.pop();
  const outer = levels.at(-1);
  if (outer !== undefined) outer.commasInside = closed.commas;
}

function wordAt(bytes: Buffer, start: number, end: number): string {
  if (end - start > wordBytesMax) return "";
  return bytes.toString("latin1", start, end).toLowerCase();
}
