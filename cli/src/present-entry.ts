/** A review as one entry of a list in a terminal. */
import { callLine } from "@countersign/sdk/call-tree";
import { signText } from "@countersign/sdk/signs-text";
import { visible, visibleLines } from "@countersign/sdk/visible";
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import { cut, duration, paint, type Terminal } from "./layout.ts";
import { plural, quorumText, timeLeft, whose } from "./review-words.ts";
import { countLines, firstBytes } from "./shown-part.ts";

/** More than fills the one line that an entry has. */
const entryBytesMax = 4 * 1024;

/** Which, what in words, what to look out for where there is something, whose, what. */
export function presentEntry(review: ReviewSummary, now: number, terminal: Terminal): string {
  const isCall = review.verb.startsWith("mcp.");
  const command = isCall ? callLine(review.command) : review.command;
  const beginning = firstBytes(command, entryBytesMax);
  const lines = visibleLines(beginning).map((line) => line.trim());
  const first = lines.find((line) => line !== "") ?? "";
  const rest = countLines(command) - 1;
  const more = rest === 0 ? "" : ` (+${rest} ${plural("line", rest)})`;
  const width = terminal.columns - 4;
  const age = `${duration(now - Date.parse(review.openedAt))} ago`;
  const signs = review.signs.map(signText).join("; ");
  return [
    `${paint(terminal, "bold", visible(review.id))}  ${age}, ${timeLeft(review, now)}`,
    `  ${cut(visible(review.headline), width)}`,
    ...(signs === "" ? [] : [`  ${paint(terminal, ["bold", "yellow"], cut(`! ${signs}`, width))}`]),
    `  ${cut(`${whose(review)}  ${quorumText(review.quorum)}`, width)}`,
    `  | ${cut(first, width - more.length)}${more}`,
    "",
  ].join("\n");
}
