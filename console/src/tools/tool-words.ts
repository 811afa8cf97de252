/** What is known of a tool, in a word with its tone. */
import type { Tool, ToolSummary } from "@countersign/sdk/wire/tool";
import type { SignName } from "../text/sign.tsx";
import type { Tone } from "../text/state-word.tsx";

export interface ToolWord {
  readonly tone: Tone;
  readonly sign: SignName;
  readonly word: string;
}

export function stateWord({ state, flags }: Pick<ToolSummary, "state" | "flags">): ToolWord {
  switch (state) {
    case "changed":
      return { tone: "amber", sign: "warning", word: "Changed" };
    case "rejected":
      return { tone: "red", sign: "cross", word: "Rejected" };
    case "first":
      return flags > 0
        ? { tone: "amber", sign: "warning", word: "Not accepted" }
        : { tone: "quiet", sign: "ring", word: "Not used yet" };
    case "unknown":
      return { tone: "quiet", sign: "dash", word: "Not listed" };
    case "pinned":
      return { tone: "green", sign: "check", word: "Pinned" };
  }
}

export const classWords: Readonly<Record<ToolSummary["toolClass"], string>> = {
  read: "reads",
  write: "changes data",
  destructive: "may destroy data",
  send: "can send data out",
  unknown: "not known what it does",
};

/** What has to be looked at stands first. */
export function inOrder(tools: readonly ToolSummary[]): readonly ToolSummary[] {
  const rank = ({ state, flags }: ToolSummary) =>
    state === "changed" ? 0 : flags > 0 || state === "rejected" ? 1 : 2;
  return tools.toSorted((one, other) => rank(one) - rank(other));
}

/** Of one place of a definition: a text as it is, anything else as JSON. */
export function placeText(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

export function needsJudging({ state, flags }: Pick<Tool, "state" | "flags">): boolean {
  return state === "changed" || state === "rejected" || (state === "first" && flags > 0);
}
