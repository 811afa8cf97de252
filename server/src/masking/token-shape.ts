/**
 * The form of a token, written as data and matched by a linear scanner instead of a regular expression.
 *
 * `ghp_<A36>` is a literal and 36 of the alphabet `A`; `<d10-13>` takes 10 to 13, `<w20+>` 20 or more. The
 * longest literal is where the automaton finds it; what stands before is matched backwards. Runs are greedy and
 * never given back, so that every byte is looked at once in each direction.
 */
import assert from "node:assert";
import { alphabetsOfByte, bitOf, bytesOf, isAlphabet, wordBit } from "./alphabet.ts";
import type { Reading } from "./reading.ts";

interface Literal {
  readonly kind: "literal";
  readonly bytes: Uint8Array;
}

interface Run {
  readonly kind: "run";
  readonly bit: number;
  /** Base64 may be filled up at its end. */
  readonly isPadded: boolean;
  readonly members: readonly number[];
  readonly min: number;
  readonly max: number;
}

export interface TokenShape {
  readonly text: string;
  /** What the automaton looks for. */
  readonly anchor: Uint8Array;
  /** ASCII letters of literals stand for both cases. */
  readonly fold: boolean;
  /** In the order in which they are matched backwards from the anchor. */
  readonly before: readonly (Literal | Run)[];
  readonly after: readonly (Literal | Run)[];
  /** The most bytes that a token of this shape has. */
  readonly length: number;
}

/** A run without an upper bound ends here: no token that anybody issues is longer. */
const runBytesMax = 2048;

export function parseShape(
  text: string,
  { fold = false }: { readonly fold?: boolean } = {},
): TokenShape {
  const parts = partsOf(text, fold);
  const anchorAt = longestLiteral(parts);
  const anchor = parts[anchorAt];
  assert(anchor?.kind === "literal", `${text} has nothing that it could be found by`);
  return {
    text,
    anchor: anchor.bytes,
    fold,
    before: parts.slice(0, anchorAt).toReversed(),
    after: parts.slice(anchorAt + 1),
    length: parts.reduce(
      (sum, part) => sum + (part.kind === "run" ? part.max : part.bytes.length),
      0,
    ),
  };
}

const partForm = /<(?<alphabet>[A-Za-z])(?<min>\d+)(?:(?<more>\+)|-(?<max>\d+))?>/y;

function partsOf(text: string, fold: boolean): readonly (Literal | Run)[] {
  const parts: (Literal | Run)[] = [];
  let literal = "";
  const endLiteral = () => {
    const bytes = new Uint8Array(Buffer.from(fold ? literal.toLowerCase() : literal, "latin1"));
    if (literal !== "") parts.push({ kind: "literal", bytes });
    literal = "";
  };
  for (let at = 0; at < text.length; ) {
    partForm.lastIndex = at;
    const run = partForm.exec(text)?.groups;
    if (run === undefined) {
      literal += text[at];
      at += 1;
      continue;
    }
    endLiteral();
    const alphabet = run["alphabet"] ?? "";
    assert(isAlphabet(alphabet), `${text} names an alphabet that there is not`);
    const min = Number(run["min"]);
    const max = run["more"] === undefined ? Number(run["max"] ?? min) : runBytesMax;
    const isPadded = alphabet === "B";
    const bit = bitOf(isPadded ? "b" : alphabet);
    parts.push({ kind: "run", bit, isPadded, members: bytesOf(alphabet), min, max });
    at = partForm.lastIndex;
  }
  endLiteral();
  return parts;
}

function longestLiteral(parts: readonly (Literal | Run)[]): number {
  let best = -1;
  let length = 0;
  for (const [at, part] of parts.entries()) {
    if (part.kind === "literal" && part.bytes.length > length) {
      best = at;
      length = part.bytes.length;
    }
  }
  return best;
}

/**
 * Where the token around an anchor begins and ends, or null. `end` is the position after the anchor. A token never begins or ends
 * within a word.
 */
