/** A review as a person reads it in a terminal. What others wrote in it is made visible here. */

import { binaryReading } from "@countersign/sdk/binary-value";
import { dataMissingText, dataText } from "@countersign/sdk/data-text";
import {
  approvedRowsText,
  effectText,
  exceedsLimit,
  rowLimitText,
} from "@countersign/sdk/effect-text";
import { rowFate, sampleText, sampleTitle } from "@countersign/sdk/sample-text";
import { besidesText, relationText } from "@countersign/sdk/touched-text";
import { transactionText } from "@countersign/sdk/transaction-text";
import { cautions, visible, visibleLines } from "@countersign/sdk/visible";
import type {
  Effect,
  GivenOverride,
  GivenVerdict,
  OpenTransaction,
  Parameter,
  QuorumGroup,
  ReviewDetail,
  ReviewSummary,
  SampleValue,
  Touched,
} from "@countersign/sdk/wire";
import { presentDifference } from "./difference.ts";
import { clockTime, cut, duration, field, paint, quote, type Terminal } from "./layout.ts";
import { countLines, firstBytes, type ShownPart, shownPartOf } from "./shown-part.ts";

/** As much of a digest as a person is shown to type. */
export const digestShownChars = 12;

/** More than fills the one line that an entry has. */
const entryBytesMax = 4 * 1024;

/** Four lines: which, what in words, whose, what. */
export function presentEntry(review: ReviewSummary, now: number, terminal: Terminal): string {
  const beginning = firstBytes(review.command, entryBytesMax);
  const lines = visibleLines(beginning).map((line) => line.trim());
  const first = lines.find((line) => line !== "") ?? "";
  const rest = countLines(review.command) - 1;
  const more = rest === 0 ? "" : ` (+${rest} ${plural("line", rest)})`;
  const width = terminal.columns - 4;
  const age = `${duration(now - Date.parse(review.openedAt))} ago`;
  return [
    `${paint(terminal, "bold", visible(review.id))}  ${age}, ${timeLeft(review, now)}`,
    `  ${cut(visible(review.headline), width)}`,
    `  ${cut(`${whose(review)}  ${quorumText(review.quorum)}`, width)}`,
    `  | ${cut(first, width - more.length)}${more}`,
    "",
  ].join("\n");
}

export interface Presentation {
  /** The state, unless whoever shows it knows better. */
  readonly heading?: string;
  /** However much it is. */
  readonly all?: boolean;
  /** What to type to see all of it. */
  readonly showAll: string;
}

/**
 * What would run first; then whose it is, why it waits, and who has said what. The digest, by which it can be
 * approved, stands with the whole action alone.
 */
export function presentReview(
  review: ReviewDetail,
  now: number,
  terminal: Terminal,
  { heading = stateText(review.state), all = false, showAll }: Presentation,
): string {
  const { facts, execution } = review;
  const shown = all ? { ...review, missing: [] } : shownPartOf(review);
  const ago = (time: string) => `${duration(now - Date.parse(time))} ago`;
  const rows: readonly (readonly [string, string])[] = [
    ["would do", visible(review.headline)],
    ["asked by", whose(review)],
    ["facts", `${review.verbs.map(visible).join(", ")}: ${effects(facts)}`],
    ...(review.effect === null ? [] : [row("effect", effectLine(review.effect, ago))]),
    ...(review.touched === null ? [] : touchedRows(review.touched)),
    ...limitRows(review),
    ...review.reasons.map(({ policy, text }) =>
      row("held by", `${visible(policy)}: ${visible(text)}`),
    ),
    ["needs", quorumText(review.quorum)],
    ["opened", `${clockTime(review.openedAt)} (${ago(review.openedAt)})`],
    ...(review.state === "pending"
      ? [
          row("expires", `${clockTime(review.expiresAt)} (${timeLeft(review, now)})`),
          row(
            "session",
            review.attached
              ? "waits for it"
              : "none waits; the same statement, sent again, picks it up",
          ),
          ...(review.transaction === null
            ? []
            : [row("open", transactionLine(review.transaction, ago))]),
        ]
      : []),
    ...(review.revision > 1 ? [row("revision", String(review.revision))] : []),
    ...(review.note === null ? [] : [row("note", visible(review.note))]),
    ...review.overrides.map((edit) => row("edit", editText(edit, ago(edit.at)))),
    ...review.verdicts.map((verdict) => row("verdict", verdictText(verdict, ago(verdict.at)))),
    ...(execution === null ? [] : [row("outcome", outcomeText(execution))]),
    ["action", visible(review.actionId)],
    ["digest", shown.missing.length === 0 ? visible(review.digest) : `with the whole: ${showAll}`],
  ];
  const linesMax = all ? Number.POSITIVE_INFINITY : undefined;
  return [
    `${paint(terminal, "bold", visible(review.id))}  ${heading}\n\n`,
    presentCommand(review, shown, terminal),
    presentData(review, terminal),
    `${presentAsked(review, terminal)}\n`,
    ...rows.map(([name, text]) => field(name, text, terminal.columns, linesMax)),
    presentSample(review, terminal),
  ].join("");
}

