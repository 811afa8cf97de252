/** A state: always a word with a sign, never a colour alone. */
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import { Sign, type SignName } from "./sign.tsx";
import styles from "./state-word.module.css";

export type Tone = "quiet" | "accent" | "green" | "red" | "amber";

export function StateWord({
  tone,
  sign,
  children,
}: {
  readonly tone: Tone;
  readonly sign: SignName;
  readonly children: string;
}) {
  return (
    <span className={styles.state} data-tone={tone}>
      <Sign name={sign} /> {children}
    </span>
  );
}

/** `voidedBy` where that is known. */
export function ReviewState({
  state,
  voidedBy = null,
}: Pick<ReviewSummary, "state"> & Partial<Pick<ReviewSummary, "voidedBy">>) {
  const { tone, sign, word } = states[state];
  return (
    <StateWord tone={tone} sign={sign}>
      {voidedBy === null ? word : voidedWords[voidedBy]}
    </StateWord>
  );
}

const states: Readonly<
  Record<
    ReviewSummary["state"],
    { readonly tone: Tone; readonly sign: SignName; readonly word: string }
  >
> = {
  pending: { tone: "accent", sign: "ring", word: "Waiting" },
  approved: { tone: "green", sign: "check", word: "Approved" },
  denied: { tone: "red", sign: "cross", word: "Denied" },
  changes_requested: { tone: "amber", sign: "back", word: "Changes requested" },
  expired: { tone: "quiet", sign: "clock", word: "Expired" },
  cancelled: { tone: "quiet", sign: "dash", word: "Cancelled" },
  voided: { tone: "red", sign: "cross", word: "Voided" },
};

const voidedWords = { policy: "Voided by policy", rejection: "Tool rejected" } as const;
