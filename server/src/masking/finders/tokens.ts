/** Tokens of providers, by their own form. */

import { literalAnchor } from "#/masking/automaton/anchor.ts";
import type { Reading } from "#/masking/reading.ts";
import type { Rule } from "#/masking/rule.ts";
import { matchShape, parseShape, type TokenShape } from "#/masking/token-shape.ts";
import { tokenRules } from "#/masking/tokens/provider-tokens.ts";
import type { TokenRule } from "#/masking/tokens/token-rule.ts";
import { textAt } from "./text-at.ts";

const confidenceDefault = 0.95;
/** So much behind a token tells whether it is the name of a file. */
const fileEndingBytes = 8;

export const tokenShapes: readonly { readonly rule: TokenRule; readonly shape: TokenShape }[] =
  tokenRules.flatMap((rule) =>
    rule.shapes.map((text) => ({ rule, shape: parseShape(text, { fold: rule.fold ?? false }) })),
  );

export const tokenFinders: readonly Rule[] = tokenShapes.map(({ rule, shape }) => ({
  anchor: literalAnchor(shape.anchor, shape.fold),
  ahead: shape.length + fileEndingBytes,
  find: (reading, at) => findToken(reading, at, rule, shape),
}));

function findToken(reading: Reading, at: number, rule: TokenRule, shape: TokenShape): void {
  const match = matchShape(shape, reading, at + 1);
  reading.spend(4);
  if (match === null) return;
  reading.spend(match.end - match.start);
  const text = textAt(reading.bytes, match.start, match.end);
  if (!isLikely(text, rule, shape) || isFileName(reading, match.end)) return;
  reading.add({
    entity: "provider_token",
    ...match,
    confidence: rule.confidence ?? confidenceDefault,
    rule: rule.id,
  });
}

function isLikely(text: string, rule: TokenRule, shape: TokenShape): boolean {
  const anchor = Buffer.from(shape.anchor).toString("latin1");
  const drawn = text.replace(anchor, "");
  if (isBlank(drawn) || isWords(drawn)) return false;
  if (wordForm.test(anchor) && isName(drawn)) return false;
  if (rule.check !== "aws_key_id") return true;
  return !text.endsWith("EXAMPLE") && (/^A(?:KIA|3T)/.test(text) || /\d/.test(text.slice(4)));
}

/** What is a word of programs as well: behind it stand names, too. */
const wordForm =
  /^(?:test|live|key|secret|app|console|dataset|account|master|inference|pat|prod|dev|user|service|up|re|as|ak|pa|bu|fw|db|md|b|ion)[_:-]$/;

function isName(drawn: string): boolean {
  return drawn.split(/(?=[A-Z][a-z])|[_-]/).every((word) => /^[A-Za-z][a-z]+$/.test(word));
}

/** The name of a file that holds the digest of what is in it: `logo-7a38….png`. */
function isFileName({ bytes, limit }: Reading, end: number): boolean {
  if (end >= limit || bytes[end] !== 0x2e) return false;
  return /^\.(?:png|jpe?g|gif|svg|ico|webp|m?js|css|map|html?|json|woff2?|ttf|mp4|wasm)\b/.test(
    textAt(bytes, end, Math.min(limit, end + fileEndingBytes)),
  );
}

/** A token has digits or capitals among its letters; a name has neither. */
function isWords(drawn: string): boolean {
  return (
    drawn.length >= 16 && /^[a-z]+(?:[_.-][a-z]+)*$/.test(drawn.replace(/^[_.-]+|[_.-]+$/g, ""))
  );
}

/** What stands for a token in instructions: `x` for each character, or another sign that nobody draws. */
function isBlank(drawn: string): boolean {
  return /^[0xX*.#_-]{8,}$|x{12}|X{12}|\.{4}|\*{4}/.test(drawn);
}
