/**
 * What in a tool's definition is there for a model and not for a person: text that hides, that gives orders, or that asks for what the tool
 * has no use for.
 *
 * It flags and decides nothing: what has none of it can still lie, and honest words can look like it. All that a model reads of a
 * definition is looked at, keys and texts of its schemas too.
 */
import type { Deception, DeceptionKind } from "#/core/deception.ts";
import type { Json } from "#/core/json.ts";
import { type Cue, cues } from "./deception-cues.ts";

/** Of one definition; what is behind them is not told. */
export const deceptionsMax = 50;
/** So much of a definition's text is looked at; longer ones are flagged by their length alone. */
export const definitionCharsMax = 64 * 1024;
const wordsCharsMax = 160;

export function findDeception(content: Json): readonly Deception[] {
  const texts = textsOf(content, []);
  const chars = texts.reduce((sum, { text }) => sum + text.length, 0);
  if (chars > definitionCharsMax) {
    return [{ kind: "too_long", at: "", words: `${chars} characters` }];
  }
  const found = texts.flatMap(({ at, text }) => [...hiddenIn(at, text), ...cuesIn(at, text)]);
  return found.slice(0, deceptionsMax);
}

interface Text {
  readonly at: string;
  readonly text: string;
}

/** Keys are texts too: a parameter's name can say as much as its description. */
function textsOf(value: Json, keys: readonly string[]): readonly Text[] {
  if (typeof value === "string") return [{ at: keys.join("."), text: value }];
  if (value === null || typeof value !== "object") return [];
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((item, at) => textsOf(item, [...keys, `${at}`]));
  }
  return Object.entries(value).flatMap(([key, item]) => [
    ...(plainKey.test(key) ? [] : [{ at: keys.join("."), text: key }]),
    ...textsOf(item, [...keys, key]),
  ]);
}

const plainKey = /^[\w$.@-]{1,64}$/;

const unseen = [
  String.raw`\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f`,
  String.raw`\u2800\u3164\ufeff\uffa0\u{e0100}-\u{e01ef}`,
];
/** Joiners and variation selectors belong to emoji and scripts, one at a time. */
const joining = [String.raw`\u200c\u200d`, String.raw`\ufe00-\ufe0f`];

const hidingForms = {
  bidirectional: /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u,
  tags: /[\u{e0000}-\u{e007f}]/u,
  invisible: new RegExp(
    `[${unseen.join("")}]|[${joining.join("")}]{2}|[\\p{Cc}--[\\t\\n\\r]]`,
    "v",
  ),
  buried: /(?:[ \t\u00a0]{40,}|(?:[ \t]*\r?\n){12,})[^\s]/u,
  encoded: /[A-Za-z0-9+/]{200,}={0,2}|(?:\\x[0-9a-fA-F]{2}){20,}|(?:%[0-9a-fA-F]{2}){20,}/u,
} as const satisfies Partial<Record<DeceptionKind, RegExp>>;

function hiddenIn(at: string, text: string): readonly Deception[] {
  const found = Object.entries(hidingForms).flatMap(([kind, form]) => {
    const match = form.exec(text);
    return match === null ? [] : [told(kind as DeceptionKind, at, text, match.index)];
  });
  const mixed = text.match(wordForm)?.find(isMixed);
  if (mixed === undefined) return found;
  return [...found, told("homoglyphs", at, text, text.indexOf(mixed))];
}

const wordForm = /[\p{L}\p{M}]{2,}/gu;

/** Latin letters beside ones of the scripts whose letters look like them. */
function isMixed(word: string): boolean {
  return (
    /\p{Script=Latin}/u.test(word) &&
    /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(word)
  );
}

/** By what a reader takes for the same: without what hides, in plain letters, blanks as one. */
function cuesIn(at: string, text: string): readonly Deception[] {
  const plain = text
    .normalize("NFKD")
    .replaceAll(/[\p{Cf}\p{M}]/gu, "")
    .replaceAll(/\s+/g, " ");
  return cues.flatMap(({ kind, form }: Cue) => {
    const match = form.exec(plain);
    return match === null ? [] : [told(kind, at, plain, match.index)];
  });
}

function told(kind: DeceptionKind, at: string, text: string, from: number): Deception {
  return { kind, at, words: text.slice(from, from + wordsCharsMax).toWellFormed() };
}
