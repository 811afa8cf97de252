/** What became of a call that was sent: nothing of it is committed or rolled back, as far as anybody here can tell. */
import { callDetailText, callFailedText, toolError } from "@countersign/sdk/call-outcome-text";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { SignName } from "../text/sign.tsx";
import type { Tone } from "../text/state-word.tsx";

/** What became of a review, as it is told. */
export interface Outcome {
  readonly tone: Tone;
  readonly sign: SignName;
  readonly title: string;
  readonly text: string;
}

/** Null where it is told as that of a statement is. */
export function callOutcome({
  state,
  detail,
}: NonNullable<ReviewDetail["execution"]>): Outcome | null {
  const said = callDetailText(detail);
  const clause = said === null ? "" : ` ${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
  if (state === "executed" && detail === toolError) {
    return {
      tone: "amber",
      sign: "warning",
      title: "Done, with an error",
      text: "It ran, and its tool reports an error: the agent was given it. What it did all the same only the tool knows.",
    };
  }
  if (state === "executed") {
    const text = `It ran, and the agent was given the answer.${clause}`;
    return { tone: "green", sign: "check", title: "Done", text };
  }
  if (state !== "failed") return null;
  return {
    tone: "red",
    sign: "cross",
    title: "Failed",
    text: `${callFailedText(detail)}${clause}`,
  };
}
