/** A command in which something was replaced, and where: made from its beginning to its end, span by span. */
import type { Entity } from "#/core/entity.ts";
import type { LiteralSpan } from "#/core/facts.ts";
import type { Masked } from "#/masking/mask-text.ts";

export interface MaskedCommand {
  readonly text: string;
  readonly replaced: readonly ReplacedSpan[];
}

/** A literal, a comment or a call's key in which something was replaced, and what. */
export interface ReplacedSpan {
  /** In bytes of the command as it was. */
  readonly start: number;
  readonly end: number;
  /** In UTF-16 code units of the text that stands instead. */
  readonly shownStart: number;
  readonly shownEnd: number;
  readonly kind: LiteralSpan["kind"] | "comment" | "key";
  readonly column: string | null;
  readonly entities: readonly Entity[];
}

export type Span = Pick<ReplacedSpan, "start" | "end" | "kind" | "column">;

export interface Rewriting {
  /** What stands there in the command. */
  readonly written: (span: Span) => string;
  /** Where in the command the last span ends that was replaced. */
  readonly replacedUpTo: () => number;
  /** Spans come in their order. Where nothing was masked, what is written stays. */
  readonly put: (span: Span, masked: Masked) => void;
  readonly end: () => MaskedCommand;
}

export function rewrite(bytes: Buffer): Rewriting {
  const replaced: ReplacedSpan[] = [];
  let text = "";
  let last = 0;
  return {
    written: ({ start, end }) => bytes.toString("utf8", start, end),
    replacedUpTo: () => last,
    put({ start, end, kind, column }, masked) {
      if (masked.entities.length === 0) return;
      text += bytes.toString("utf8", last, start);
      const [shownStart, shownEnd] = [text.length, text.length + masked.text.length];
      text += masked.text;
      replaced.push({ start, end, shownStart, shownEnd, kind, column, entities: masked.entities });
      last = end;
    },
    end: () => ({ text: text + bytes.toString("utf8", last), replaced }),
  };
}