/** How many rows it may touch, or that no such limit could be kept. */
function limitRows({ rowLimit, uncounted, effect }: ReviewDetail) {
  if (rowLimit === null) {
    return uncounted === null ? [] : [row("limit", `none can be set. ${visible(uncounted)}`)];
  }
  const text = visible(rowLimitText(rowLimit));
  return [row("limit", exceedsLimit(effect, rowLimit) ? `${text}: it would be undone` : text)];
}

function effectLine(effect: Effect, ago: (time: string) => string): string {
  const age = effect.basis === "unknown" ? "" : ` ${ago(effect.at)}`;
  const caveat = effect.caveat === null ? "" : `. ${visible(effect.caveat)}`;
  return `${visible(effectText(effect))}${age}${caveat}`;
}

function touchedRows(touched: Touched): readonly (readonly [string, string])[] {
  const besides = besidesText(touched);
  return [
    ...(touched.relations ?? []).map((relation) => row("touches", visible(relationText(relation)))),
    ...(besides === "" ? [] : [row("touches", visible(besides))]),
  ];
}

/** Whoever lets it wait lets others wait with it. */
function transactionLine(transaction: OpenTransaction, ago: (time: string) => string): string {
  const { since } = transaction;
  const opened = since === null ? "at a time that is not known" : ago(since);
  return `a transaction, opened ${opened}; ${visible(transactionText(transaction))}`;
}

function row(name: string, text: string): readonly [string, string] {
  return [name, text];
}

/** As many as one sees without scrolling. */
const linesUnnoted = 40;

/** The command and its parameters: what a verdict is about. */
function presentCommand(
  { command, parameters }: Pick<ReviewDetail, "command" | "parameters">,
  shown: ShownPart,
  terminal: Terminal,
): string {
  const lines = countLines(command);
  const notes = [
    ...(lines > linesUnnoted ? [`It has ${lines} lines.`] : []),
    ...cautions([command, ...parameters.map(({ text }) => text ?? "")].join("\n")),
    ...shown.missing,
  ];
  const values = shown.parameters.map(valueText);
  return [
    quote(visibleLines(shown.command), terminal.columns),
    ...(values.length === 0 ? [] : ["\n  with\n", quote(values, terminal.columns)]),
    ...(notes.length === 0 ? [] : ["\n"]),
    ...notes.map((note) => `  ${paint(terminal, ["bold", "yellow"], `Note: ${note}`)}\n`),
  ].join("");
}

/** What a COPY would load: how much, which, and the first of it. */
function presentData({ data }: ReviewDetail, terminal: Terminal): string {
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
function presentSample({ effect }: ReviewDetail, terminal: Terminal): string {
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
}): readonly string[] {
  return [...visibleLines(runs.command), ...runs.parameters.map(valueText)];
}

