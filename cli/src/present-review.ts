/** A review as a person reads it in a terminal. What others wrote in it is made visible here. */

import { callDetailText } from "@countersign/sdk/call-outcome-text";
import { callLine } from "@countersign/sdk/call-tree";
import {
  approvedRowsText,
  effectText,
  exceedsLimit,
  rowLimitText,
} from "@countersign/sdk/effect-text";
import { callText, upstreamText } from "@countersign/sdk/facts-text";
import { readsBesides, readsWarning, readText } from "@countersign/sdk/reads-text";
import { signText } from "@countersign/sdk/signs-text";
import { besidesText, relationText } from "@countersign/sdk/touched-text";
import { transactionText } from "@countersign/sdk/transaction-text";
import { visible, visibleLines } from "@countersign/sdk/visible";
import type { Effect, OpenTransaction, Touched } from "@countersign/sdk/wire/effect";
import type {
  GivenOverride,
  GivenVerdict,
  QuorumGroup,
  ReviewDetail,
  ReviewSummary,
} from "@countersign/sdk/wire/review";
import { clockTime, cut, duration, field, paint, type Terminal } from "./layout.ts";
import { maskedRows } from "./masked-text.ts";
import { presentAgentReason } from "./present-agent-reason.ts";
import { presentAsked, presentCommand, presentData, presentSample } from "./present-command.ts";
import { countLines, firstBytes, shownPartOf } from "./shown-part.ts";

/** As much of a digest as a person is shown to type. */
export const digestShownChars = 12;

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
    ["runs at", visible(upstreamText(review.upstream))],
    ["facts", `${review.verbs.map(visible).join(", ")}: ${effects(facts)}`],
    ...calledRows(review),
    ...(review.effect === null ? [] : [row("effect", effectLine(review.effect, ago))]),
    ...(review.touched === null ? [] : touchedRows(review.touched)),
    ...(facts.family === "mcp" ? [] : limitRows(review)),
    ...maskedRows(review),
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
              : `none waits; the same ${review.facts.family === "mcp" ? "call, made" : "statement, sent"} again, picks it up`,
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
    ...(execution === null ? [] : [row("outcome", outcomeText(review, execution))]),
    ["action", visible(review.actionId)],
    ["digest", shown.missing.length === 0 ? visible(review.digest) : `with the whole: ${showAll}`],
  ];
  const linesMax = all ? Number.POSITIVE_INFINITY : undefined;
  return [
    `${paint(terminal, "bold", visible(review.id))}  ${heading}\n\n`,
    presentCommand(review, shown, terminal),
    presentData(review, terminal),
    presentAsked(review, terminal),
    `${presentAgentReason(review, terminal)}\n`,
    ...rows.map(([name, text]) => field(name, text, terminal.columns, linesMax)),
    presentSample(review, terminal),
  ].join("");
}

/** What its tool says to models, and what its agent has read before. */
function calledRows({ flags, reads }: ReviewDetail): readonly (readonly [string, string])[] {
  const warning = reads === null ? null : readsWarning(reads);
  const besides = reads === null ? "" : readsBesides(reads);
  return [
    ...flags.map(({ what, at, words }) => {
      const where = at === "" ? "" : ` in ${visible(at)}`;
      return row("its tool", `${visible(what)}${where}: ${visible(words)}`);
    }),
    ...(warning === null ? [] : [row("beware", visible(warning))]),
    ...(reads?.from ?? []).map((read) =>
      row("has read", `${visible(readText(read))}; since ${clockTime(read.since)}`),
    ),
    ...(besides === "" ? [] : [row("has read", visible(besides))]),
  ];
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

export function outcomeText(
  { facts }: Pick<ReviewDetail, "facts">,
  { state, detail: given }: NonNullable<ReviewDetail["execution"]>,
): string {
  const detail = facts.family === "mcp" ? callDetailText(given) : given;
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

function timeLeft({ state, voidedBy, expiresAt }: ReviewSummary, now: number): string {
  if (voidedBy === "rejection") return "voided, its tool was rejected";
  if (state !== "pending") return stateText(state);
  const left = Date.parse(expiresAt) - now;
  return left > 0 ? `${duration(left)} left` : "expired";
}

function effects(facts: ReviewDetail["facts"]): string {
  if (facts.family === "mcp") return visible(callText(facts));
  const { kinds, reads, writes, functions, filtered, maskedUse, opaque } = facts;
  if (opaque !== null) return `can't be read (${visible(opaque)})`;
  const list = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${what} ${names.map(visible).join(", ")}`];
  return [
    kinds.map(visible).join(", "),
    ...list("reads", reads),
    ...list("writes", writes),
    ...list("calls", functions),
    ...(filtered ? [] : ["has no filter"]),
    ...(maskedUse ? ["uses a masked column for more than to return it"] : []),
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