export function matchShape(
  shape: TokenShape,
  reading: Reading,
  end: number,
): { readonly start: number; readonly end: number } | null {
  const { bytes, floor, limit } = reading;
  const start = matchBefore(shape, bytes, floor, end - shape.anchor.length);
  if (start < 0) return null;
  let at = end;
  let open = 0;
  for (const part of shape.after) {
    const next =
      part.kind === "run"
        ? runForward(part, reading, at)
        : literalForward(part, shape.fold, bytes, at, limit);
    if (next < 0) return null;
    open = part.kind === "run" ? part.bit : 0;
    at = next;
  }
  const following = at < limit ? (alphabetsOfByte[bytes[at] ?? 0] ?? 0) : 0;
  const isWord = open !== 0 || ((alphabetsOfByte[bytes[at - 1] ?? 0] ?? 0) & wordBit) !== 0;
  if (isWord && (following & (open | wordBit)) !== 0) return null;
  return { start, end: at };
}

function matchBefore(shape: TokenShape, bytes: Uint8Array, floor: number, end: number): number {
  let at = end;
  for (const part of shape.before) {
    at =
      part.kind === "run"
        ? runBackward(part, bytes, at, floor)
        : literalForward(part, shape.fold, bytes, at - part.bytes.length, at) < 0
          ? -1
          : at - part.bytes.length;
    if (at < floor) return -1;
  }
  return beginsWord(bytes, at, floor) || isJoined(shape, bytes, at, floor) ? at : -1;
}

/** Behind a joint, as in `MY_ghp_…`, where the token begins with something that is not met by chance. */
function isJoined(
  { anchor, before }: TokenShape,
  bytes: Uint8Array,
  at: number,
  floor: number,
): boolean {
  return (
    before.length === 0 &&
    anchor.length >= joinedAnchorLeast &&
    at - 2 >= floor &&
    bytes[at - 1] === 0x5f &&
    ((alphabetsOfByte[bytes[at - 2] ?? 0] ?? 0) & wordBit) !== 0
  );
}

const joinedAnchorLeast = 4;

/** Whether no word goes on here; an escape such as `\n` before it is none, nor is what begins with a sign. */
export function beginsWord(bytes: Uint8Array, at: number, floor: number): boolean {
  if (at <= floor || ((alphabetsOfByte[bytes[at] ?? 0] ?? 0) & wordBit) === 0) return true;
  const before = bytes[at - 1] ?? 0;
  if (((alphabetsOfByte[before] ?? 0) & wordBit) === 0) return true;
  return isEscapeLetter(before) && at - 2 >= floor && bytes[at - 2] === backslash;
}

const backslash = 0x5c;

/** The letters of `\n`, `\r`, `\t`. */
function isEscapeLetter(byte: number): boolean {
  return byte === 0x6e || byte === 0x72 || byte === 0x74;
}

function runForward({ bit, min, max, isPadded }: Run, reading: Reading, from: number): number {
  const last = Math.min(reading.limit, from + max);
  let at = reading.runEnd(bit, from, last);
  if (isPadded) while (at < last && reading.bytes[at] === padding) at += 1;
  return at - from < min ? -1 : at;
}

const padding = 0x3d;

function runBackward(run: Run, bytes: Uint8Array, from: number, floor: number): number {
  const first = Math.max(floor, from - run.max);
  let at = from;
  while (at > first && ((alphabetsOfByte[bytes[at - 1] ?? 0] ?? 0) & run.bit) !== 0) at -= 1;
  return from - at < run.min ? -1 : at;
}

function literalForward(
  { bytes: literal }: Literal,
  fold: boolean,
  bytes: Uint8Array,
  from: number,
  limit: number,
): number {
  if (from < 0 || from + literal.length > limit) return -1;
  for (let index = 0; index < literal.length; index += 1) {
    const byte = bytes[from + index] ?? 0;
    if (byte !== literal[index] && !(fold && lowered(byte) === literal[index])) return -1;
  }
  return from + literal.length;
}

function lowered(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
