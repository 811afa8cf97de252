/** The parts of a text in whose place something else was sent, among its tokens. */

/** In UTF-16 code units of the text; the end is exclusive. */
export interface MaskedSpan {
  readonly start: number;
  readonly end: number;
  /** What it is, in words. */
  readonly title: string;
}

export type MaskedKind = `masked-${number}`;

interface Token<Kind extends string> {
  readonly kind: Kind;
  readonly text: string;
}

/** Put together, the tokens are the text as before; each span is one of its own, with its place in the list. */
export function maskedTokens<Kind extends string>(
  tokens: readonly Token<Kind>[],
  spans: readonly MaskedSpan[],
): readonly Token<Kind | MaskedKind>[] {
  if (spans.length === 0) return tokens;
  const text = tokens.map((token) => token.text).join("");
  const cuts = orderedSpans(spans, text);
  const result: Token<Kind | MaskedKind>[] = [];
  let next = 0;
  let at = 0;
  let end = 0;
  for (const token of tokens) {
    end += token.text.length;
    while (at < end) {
      const cut = cuts[next];
      if (cut === undefined || cut.start >= end) {
        result.push({ kind: token.kind, text: text.slice(at, end) });
        at = end;
      } else if (at < cut.start) {
        result.push({ kind: token.kind, text: text.slice(at, cut.start) });
        at = cut.start;
      } else {
        // It may reach over several tokens, of which it takes all or a part.
        result.push({ kind: `masked-${cut.index}`, text: text.slice(cut.start, cut.end) });
        at = cut.end;
        next += 1;
      }
    }
  }
  return result;
}

export function maskedIndex(kind: string): number | null {
  return kind.startsWith("masked-") ? Number(kind.slice("masked-".length)) : null;
}

/** Of the beginning of a text those that are wholly in it; what overlaps is left to the first. */
function orderedSpans(spans: readonly MaskedSpan[], text: string) {
  const inOrder = spans
    .map(({ start, end }, index) => ({ start, end, index }))
    .filter(({ start, end }) => start >= 0 && start < end && end <= text.length)
    .filter(({ start, end }) => !isWithinPair(text, start) && !isWithinPair(text, end))
    .toSorted((one, other) => one.start - other.start);
  let last = 0;
  return inOrder.filter(({ start, end }) => {
    if (start < last) return false;
    last = end;
    return true;
  });
}

/** No piece of the page may part a character. */
function isWithinPair(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(0, at - 1), at + 1));
}
