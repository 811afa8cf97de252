/** Regular expressions that users supply, as trees of sets of bytes: without look-around, back-references and places. */
import { alphabetsOfByte, wordBit } from "#/masking/alphabet.ts";

const repeatsMax = 500;
const groupsDeepMost = 50;

export class PatternError extends Error {}

export type PatternNode =
  | { readonly kind: "set"; readonly bytes: Uint8Array }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly PatternNode[] }
  | {
      readonly kind: "repeat";
      readonly of: PatternNode;
      readonly min: number;
      readonly max: number;
    };

/** Recursive descent over: choice, sequence, repetition, atom. */
export function parsePattern(source: string, fold: boolean): PatternNode {
  let at = 0;
  const tree = choice(0);
  if (at < source.length) throw new PatternError(`there is a ) too many at ${at}`);
  return tree;

  function choice(depth: number): PatternNode {
    if (depth > groupsDeepMost) throw new PatternError("its groups are too deep");
    const parts = [sequence(depth)];
    while (source[at] === "|") {
      at += 1;
      parts.push(sequence(depth));
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "choice", parts };
  }

  function sequence(depth: number): PatternNode {
    const parts: PatternNode[] = [];
    while (at < source.length && source[at] !== "|" && source[at] !== ")")
      parts.push(repetition(depth));
    return { kind: "sequence", parts };
  }

  function repetition(depth: number): PatternNode {
    let node = atom(depth);
    for (;;) {
      const counts = /^(?:([*+?])|\{(\d{1,4})(,(\d{0,4}))?\})/.exec(source.slice(at, at + 12));
      if (counts === null) return node;
      at += counts[0].length;
      const [, sign, least = "0", comma, most = ""] = counts;
      const min = sign === undefined ? Number(least) : sign === "+" ? 1 : 0;
      const max =
        sign === undefined
          ? comma === undefined
            ? min
            : most === ""
              ? Number.POSITIVE_INFINITY
              : Number(most)
          : sign === "?"
            ? 1
            : Number.POSITIVE_INFINITY;
      if (max < min || min > repeatsMax || (max !== Number.POSITIVE_INFINITY && max > repeatsMax)) {
        throw new PatternError(`a repetition counts from less to more, to at most ${repeatsMax}`);
      }
      node = { kind: "repeat", of: node, min, max };
      // A lazy mark changes nothing where the longest match counts.
      if (source[at] === "?") at += 1;
    }
  }

  function atom(depth: number): PatternNode {
    const character = source[at] ?? "";
    if (character === "(") return group(depth);
    if (character === "[") return set();
    if ("*+?{".includes(character)) throw new PatternError(`nothing is repeated at ${at}`);
    if (character === "^" || character === "$")
      throw new PatternError(`${character} is not understood: a pattern has no place of its own`);
    if (character === "\\") return escape();
    at += 1;
    if (character === ".") return one((byte) => byte !== 0x0a);
    const bytes = Buffer.from(character, "utf8");
    const pair =
      character.length === 1 && bytes.length > 1
        ? Buffer.from(source.slice(at - 1, at + 1), "utf8")
        : bytes;
    return bytes.length === 1
      ? one((byte) => byte === bytes[0] || (fold && lowered(byte) === lowered(bytes[0] ?? 0)))
      : {
          kind: "sequence",
          parts: Array.from(surrogate(character) ? take(pair) : bytes, (value) =>
            one((byte) => byte === value),
          ),
        };
  }

  function take(pair: Buffer): Buffer {
    at += 1;
    return pair;
  }

  function group(depth: number): PatternNode {
    at += 1;
    if (source.startsWith("?:", at)) at += 2;
    else if (source[at] === "?")
      throw new PatternError("look-around and flags within are not understood");
    const node = choice(depth + 1);
    if (source[at] !== ")") throw new PatternError("a ) is missing");
    at += 1;
    return node;
  }

  function escape(): PatternNode {
    const letter = source[at + 1] ?? "";
    at += 2;
    const known = classes[letter];
    if (known !== undefined) return one(known);
    if (/[a-zA-Z0-9]/.test(letter) || letter === "")
      throw new PatternError(`\\${letter} is not understood`);
    return one((byte) => byte === letter.charCodeAt(0));
  }

  function set(): PatternNode {
    at += 1;
    const isNegated = source[at] === "^";
    if (isNegated) at += 1;
    const members = new Uint8Array(256);
    for (let first = true; first || source[at] !== "]"; first = false) {
      const from = member();
      if (typeof from === "function") {
        for (let byte = 0; byte < 256; byte += 1) if (from(byte)) members[byte] = 1;
        continue;
      }
      let to = from;
      if (source[at] === "-" && source[at + 1] !== "]") {
        at += 1;
        const end = member();
        if (typeof end === "function" || end < from)
          throw new PatternError("a range goes from less to more");
        to = end;
      }
      for (let byte = from; byte <= to; byte += 1) members[byte] = 1;
    }
    at += 1;
    return one(
      (byte) =>
        (members[byte] === 1 || (fold && members[byte ^ 0x20] === 1 && isLetter(byte))) !==
        isNegated,
    );
  }

  function member(): number | ((byte: number) => boolean) {
    const character = source[at] ?? "";
    if (character === "") throw new PatternError("a ] is missing");
    if (character === "\\") {
      const letter = source[at + 1] ?? "";
      at += 2;
      const known = classes[letter];
      if (known === undefined && /[a-zA-Z0-9]/.test(letter))
        throw new PatternError(`\\${letter} is not understood`);
      return known ?? letter.charCodeAt(0);
    }
    at += 1;
    const code = character.charCodeAt(0);
    if (code > 0x7f) throw new PatternError("a set holds ASCII alone");
    return code;
  }
}

