/**
 * A command as numbered lines of pieces: the colours of its tokens and the marks of its hidden characters at
 * once.
 *
 * Guarantees that the pieces, in order, with a line feed between lines, are the command: no character is
 * dropped, moved or left to hide.
 */
import { visibleSegments } from "@countersign/sdk/visible";
import type { SqlTokenKind } from "./sql-tokens.ts";

/** Put together, tokens are the text, and part no character. */
interface Token<Kind extends string> {
  readonly kind: Kind;
  readonly text: string;
}

export type Piece<Kind extends string = SqlTokenKind> =
  | Token<Kind>
  | { readonly kind: "mark"; readonly codePoint: string; readonly name: string };

export type CommandLine<Kind extends string = SqlTokenKind> = readonly Piece<Kind>[];

export function commandLines<Kind extends string>(
  command: string,
  tokens: readonly Token<Kind>[],
): readonly CommandLine<Kind>[] {
  const lines: Piece<Kind>[][] = [[]];
  const add = (piece: Piece<Kind>) => lines.at(-1)?.push(piece);
  const take = tokenTaker(tokens);
  for (const segment of visibleSegments(command, "line feeds and tabs")) {
    if (segment.kind === "mark") {
      take(String.fromCodePoint(Number.parseInt(segment.codePoint.slice(2), 16)).length);
      add(segment);
      continue;
    }
    for (const { kind, text } of take(segment.text.length)) {
      for (const [index, line] of text.split("\n").entries()) {
        if (index > 0) lines.push([]);
        if (line !== "") add({ kind, text: line });
      }
    }
  }
  return lines;
}

/** Hands out the next so many characters of the tokens, in parts that each have one kind. */
function tokenTaker<Kind extends string>(
  tokens: readonly Token<Kind>[],
): (length: number) => readonly Token<Kind>[] {
  let index = 0;
  let used = 0;
  return (length) => {
    const taken: Token<Kind>[] = [];
    let left = length;
    while (left > 0) {
      const token = tokens[index];
      if (token === undefined) throw new Error("The tokens are shorter than the text.");
      const text = token.text.slice(used, used + left);
      taken.push({ kind: token.kind, text });
      left -= text.length;
      used += text.length;
      if (used === token.text.length) {
        index += 1;
        used = 0;
      }
    }
    return taken;
  };
}
