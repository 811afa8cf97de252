/**
 * Cuts a file into its policies, by the comments, strings and semicolons of Cedar's own lexer.
 *
 * Guarantees that only white space and comments lie outside the pieces, so that a file that can be read
 * in part is never obeyed in part, and each problem can be told with its line. It also measures what
 * Cedar does not bound: text that is nested or chained too deeply breaks its evaluator for good.
 */
export interface PolicyPiece {
  readonly text: string;
  /** Where it starts in the file, in UTF-16 units. */
  readonly offset: number;
  /** Words and signs, without strings, commas and comments. */
  readonly tokens: number;
  readonly nesting: number;
  /** Where in the file each annotation's `@` stands. */
  readonly annotationOffsets: ReadonlyMap<string, number>;
}

export function splitPolicies(text: string): readonly PolicyPiece[] {
  const pieces: PolicyPiece[] = [];
  let open = openPiece();
  for (const match of text.matchAll(token)) {
    const { blank, word, sign } = match.groups as TokenGroups;
    if (blank !== undefined) continue;
    if (open.offset === null) open.offset = match.index;
    if (word !== undefined && open.at !== null) open.annotations.set(word, open.at);
    open.at = sign === "@" && open.nesting === 0 ? match.index : null;
    if (word !== undefined || (sign !== undefined && sign !== ",")) open.tokens += 1;
    if (sign !== undefined && opening.includes(sign)) open.nesting += 1;
    if (sign !== undefined && closing.includes(sign)) open.nesting -= 1;
    open.nestingMax = Math.max(open.nestingMax, open.nesting);
    if (sign === ";") {
      pieces.push(closePiece(open, open.offset, text.slice(open.offset, match.index + 1)));
      open = openPiece();
    }
  }
  if (open.offset !== null) {
    pieces.push(closePiece(open, open.offset, text.slice(open.offset).trimEnd()));
  }
  return pieces;
}

/**
 * Cedar's tokens. A comment ends at a carriage return too. A string that never closes swallows the rest,
 * and Cedar then refuses the piece; so does any other sign that it does not know.
 */
const token =
  /(?<blank>\p{White_Space}+|\/\/[^\r\n]*)|(?<string>"(?:\\.|[^"\\])*(?:"|$))|(?<word>[\p{L}\p{N}_]+)|(?<sign>::|&&|\|\||[=!<>]=|.)/gsu;

const opening = ["(", "[", "{"];
const closing = [")", "]", "}"];

interface TokenGroups {
  readonly blank?: string;
  readonly string?: string;
  readonly word?: string;
  readonly sign?: string;
}

interface OpenPiece {
  offset: number | null;
  tokens: number;
  nesting: number;
  nestingMax: number;
  /** The position of an `@` that the next word belongs to. */
  at: number | null;
  readonly annotations: Map<string, number>;
}

function openPiece(): OpenPiece {
  return { offset: null, tokens: 0, nesting: 0, nestingMax: 0, at: null, annotations: new Map() };
}

function closePiece(open: OpenPiece, offset: number, text: string): PolicyPiece {
  const { tokens, nestingMax, annotations } = open;
  return { text, offset, tokens, nesting: nestingMax, annotationOffsets: annotations };
}
