/**
 * Patterns that users supply, run in linear time whatever they are.
 *
 * A pattern is a regular expression without look-around and back-references. It has to begin with a literal of three characters, by which
 * the automaton finds it; from there all its states are followed at once (`pattern-program.ts`). The longest match counts.
 */
import { literalAnchor } from "#/masking/automaton/anchor.ts";
import type { Reading } from "#/masking/reading.ts";
import type { Rule } from "#/masking/rule.ts";
import { beginsWord } from "#/masking/token-shape.ts";
import { compilePattern, type Instruction, longestMatch } from "./pattern-program.ts";
import { literalPrefix, PatternError, parsePattern } from "./pattern-tree.ts";

export interface UserPattern {
  readonly name: string;
  readonly pattern: string;
}

export type ParsedPattern =
  | { readonly ok: true; readonly rule: Rule }
  | { readonly ok: false; readonly message: string };

const patternCharsMax = 500;
const matchBytesMax = 1024;
const literalCharactersLeast = 3;

export function parseUserPattern({ name, pattern }: UserPattern): ParsedPattern {
  if (pattern.length > patternCharsMax)
    return refuse(`it is longer than ${patternCharsMax} characters`);
  const fold = pattern.startsWith("(?i)");
  const source = fold ? pattern.slice(4) : pattern;
  const wholeWord = source.startsWith("\\b");
  try {
    const tree = parsePattern(wholeWord ? source.slice(2) : source, fold);
    const literal = literalPrefix(tree);
    if (literal.length < literalCharactersLeast) {
      return refuse(`it begins with no literal of ${literalCharactersLeast} characters`);
    }
    const program = compilePattern(tree);
    return { ok: true, rule: toRule(name, program, literal, fold, wholeWord) };
  } catch (error) {
    if (error instanceof PatternError) return refuse(error.message);
    throw error;
  }
}

function refuse(message: string): ParsedPattern {
  return { ok: false, message };
}

function toRule(
  name: string,
  program: readonly Instruction[],
  literal: string,
  fold: boolean,
  wholeWord: boolean,
): Rule {
  return {
    anchor: literalAnchor(Buffer.from(literal, "latin1"), fold),
    ahead: matchBytesMax,
    find(reading: Reading, at: number): void {
      const start = at + 1 - literal.length;
      if (wholeWord && !beginsWord(reading.bytes, start, reading.floor)) return;
      const end = longestMatch(program, reading, start);
      if (end > start)
        reading.add({ entity: "user_pattern", start, end, confidence: 0.9, rule: name });
    },
  };
}
