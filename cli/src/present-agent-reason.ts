/** Why an agent says that it wants something, in a terminal: marked line by line as its own words, so that none passes for ours. */
import { cautions, visible, visibleLines } from "@countersign/sdk/visible";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { paint, quote, type Terminal } from "./layout.ts";

export function presentAgentReason(
  { agentReason, principal }: Pick<ReviewDetail, "agentReason" | "principal">,
  terminal: Terminal,
): string {
  if (agentReason === null) return "";
  const notes = cautions(agentReason);
  return [
    `\n  ${visible(principal.name)} says why, which nothing has checked\n`,
    quote(visibleLines(agentReason), terminal.columns),
    ...notes.map((note) => `  ${paint(terminal, ["bold", "yellow"], `Note: ${note}`)}\n`),
  ].join("");
}
