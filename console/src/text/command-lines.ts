/**
 * A command as numbered lines of pieces: the colours of its tokens and the marks of its hidden characters at
 * once.
 *
 * Guarantees that the pieces, in order, with a line feed between lines, are the command: no character is
 * dropped, moved or left to hide.
 */
import { visibleSegments } from "@countersign/sdk/visible";
import type { SqlToken, SqlTokenKind } from "./sql-tokens.ts";

export type Piece =
  | { readonly kind: SqlTokenKind; readonly text: string }
  | { readonly kind: "mark"; readonly codePoint: string; readonly name: string };

export type CommandLine = readonly Piece[];

export function commandLines(command: string, tokens: readonly SqlToken[]): readonly CommandLine[] {
  const lines: Piece[][] = [[]];
  const add = (piece: Piece) => lines.at(-1)?.push(piece);
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
function tokenTaker(tokens: readonly SqlToken[]): (length: number) => readonly SqlToken[] {
  let index = 0;
  let used = 0;
  return (length) => {
    const taken: SqlToken[] = [];
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
