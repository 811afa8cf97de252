/** Text that others wrote, in one line, with whatever could deceive spelled out. */
import { type VisibleSegment, visibleSegments } from "@countersign/sdk/visible";
import { Fragment } from "react";
import styles from "./text.module.css";

export function ShownText({ text }: { readonly text: string }) {
  return <Segments segments={visibleSegments(text)} />;
}

export function Segments({ segments }: { readonly segments: readonly VisibleSegment[] }) {
  return segments.map((segment, index) =>
    segment.kind === "text" ? (
      <Fragment key={index}>{segment.text}</Fragment>
    ) : (
      <HiddenMark key={index} codePoint={segment.codePoint} name={segment.name} />
    ),
  );
}

/** One hidden character, as something that one can see and that a screen reader says. */
export function HiddenMark({
  codePoint,
  name,
}: {
  readonly codePoint: string;
  readonly name: string;
}) {
  return (
    <bdi className={styles.mark} title={`${name} (${codePoint})`}>
      {codePoint} {name}
    </bdi>
  );
}
