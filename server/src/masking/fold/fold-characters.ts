/** Characters of other scripts as the ASCII that a person would read, and what can't be seen as nothing. */
import { alnumBit, alphabetsOfByte } from "#/masking/alphabet.ts";

/** How many bytes the character at `at` has; 1 for what is no character. */
export function foldCharacter(
  text: Uint8Array,
  at: number,
  edits: number[],
  before: number,
): number {
  const first = text[at] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  if (length === 1) return 1;
  let point = first & (0xff >> (length + 1));
  for (let index = 1; index < length; index += 1) {
    const byte = text[at + index] ?? 0;
    if (!isContinuation(byte)) return 1;
    point = (point << 6) | (byte & 0x3f);
  }
  const plain = plainOf(point);
  if (plain === unchanged) return length;
  if (plain < 0 || !isLookalike(point) || isLatin(before) || isLatin(text[at + length] ?? 0))
    edits.push(at, length, plain);
  return length;
}

const unchanged = -2;
const gone = -1;

/** The ASCII character that a code point passes for; `gone` for what is not seen. */
function plainOf(point: number): number {
  if (point >= 0xff01 && point <= 0xff5e) return point - 0xfee0;
  if (isInvisible(point)) return gone;
  if (
    point === 0xa0 ||
    (point >= 0x2000 && point <= 0x200a) ||
    point === 0x202f ||
    point === 0x205f ||
    point === 0x3000
  )
    return 0x20;
  if ((point >= 0x2010 && point <= 0x2015) || point === 0x2212) return 0x2d;
  if (point >= 0x2460 && point <= 0x2468) return 0x31 + point - 0x2460;
  if (point === 0x24ea) return 0x30;
  for (const zero of zeros) if (point >= zero && point < zero + 10) return 0x30 + point - zero;
  if (point >= 0x1d7ce && point <= 0x1d7ff) return 0x30 + ((point - 0x1d7ce) % 10);
  if (point >= 0x1d400 && point <= 0x1d6a3) {
    const letter = (point - 0x1d400) % 52;
    return letter < 26 ? 0x41 + letter : 0x61 + letter - 26;
  }
  return lookalikes.get(point) ?? unchanged;
}

/** Zero width, soft hyphen, joiners, marks of direction, variation selectors, tags, the byte order mark; and marks that stand over others. */
function isInvisible(point: number): boolean {
  return (
    point === 0xad ||
    point === 0x34f ||
    point === 0x61c ||
    point === 0x180e ||
    point === 0xfeff ||
    (point >= 0x200b && point <= 0x200f) ||
    (point >= 0x202a && point <= 0x202e) ||
    (point >= 0x2060 && point <= 0x206f) ||
    (point >= 0xfe00 && point <= 0xfe0f) ||
    (point >= 0xe0000 && point <= 0xe0fff) ||
    isCombining(point)
  );
}

function isCombining(point: number): boolean {
  return (
    (point >= 0x300 && point <= 0x36f) ||
    (point >= 0x1ab0 && point <= 0x1aff) ||
    (point >= 0x1dc0 && point <= 0x1dff) ||
    (point >= 0x20d0 && point <= 0x20ff) ||
    (point >= 0xfe20 && point <= 0xfe2f)
  );
}

/** Digits of Arabic, Persian, Devanagari, Bengali, Tamil and Thai. */
const zeros = [0x660, 0x6f0, 0x966, 0x9e6, 0xbe6, 0xe50] as const;

/** Cyrillic and Greek letters that no reader could tell from Latin ones. */
const lookalikes: ReadonlyMap<number, number> = new Map(
  (
    [
      ["аеорсухіѕјһԛԝАВЕКМНОРСТХІЅЈԚԜ", "aeopcyxisjhqwABEKMHOPCTXISJQW"],
      ["ονρυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ovpuxABEZHIKMNOPTYX"],
    ] as const
  ).flatMap(([others, latin]) =>
    Array.from(
      others,
      (letter, index) => [letter.codePointAt(0) ?? 0, latin.charCodeAt(index)] as const,
    ),
  ),
);

function isLookalike(point: number): boolean {
  return lookalikes.has(point);
}

function isLatin(byte: number): boolean {
  return ((alphabetsOfByte[byte] as number) & alnumBit) !== 0;
}

export function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
