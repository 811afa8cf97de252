/** Texts for properties: things that are found, in surroundings that make it hard, and what only looks like them. */
import * as fc from "fast-check";
import { alphabetCharacters } from "./alphabet.ts";
import { catalogue } from "./catalogue.ts";
import { tokenShapes } from "./finders/tokens.ts";
import { ownRules } from "./rules.ts";
import { topicWords } from "./topics.ts";

const examples = Object.values(catalogue).flatMap((entry) => entry.examples);

/** A token of a shape: each run filled with what its alphabet has, at its least length. */
export function tokenOf(shape: string, draw: (below: number) => number): string {
  return shape.replaceAll(
    /<([A-Za-z])(\d+)(?:\+|-(\d+))?>/g,
    (_, alphabet: string, least: string) => {
      // Base64 has its padding at the end alone.
      const every = alphabetCharacters(alphabet);
      const characters = alphabet === "B" ? every.replace("=", "") : every;
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

/** What makes each rule look as far as it may, again and again. */
const hostile: readonly string[] = [
  "eyJ",
  "eyJ.",
  "-----BEGIN PRIVATE KEY-----",
  "PuTTY-User-Key-File-",
  "://",
  "a://b:",
  "@",
  "a@a.",
  "a@",
  "1 ",
  "12 ",
  "1234567 ",
  "4111 1111 1111 1111 ",
  "1-",
  "123456a",
  "99-99-99-99-99-99-",
  "a:a:a:",
  "::1",
  "1.1.1.1.",
  "x".repeat(24) + " ",
  "A".repeat(23) + "=",
  "DE89",
  "GB29 NWBK ",
  "0x",
  "bc1",
  "1a",
  "dob ",
  "dob 1",
  "call 1 2 3 4 5 6 7 ",
  "authorization: ",
  "password=a server=",
  "machine a login b password ",
  "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQg",
  "686f6c61",
  "|",
  "sk-",
  "xoxb-1-1-",
  "%41",
  "\\u0041",
  "\u200b",
  "А",
  "bitcoin 1",
  "wallet ",
  "+1",
  "Key",
  "Keys",
  "(1) ",
  ...Object.values(topicWords).map((words) => words.replaceAll(";", " ")),
];

/** Every anchor, again and again, with what most rules wait for behind it. */
function hostileAnchors(): readonly string[] {
  const words = new Set(topicWords.other.split(";"));
  return [
    ...words,
    "github",
    "okta",
    "datadog",
    "twitter",
    "aws_secret",
    "sk_live_",
    "ghp_",
    "AKIA",
    "hooks.slack.com/services/",
  ].flatMap((word) => [`${word} `, `${word}=`, `${word}="a1`, `${word}-a`]);
}

/** Texts that are repeated to fill a page, each to make something look as far as it may. */
export const hostileTexts: readonly string[] = [...hostile, ...hostileAnchors()];

const behindAnchors = ["", " ", "=", '="', ": a1", "/a1b2c3d4", "A1B2C3D4E5F6G7H8", "a".repeat(64)];

/** The anchor of every rule, with each of several things behind it. */
export function anchorTexts(): readonly string[] {
  return ownRules().flatMap(({ anchor }) => {
    if (typeof anchor === "string") return [];
    const literal = Buffer.from(anchor.sets.map(([byte]) => byte ?? 0)).toString();
    return behindAnchors.map((text) => `${literal}${text}`);
  });
}
