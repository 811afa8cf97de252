/**
 * What an edit changes. What goes and what comes is told by a sign, by a word for those who hear it, and by
 * colour; hidden characters are spelled out as everywhere.
 *
 * Guarantees that nothing of what changed is left out. Of what stays the same, long stretches are folded.
 */
import { useMemo } from "react";
import { commandLines, type Piece } from "./command-lines.ts";
import styles from "./difference.module.css";
import { type DifferenceLine, type DifferencePart, differenceOf } from "./difference.ts";
import { HiddenMark } from "./shown-text.tsx";

/** Unchanged lines that stay in sight before and after a change. */
const nearLines = 3;
const foldedLinesMin = 4;

export function DifferenceView({
  before,
  after,
  label,
}: {
  readonly before: string;
  readonly after: string;
  readonly label: string;
}) {
  const runs = useMemo(() => runsOf(differenceOf(before, after)), [before, after]);
  return (
    <figure className={styles.difference} aria-label={label}>
      {runs.map(({ isFolded, lines }, index) =>
        isFolded ? (
          <details key={index} className={styles.folded}>
            <summary>{lines.length.toLocaleString()} lines stay the same</summary>
            <Lines lines={lines} />
          </details>
        ) : (
          <Lines key={index} lines={lines} />
        ),
      )}
    </figure>
  );
}

interface Run {
  readonly isFolded: boolean;
  readonly lines: readonly DifferenceLine[];
}

function runsOf(lines: readonly DifferenceLine[]): readonly Run[] {
  const isNear = new Uint8Array(lines.length);
  for (const [at, { kind }] of lines.entries()) {
    if (kind !== "same") isNear.fill(1, Math.max(0, at - nearLines), at + nearLines + 1);
  }
  const runs: Run[] = [];
  for (let from = 0; from < lines.length; ) {
    let to = from;
    while (to < lines.length && isNear[to] === isNear[from]) to += 1;
    const isFolded = isNear[from] === 0 && to - from >= foldedLinesMin;
    runs.push({ isFolded, lines: lines.slice(from, to) });
    from = to;
  }
  return runs;
}

function Lines({ lines }: { readonly lines: readonly DifferenceLine[] }) {
  return (
    <ol className={styles.lines}>
      {lines.map((line, index) => (
        <li key={index} data-kind={line.kind}>
          <LineView line={line} />
        </li>
      ))}
    </ol>
  );
}

function LineView({ line: { kind, parts } }: { readonly line: DifferenceLine }) {
  const text = parts.map((part) => part.text).join("");
  const pieces = useMemo(() => commandLines(text, parts).flat(), [text, parts]);
  const code = (
    <code>
      {pieces.map((piece, index) => (
        <PieceView key={index} piece={piece} />
      ))}
    </code>
  );
  if (kind === "same") return code;
  const { said, Tag } = kinds[kind];
  return (
    <Tag>
      <span className={styles.unseen}>{said}</span>
      {code}
    </Tag>
  );
}

const kinds = {
  removed: { said: "Goes: ", Tag: "del" },
  added: { said: "Comes: ", Tag: "ins" },
} as const;

function PieceView({ piece }: { readonly piece: Piece<DifferencePart["kind"]> }) {
  if (piece.kind === "mark") return <HiddenMark codePoint={piece.codePoint} name={piece.name} />;
  return piece.kind === "changed" ? <mark>{piece.text}</mark> : piece.text;
}
