/**
 * Whether all that would run is on the screen.
 *
 * Guarantees that while any part of the command or of a parameter is left out, it is not whole.
 */
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { isShortCall } from "../call/call-part.ts";
import { countLines, isShort } from "../text/shown-part.ts";

/** Parameters shown at first. */
export const parametersShownMax = 50;

export function isShownAtOnce({ command, parameters, facts }: ReviewDetail): boolean {
  return (
    (facts.family === "mcp" ? isShortCall(command) : isShort(command)) &&
    parameters.length <= parametersShownMax &&
    parameters.every(({ text }) => text === null || isShort(text))
  );
}

/** How much "all" is. */
export function sizeText({ command, parameters, facts }: ReviewDetail): string {
  if (facts.family === "mcp") return `${count(command.length)} characters`;
  const lines = countLines(command);
  const what = [
    lines > 1 ? `${count(lines)} lines` : `${count(command.length)} characters`,
    ...(parameters.length === 0
      ? []
      : [parameters.length === 1 ? "1 parameter" : `${count(parameters.length)} parameters`]),
  ];
  return what.join(" and ");
}

function count(number: number): string {
  return number.toLocaleString();
}
