import type { Ref } from "react";
import styles from "./edit.module.css";

/** Text that a machine reads: nothing corrects, completes or underlines it. */
export function CodeField({
  id,
  value,
  rows = 1,
  describedBy,
  onText,
  ref,
}: {
  readonly id: string;
  readonly value: string;
  readonly rows?: number;
  readonly describedBy?: string;
  readonly onText: (text: string) => void;
  readonly ref?: Ref<HTMLTextAreaElement>;
}) {
  return (
    <textarea
      id={id}
      ref={ref}
      className={styles.code}
      rows={rows}
      dir="ltr"
      spellCheck={false}
      autoCapitalize="off"
      autoComplete="off"
      autoCorrect="off"
      value={value}
      aria-describedby={describedBy}
      onChange={({ target }) => onText(target.value)}
    />
  );
}
