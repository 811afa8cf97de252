import type { ActionSummary, DecisionKind } from "@countersign/sdk/wire/action";
import type { SignName } from "../text/sign.tsx";
import { ReviewState, StateWord, type Tone } from "../text/state-word.tsx";

/** Of what was held how its review stands now. */
export function DecisionWord({
  decision,
  reviewState,
}: Pick<ActionSummary, "decision" | "reviewState">) {
  if (decision === "review" && reviewState !== null) return <ReviewState state={reviewState} />;
  const { tone, sign, word } = decisions[decision];
  return (
    <StateWord tone={tone} sign={sign}>
      {word}
    </StateWord>
  );
}

/** What was allowed is the everyday case, and quiet. */
const decisions: Readonly<
  Record<DecisionKind, { readonly tone: Tone; readonly sign: SignName; readonly word: string }>
> = {
  allow: { tone: "quiet", sign: "check", word: "Allowed" },
  deny: { tone: "red", sign: "cross", word: "Denied" },
  review: { tone: "accent", sign: "ring", word: "Held" },
};
