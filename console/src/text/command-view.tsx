/**
 * The command as it would run. Long ones come in blocks that the browser lays out when they are scrolled to,
 * without colours.
 */
import { visibleLines, visibleSegments } from "@countersign/sdk/visible";
import { memo, useMemo } from "react";
import { commandLines, type Piece } from "./command-lines.ts";
import styles from "./command-view.module.css";
import { countLines } from "./shown-part.ts";
import { HiddenMark } from "./shown-text.tsx";
import { sqlTokens } from "./sql-tokens.ts";
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
}: {
  readonly text: string;
  readonly label: string;
  /** It is no SQL. */
  readonly plain?: boolean;
}) {
  const isLong = useMemo(() => isTooLong(text), [text]);
  return (
    // It scrolls in neither direction; a keyboard has nothing to do in it.
    <figure className={styles.command} data-plain={plain || undefined} aria-label={label}>
      {isLong ? <LongText text={text} /> : <NumberedLines text={text} isPlain={plain} />}
    </figure>
  );
});

function isTooLong(text: string): boolean {
  if (text.length > colouredCharsMax || countLines(text) > numberedLinesMax) return true;
  const segments = visibleSegments(text, "line feeds and tabs");
  return segments.filter(({ kind }) => kind === "mark").length > chipsMax;
}

function NumberedLines({ text, isPlain }: { readonly text: string; readonly isPlain: boolean }) {
  const lines = useMemo(
    () => commandLines(text, isPlain ? [{ kind: "other", text }] : sqlTokens(text)),
    [isPlain, text],
  );
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
              <PieceView key={at} piece={piece} />
            ))}
          </code>
        </li>
      ))}
    </ol>
  );
}

function PieceView({ piece }: { readonly piece: Piece }) {
  if (piece.kind === "mark") return <HiddenMark codePoint={piece.codePoint} name={piece.name} />;
  if (piece.kind === "other") return piece.text;
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
