/**
 * The command as it would run. Long ones come in blocks that the browser lays out when they are scrolled to,
 * without colours.
 */
import { visibleLines, visibleSegments } from "@countersign/sdk/visible";
import { memo, useMemo } from "react";
import { commandLines, type Piece } from "./command-lines.ts";
import styles from "./command-view.module.css";
import { MaskedChip, noSpans } from "./masked-text.tsx";
import { type MaskedKind, type MaskedSpan, maskedIndex, maskedTokens } from "./masked-tokens.ts";
import { countLines } from "./shown-part.ts";
import { HiddenMark } from "./shown-text.tsx";
import { type SqlTokenKind, sqlTokens } from "./sql-tokens.ts";
import { textBlocks } from "./text-blocks.ts";

/** Beyond these, colours and a number at each line cost more than they tell. */
const colouredCharsMax = 60_000;
const numberedLinesMax = 2_000;
/** Of more hidden characters each is spelled out within the text. */
const chipsMax = 1_000;

export const CommandView = memo(function CommandView({
  text,
  label,
  plain = false,
  masked = noSpans,
}: {
  readonly text: string;
  readonly label: string;
  /** It is no SQL. */
  readonly plain?: boolean;
  /** Parts of it in whose place something else was sent. Of a long text they are no chips. */
  readonly masked?: readonly MaskedSpan[];
}) {
  const isLong = useMemo(() => isTooLong(text), [text]);
  return (
    // It scrolls in neither direction; a keyboard has nothing to do in it.
    <figure className={styles.command} data-plain={plain || undefined} aria-label={label}>
      {isLong ? (
        <LongText text={text} />
      ) : (
        <NumberedLines text={text} isPlain={plain} masked={masked} />
      )}
    </figure>
  );
});

function isTooLong(text: string): boolean {
  if (text.length > colouredCharsMax || countLines(text) > numberedLinesMax) return true;
  const segments = visibleSegments(text, "line feeds and tabs");
  return segments.filter(({ kind }) => kind === "mark").length > chipsMax;
}

function NumberedLines({
  text,
  isPlain,
  masked,
}: {
  readonly text: string;
  readonly isPlain: boolean;
  readonly masked: readonly MaskedSpan[];
}) {
  const lines = useMemo(() => {
    const tokens = isPlain ? [{ kind: "other", text } as const] : sqlTokens(text);
    return commandLines<SqlTokenKind | MaskedKind>(text, maskedTokens(tokens, masked));
  }, [isPlain, text, masked]);
  return (
    <ol
      className={styles.lines}
      data-digits={String(lines.length).length}
      data-single={lines.length === 1 || undefined}
    >
      {lines.map((line, index) => (
        <li key={index}>
          <code>
            {line.map((piece, at) => (
              <PieceView key={at} piece={piece} masked={masked} />
            ))}
          </code>
        </li>
      ))}
    </ol>
  );
}

function PieceView({
  piece,
  masked,
}: {
  readonly piece: Piece<SqlTokenKind | MaskedKind>;
  readonly masked: readonly MaskedSpan[];
}) {
  if (piece.kind === "mark") return <HiddenMark codePoint={piece.codePoint} name={piece.name} />;
  if (piece.kind === "other") return piece.text;
  const index = maskedIndex(piece.kind);
  if (index !== null) return <MaskedChip text={piece.text} title={masked[index]?.title ?? ""} />;
  return <span data-kind={piece.kind}>{piece.text}</span>;
}

function LongText({ text }: { readonly text: string }) {
  const blocks = useMemo(() => textBlocks(text), [text]);
  return blocks.map(({ firstLine, blocksBefore, text: part }) => (
    <div key={`${firstLine}:${blocksBefore}`} className={styles.block}>
      <span className={styles.blockName}>
        {blocksBefore === 0 ? `Line ${firstLine}` : `Line ${firstLine}, continued`}
      </span>
      <pre>{visibleLines(part).join("\n")}</pre>
    </div>
  ));
}
