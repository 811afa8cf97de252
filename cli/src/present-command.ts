/** What would run, in a terminal: the command and its values, the data that it loads, the rows that it changes. */
import { binaryReading } from "@countersign/sdk/binary-value";
import { callLines } from "@countersign/sdk/call-tree";
import { dataMissingText, dataText } from "@countersign/sdk/data-text";
import { rowFate, sampleText, sampleTitle } from "@countersign/sdk/sample-text";
import { cautions, visible, visibleLines } from "@countersign/sdk/visible";
import type { Parameter } from "@countersign/sdk/wire/content";
import type { SampleValue } from "@countersign/sdk/wire/effect";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { presentDifference } from "./difference.ts";
import { paint, quote, type Terminal } from "./layout.ts";
import { countLines, type ShownPart, shownPartOf } from "./shown-part.ts";

/** As many as one sees without scrolling. */
const linesUnnoted = 40;

/** The command and its parameters: what a verdict is about. */
export function presentCommand(
  { command, parameters, facts }: Pick<ReviewDetail, "command" | "parameters" | "facts">,
  shown: ShownPart,
  terminal: Terminal,
): string {
  const call = facts.family === "mcp" ? callLines(shown.command) : null;
  const lines = call === null ? countLines(command) : call.length;
  const notes = [
    ...(lines > linesUnnoted ? [`It has ${lines} lines.`] : []),
    ...cautions([command, ...parameters.map(({ text }) => text ?? "")].join("\n")),
    ...shown.missing,
  ];
  const values = shown.parameters.map(valueText);
  return [
    quote(call?.map(visible) ?? visibleLines(shown.command), terminal.columns),
    ...(values.length === 0 ? [] : ["\n  with\n", quote(values, terminal.columns)]),
    ...(notes.length === 0 ? [] : ["\n"]),
    ...notes.map((note) => `  ${paint(terminal, ["bold", "yellow"], `Note: ${note}`)}\n`),
  ].join("");
}

/** What a COPY would load: how much, which, and the first of it. */
export function presentData({ data }: ReviewDetail, terminal: Terminal): string {
  if (data === null) return "";
  const { sha256, columns, firstRows } = data;
  const missing = dataMissingText(data);
  const values = firstRows.flatMap((each) => each.values.map(({ text }) => text ?? ""));
  const notes = [
    ...cautions([...columns, ...values].join("\n")),
    ...(missing === null ? [] : [missing]),
  ];
  const rows = firstRows.map(({ values: shown, isCut }) => {
    const cells = shown.map((value) => cellText(value));
    return `${cells.join(" | ")}${isCut ? " … cut" : ""}`;
  });
  return [
    `\n  loads ${dataText(data)}, SHA-256 ${sha256}\n`,
    quote([columns.map((name) => cellShown(visible(name))).join(" | "), ...rows], terminal.columns),
    ...notes.map((note) => `  ${paint(terminal, ["bold", "yellow"], `Note: ${note}`)}\n`),
  ].join("");
}

/** Rows before and after, a value in a line, so that none can pass for another. */
export function presentSample({ effect }: ReviewDetail, terminal: Terminal): string {
  const sample = effect?.sample ?? null;
  if (effect === null || sample === null) return "";
  const { columns, rows } = sample;
  const shown = ({ text, isMasked, isCut }: SampleValue) =>
    `${text === null ? "NULL" : cellShown(visible(text))}${isCut ? " … cut" : ""}${isMasked ? "  (masked)" : ""}`;
  const lines = rows.flatMap((each) => [
    rowFate(each),
    ...columns.flatMap(({ name }, at) => {
      const [was, is] = [each.before?.[at], each.after?.[at]];
      const first = was ?? is;
      if (first === undefined) return [];
      const line = `  ${visible(name)}: ${shown(first)}`;
      return was !== undefined && is !== undefined && each.changed.includes(at)
        ? [line, `    becomes: ${shown(is)}`]
        : [line];
    }),
  ]);
  return [
    `\n  ${sampleTitle(sample)}: ${visible(sampleText(sample, effect))}\n`,
    quote(lines, terminal.columns),
  ].join("");
}

function cellText(value: Parameter): string {
  const reading = binaryReading(value);
  const text = value.text === null ? "NULL" : cellShown(visible(value.text));
  return reading === null ? text : `${text} (${reading})`;
}

/** In quotes where it could pass for something else: for NULL, for nothing, for two cells, for the end of a cut row. */
function cellShown(text: string): string {
  const isPlain = text !== "" && text === text.trim() && !/^NULL$|[|"…]/.test(text);
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}

/** What would run, in lines: the command, then its parameters. For the difference from another reading. */
export function runsLines(runs: {
  readonly command: string;
  readonly parameters: readonly Parameter[];
  readonly isCall?: boolean;
}): readonly string[] {
  const call = runs.isCall === true ? callLines(runs.command) : null;
  const command = call?.map(visible) ?? visibleLines(runs.command);
  return [...command, ...runs.parameters.map(valueText)];
}

function valueText(parameter: Parameter, at: number): string {
  const { text, format } = parameter;
  const reading = binaryReading(parameter);
  const note = reading === null ? "binary" : `binary: ${reading}`;
  const shown = text === "NULL" ? '"NULL"' : visible(text ?? "NULL");
  return `$${at + 1} = ${shown}${format === "binary" ? `  (${note})` : ""}`;
}

/** What reviewers have changed of what the caller sent. */
export function presentAsked(review: ReviewDetail, terminal: Terminal): string {
  if (review.asked === null) return "";
  const [asked, runs] = [shownPartOf(review.asked), shownPartOf(review)];
  const isCall = review.facts.family === "mcp";
  const notes = asked.missing.map((note) => `  Note: of what it sent: ${note}\n`);
  return [
    `\n  edited from what ${visible(review.principal.name)} sent\n`,
    presentDifference(runsLines({ ...asked, isCall }), runsLines({ ...runs, isCall }), terminal),
    ...notes,
  ].join("");
}