function valueText(parameter: Parameter, at: number): string {
  const { text, format } = parameter;
  const reading = binaryReading(parameter);
  const note = reading === null ? "binary" : `binary: ${reading}`;
  const shown = text === "NULL" ? '"NULL"' : visible(text ?? "NULL");
  return `$${at + 1} = ${shown}${format === "binary" ? `  (${note})` : ""}`;
}

/** What reviewers have changed of what the caller sent. */
function presentAsked(review: ReviewDetail, terminal: Terminal): string {
  if (review.asked === null) return "";
  const [asked, runs] = [shownPartOf(review.asked), shownPartOf(review)];
  const notes = asked.missing.map((note) => `  Note: of what it sent: ${note}\n`);
  return [
    `\n  edited from what ${visible(review.principal.name)} sent\n`,
    presentDifference(runsLines(asked), runsLines(runs), terminal),
    ...notes,
  ].join("");
}

/** What to type to see the whole of a review. */
export function showAllText({ id }: Pick<ReviewDetail, "id">, command: string): string {
  return `${command} show ${visible(id)} --all`;
}

export function missingText(quorum: readonly QuorumGroup[]): string {
  return quorum
    .filter(({ needed, given }) => given.length < needed)
    .map(({ group, needed, given }) => `${needed - given.length} of ${visible(group)}`)
    .join(" and ");
}

export function outcomeText({ state, detail }: NonNullable<ReviewDetail["execution"]>): string {
  const words = outcomes[state] ?? visible(state);
  return detail === null ? words : `${words}: ${visible(detail)}`;
}

const outcomes: Readonly<Record<string, string>> = {
  claimed: "runs now",
  executed: "has run",
  executed_uncommitted: "has run, in a transaction that is still open",
  rolled_back: "has run, and was rolled back",
  failed: "failed",
  outcome_unknown: "is not known; look before anybody runs it again",
};

export function stateText(state: string): string {
  return visible(state).replaceAll("_", " ");
}

function whose({ principal, onBehalfOf, connection, environment }: ReviewSummary): string {
  const person = onBehalfOf === null ? "" : ` for ${visible(onBehalfOf)}`;
  return `${visible(principal.name)}${person} on ${visible(connection)} (${visible(environment)})`;
}

function quorumText(quorum: readonly QuorumGroup[]): string {
  return quorum
    .map(({ group, needed, given }) => {
      const by = given.length === 0 ? "" : ` (${given.map(visible).join(", ")})`;
      return `${given.length} of ${needed} ${visible(group)}${by}`;
    })
    .join(", ");
}

function timeLeft({ state, expiresAt }: ReviewSummary, now: number): string {
  if (state !== "pending") return stateText(state);
  const left = Date.parse(expiresAt) - now;
  return left > 0 ? `${duration(left)} left` : "expired";
}

function effects({
  kinds,
  reads,
  writes,
  functions,
  filtered,
  opaque,
}: ReviewDetail["facts"]): string {
  if (opaque !== null) return `can't be read (${visible(opaque)})`;
  const list = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${what} ${names.map(visible).join(", ")}`];
  return [
    kinds.map(visible).join(", "),
    ...list("reads", reads),
    ...list("writes", writes),
    ...list("calls", functions),
    ...(filtered ? [] : ["has no filter"]),
  ].join("; ");
}

function editText({ person, comment, narrows }: GivenOverride, when: string): string {
  const less = narrows ? ", to do less" : "";
  return `${visible(person)} edited it ${when}${less}: ${visible(comment)}`;
}

function verdictText(verdict: GivenVerdict, when: string): string {
  const { kind, person, assurance, comment, counts } = verdict;
  const said = comment === null ? "" : `: ${visible(comment)}`;
  const rows = approvedRowsText(verdict);
  const size = rows === null ? "" : `, ${rows}`;
  const earlier = counts ? "" : ", does not count any more";
  return `${visible(person)} ${verdictWords[kind]} ${when} (${visible(assurance)}${size}${earlier})${said}`;
}

const verdictWords: Readonly<Record<GivenVerdict["kind"], string>> = {
  approve: "approved",
  deny: "denied",
  request_changes: "asked for changes",
};

function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}
