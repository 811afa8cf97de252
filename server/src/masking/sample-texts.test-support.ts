/** Texts for properties: things that are found, in surroundings that make it hard, and what only looks like them. */
import * as fc from "fast-check";
import { alphabetCharacters } from "./alphabet.ts";
import { catalogue } from "./catalogue.ts";
import { tokenShapes } from "./finders/tokens.ts";

const examples = Object.values(catalogue).flatMap((entry) => entry.examples);

/** A token of a shape: each run filled with what its alphabet has, at its least length. */
export function tokenOf(shape: string, draw: (below: number) => number): string {
  return shape.replaceAll(
    /<([A-Za-z])(\d+)(?:\+|-(\d+))?>/g,
    (_, alphabet: string, least: string) => {
      const characters = alphabetCharacters(alphabet);
      return Array.from({ length: Number(least) }, () => characters[draw(characters.length)]).join(
        "",
      );
    },
  );
}

/** Numbers that look drawn and are the same each time. */
export function createDraw(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % below;
  };
}

const surroundings = fc.constantFrom(
  " ",
  "\n",
  "\r\n",
  "\t",
  '"',
  "'",
  ", ",
  "; ",
  " = ",
  '": "',
  "order ",
  "call ",
  "ssn ",
  "card ",
  "\0",
  "é",
  "日本",
  "🙂",
  "%20",
  "\\u0020",
  "\\n",
  "a",
  "7",
  "-",
  ".",
  "@",
  "://",
  "eyJ",
  "-----BEGIN ",
  "x".repeat(300),
  "1 2 3 ",
  "-12",
  "\u200b",
);

const pieces = fc.oneof(
  fc.constantFrom(...examples),
  fc.constantFrom(...examples.map((example) => Buffer.from(example).toString("base64"))),
  fc
    .tuple(fc.constantFrom(...tokenShapes), fc.nat())
    .map(([{ shape }, seed]) => tokenOf(shape.text, createDraw(seed))),
  surroundings,
  fc.string({ maxLength: 12 }),
);

export const texts: fc.Arbitrary<Buffer> = fc
  .tuple(fc.array(pieces, { maxLength: 40 }), fc.uint8Array({ maxLength: 6 }))
  .map(([parts, noise]) => Buffer.concat([...parts.map((part) => Buffer.from(part)), noise]));
