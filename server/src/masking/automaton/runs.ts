/**
 * What the automaton counts besides words: digits with separators between them, letters behind such digits, dotted
 * numbers, and groups between colons. Each is a small deterministic machine; `automaton.ts` runs them together with the words.
 */

/** A machine over bytes. States are small numbers, 0 is where it begins. */
export interface Counter {
  readonly name: "number" | "tail" | "dotted" | "colons";
  readonly step: (state: number, byte: number) => number;
  /** Whether the state was entered by the byte that completes what is looked for. */
  readonly fires: (state: number) => boolean;
  /** Bytes of one kind are the same to it. */
  readonly kind: (byte: number) => number;
}

/** The fewest digits that any recognizer of numbers looks at. */
export const digitsLeast = 7;
/** Between two digits of one number at most so many separators stand, as in `(415) 555`. */
export const separatorsMost = 2;

const dot = 0x2e;
const colon = 0x3a;

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Blank, `(`, `)`, `+`, `-`, `.`, `/`: what people group digits with. */
export function isSeparator(byte: number): boolean {
  return (
    byte === 0x20 ||
    byte === 0x28 ||
    byte === 0x29 ||
    byte === 0x2b ||
    (byte >= 0x2d && byte <= 0x2f)
  );
}

function isHex(byte: number): boolean {
  const low = byte | 0x20;
  return isDigit(byte) || (low >= 0x61 && low <= 0x66);
}

function isLetter(byte: number): boolean {
  const low = byte | 0x20;
  return low >= 0x61 && low <= 0x7a;
}

/**
 * States: 0, or 1 + 3 × (digits - 1) + separators. With each `digitsLeast` digits it fires and counts anew, so that
 * whatever is long is looked at bit by bit.
 */
const number: Counter = {
  name: "number",
  kind: (byte) => (isDigit(byte) ? 1 : isSeparator(byte) ? 2 : 0),
  step(state, byte) {
    const digits = state === 0 ? 0 : Math.floor((state - 1) / 3) + 1;
    const separators = state === 0 ? 0 : (state - 1) % 3;
    if (isDigit(byte)) return 1 + 3 * (digits % digitsLeast);
    if (digits === 0 || !isSeparator(byte) || separators === separatorsMost) return 0;
    return state + 1;
  },
  fires: (state) => state === 1 + 3 * (digitsLeast - 1),
};

/** Where a letter directly follows six digits, or one joint after them. */
const tailDigitsLeast = 6;

function isJoint(byte: number): boolean {
  return byte === 0x2d || byte === dot || byte === 0x20;
}

/** States: 2 × digits + whether a joint was last, up to `tailDigitsLeast`; the highest has met a letter. */
const tail: Counter = {
  name: "tail",
  kind: (byte) => (isDigit(byte) ? 1 : isJoint(byte) ? 2 : isLetter(byte) ? 3 : 0),
  step(state, byte) {
    const digits = state >> 1;
    if (digits > tailDigitsLeast) return isDigit(byte) ? 2 : 0;
    if (isDigit(byte)) return Math.min(digits + 1, tailDigitsLeast) * 2;
    if (isLetter(byte)) return digits === tailDigitsLeast ? (tailDigitsLeast + 1) * 2 : 0;
    return digits > 0 && (state & 1) === 0 && isJoint(byte) ? state + 1 : 0;
  },
  fires: (state) => state === (tailDigitsLeast + 1) * 2,
};

/** States: 2 × dots + whether a digit was last; fires at the first digit after the third dot. */
const dotted: Counter = {
  name: "dotted",
  kind: (byte) => (isDigit(byte) ? 1 : byte === dot ? 2 : 0),
  step(state, byte) {
    const dots = state >> 1;
    if (isDigit(byte)) return dots >= 3 ? (state === 6 ? 7 : 9) : dots * 2 + 1;
    if (byte !== dot || (state & 1) === 0) return 0;
    return dots >= 3 ? 8 : (dots + 1) * 2;
  },
  fires: (state) => state === 7,
};

/** States: 2 × colons + whether a hexadecimal digit was last; fires at the third colon. */
const colons: Counter = {
  name: "colons",
  kind: (byte) => (isHex(byte) ? 1 : byte === colon ? 2 : 0),
  step(state, byte) {
    const count = state >> 1;
    if (isHex(byte)) return (count === 3 ? 4 : count) * 2 + 1;
    if (byte !== colon || (state & 1) === 0) return 0;
    return count >= 3 ? 8 : (count + 1) * 2;
  },
  fires: (state) => state === 6,
};

export const counters: readonly Counter[] = [number, tail, dotted, colons];
