/**
 * How much of an action is shown unless all of it is asked for.
 *
 * Guarantees that what is cut says so: a digest to approve by is given with the whole action alone.
 */
import type { Parameter } from "@countersign/sdk/wire/content";
import type { ReviewDetail } from "@countersign/sdk/wire/review";

/** Of the command, and of its parameters together. */
export const shownBytesMax = 64 * 1024;
export const shownLinesMax = 500;
export const shownParametersMax = 500;

type Runs = Pick<ReviewDetail, "command" | "parameters">;

export interface ShownPart extends Runs {
  /** What is not there, in sentences; none where the whole is shown. */
  readonly missing: readonly string[];
}

export function shownPartOf({ command, parameters }: Runs): ShownPart {
  const shown = firstBytes(firstLines(command, shownLinesMax), shownBytesMax);
  const values = firstValues(parameters);
  return {
    command: shown,
    parameters: values,
    missing: [...missingCommand(command, shown), ...missingValues(parameters, values)],
  };
}

export function isShownWhole(review: Runs): boolean {
  return shownPartOf(review).missing.length === 0;
}

/** Without making a million lines of a text of which few are needed. */
export function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

function firstLines(text: string, linesMax: number): string {
  let at = -1;
  for (let count = 0; count < linesMax; count += 1) {
    at = text.indexOf("\n", at + 1);
    if (at < 0) return text;
  }
  return text.slice(0, at);
}

/** Never within a character. */
export function firstBytes(text: string, bytesMax: number): string {
  // A code unit takes three bytes at most, so that no more has to be measured.
  if (3 * text.length <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text;
  const { read } = new TextEncoder().encodeInto(text.toWellFormed(), new Uint8Array(bytesMax));
  return text.slice(0, read);
}

function firstValues(parameters: readonly Parameter[]): readonly Parameter[] {
  const values: Parameter[] = [];
  let bytesLeft = shownBytesMax;
  for (const parameter of parameters.slice(0, shownParametersMax)) {
    if (bytesLeft <= 0) break;
    const text = parameter.text === null ? null : firstBytes(parameter.text, bytesLeft);
    values.push({ ...parameter, text });
    bytesLeft = text === parameter.text ? bytesLeft - Buffer.byteLength(text ?? "") : 0;
  }
  return values;
}

function missingCommand(command: string, shown: string): readonly string[] {
  if (shown === command) return [];
  const [lines, all] = [countLines(shown), countLines(command)];
  const ofLines = lines === all ? "" : `, ${lines} of its ${all} lines`;
  return [
    `Only the first ${shown.length} of its ${command.length} characters are shown${ofLines}.`,
  ];
}

function missingValues(all: readonly Parameter[], shown: readonly Parameter[]): readonly string[] {
  const cut = shown.findIndex(({ text }, at) => text !== all[at]?.text);
  return [
    ...(shown.length === all.length
      ? []
      : [`Only the first ${shown.length} of its ${all.length} parameters are shown.`]),
    ...(cut === -1
      ? []
      : [
          `Of parameter $${cut + 1} only the first ${shown[cut]?.text?.length} of ${all[cut]?.text?.length} characters are shown.`,
        ]),
  ];
}
