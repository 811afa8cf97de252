/** Tokens of providers, by their own form. */

import { literalAnchor } from "#/masking/automaton.ts";
import type { Reading } from "#/masking/reading.ts";
import type { Rule } from "#/masking/rule.ts";
import { matchShape, parseShape, type TokenShape } from "#/masking/token-shape.ts";
import { tokenRules } from "#/masking/tokens/provider-tokens.ts";
import type { TokenRule } from "#/masking/tokens/token-rule.ts";
import { textAt } from "./text-at.ts";

const confidenceDefault = 0.95;

export const tokenShapes: readonly { readonly rule: TokenRule; readonly shape: TokenShape }[] =
  tokenRules.flatMap((rule) =>
    rule.shapes.map((text) => ({ rule, shape: parseShape(text, { fold: rule.fold ?? false }) })),
  );

export const tokenFinders: readonly Rule[] = tokenShapes.map(({ rule, shape }) => ({
  anchor: literalAnchor(shape.anchor, shape.fold),
  ahead: shape.length + 1,
  find: (reading, at) => findToken(reading, at, rule, shape),
}));

function findToken(reading: Reading, at: number, rule: TokenRule, shape: TokenShape): void {
  const match = matchShape(shape, reading, at + 1);
  reading.spend(4);
  if (match === null) return;
  reading.spend(match.end - match.start);
  const text = textAt(reading.bytes, match.start, match.end);
  if (!isLikely(text, rule, shape)) return;
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
  if (rule.check !== "aws_key_id") return true;
  return !text.endsWith("EXAMPLE") && (/^A(?:KIA|3T)/.test(text) || /\d/.test(text.slice(4)));
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
