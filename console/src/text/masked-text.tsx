/** Text that others wrote, of which parts are masked: each stands there as a chip that says what it is. */
import { memo, useMemo } from "react";
import { type MaskedSpan, maskedIndex, maskedTokens } from "./masked-tokens.ts";
import { ShownText } from "./shown-text.tsx";
import styles from "./text.module.css";

export const noSpans: readonly MaskedSpan[] = [];

export const MaskedText = memo(function MaskedText({
  text,
  masked,
}: {
  readonly text: string;
  readonly masked: readonly MaskedSpan[];
}) {
  const tokens = useMemo(() => maskedTokens([{ kind: "other", text }], masked), [text, masked]);
  return tokens.map(({ kind, text: part }, at) => {
    const index = maskedIndex(kind);
    if (index === null) return <ShownText key={at} text={part} />;
    return <MaskedChip key={at} text={part} title={masked[index]?.title ?? ""} />;
  });
});

/** What is copied of it is what stands there. */
export function MaskedChip({ text, title }: { readonly text: string; readonly title: string }) {
  return (
    <span className={styles.masked} data-masked title={title}>
      <ShownText text={text} />
    </span>
  );
}