const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
const isNumeral = (byte: number) => byte >= 0x30 && byte <= 0x39;
const isWordByte = (byte: number) => ((alphabetsOfByte[byte] ?? 0) & wordBit) !== 0;

const classes: Readonly<Record<string, (byte: number) => boolean>> = {
  d: isNumeral,
  D: (byte) => !isNumeral(byte),
  w: isWordByte,
  W: (byte) => !isWordByte(byte),
  s: isBlank,
  S: (byte) => !isBlank(byte),
  n: (byte) => byte === 0x0a,
  r: (byte) => byte === 0x0d,
  t: (byte) => byte === 0x09,
};

function surrogate(character: string): boolean {
  const code = character.charCodeAt(0);
  return code >= 0xd800 && code <= 0xdbff;
}

function isLetter(byte: number): boolean {
  const low = byte | 0x20;
  return low >= 0x61 && low <= 0x7a;
}

function lowered(byte: number): number {
  return isLetter(byte) ? byte | 0x20 : byte;
}

function one(has: (byte: number) => boolean): PatternNode {
  return { kind: "set", bytes: Uint8Array.from({ length: 256 }, (_, byte) => (has(byte) ? 1 : 0)) };
}

/** What every match begins with: sets of one byte, or of both cases of a letter. */
export function literalPrefix(node: PatternNode): string {
  if (node.kind !== "sequence") return node.kind === "set" ? literalOf(node.bytes) : "";
  let text = "";
  for (const part of node.parts) {
    if (part.kind !== "set") return part.kind === "sequence" ? text + literalPrefix(part) : text;
    const literal = literalOf(part.bytes);
    if (literal === "") return text;
    text += literal;
  }
  return text;
}

function literalOf(bytes: Uint8Array): string {
  const members = Array.from(bytes.keys()).filter((byte) => bytes[byte] === 1);
  const [first = 0, second] = members;
  const isOne =
    members.length === 1 || (members.length === 2 && isLetter(first) && second === (first | 0x20));
  return isOne ? String.fromCharCode(first) : "";
}
