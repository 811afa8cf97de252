/** A state: always a word with a sign, never a colour alone. */
import type { ReviewSummary } from "@countersign/sdk/wire";
import styles from "./state-word.module.css";

export type Tone = "quiet" | "accent" | "green" | "red" | "amber";

export function StateWord({
  tone,
  sign,
  children,
}: {
  readonly tone: Tone;
  readonly sign: string;
  readonly children: string;
}) {
  return (
    <span className={styles.state} data-tone={tone}>
      <span aria-hidden="true">{sign}</span> {children}
    </span>
  );
}

export function ReviewState({ state }: Pick<ReviewSummary, "state">) {
  const { tone, sign, word } = states[state];
  return (
    <StateWord tone={tone} sign={sign}>
      {word}
    </StateWord>
  );
}

const states: Readonly<
  Record<
    ReviewSummary["state"],
    { readonly tone: Tone; readonly sign: string; readonly word: string }
  >
> = {
  pending: { tone: "accent", sign: "○", word: "Waiting" },
  approved: { tone: "green", sign: "✓", word: "Approved" },
  denied: { tone: "red", sign: "✕", word: "Denied" },
  changes_requested: { tone: "amber", sign: "↺", word: "Changes requested" },
  expired: { tone: "quiet", sign: "◷", word: "Expired" },
  cancelled: { tone: "quiet", sign: "–", word: "Cancelled" },
  voided: { tone: "red", sign: "✕", word: "Voided by policy" },
};
