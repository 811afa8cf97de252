/** A review as a person reads it in a terminal. What others wrote in it is made visible here. */
import { exceedsLimit, rowLimitText } from "@countersign/sdk/effect-text";
import { upstreamText } from "@countersign/sdk/facts-text";
import { readsBesides, readsWarning, readText } from "@countersign/sdk/reads-text";
import { besidesText, relationText } from "@countersign/sdk/touched-text";
import { visible } from "@countersign/sdk/visible";
import type { Touched } from "@countersign/sdk/wire/effect";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { clockTime, duration, field, paint, type Terminal } from "./layout.ts";
import { maskedRows } from "./masked-text.ts";
import { presentAgentReason } from "./present-agent-reason.ts";
import { presentAsked, presentCommand, presentData, presentSample } from "./present-command.ts";
import {
  editText,
  effectLine,
  effects,
  outcomeText,
  quorumText,
  stateText,
  timeLeft,
  transactionLine,
  verdictText,
  whose,
} from "./review-words.ts";
import { shownPartOf } from "./shown-part.ts";

/** As much of a digest as a person is shown to type. */
export const digestShownChars = 12;

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

function touchedRows(touched: Touched): readonly (readonly [string, string])[] {
  const besides = besidesText(touched);
  return [
    ...(touched.relations ?? []).map((relation) => row("touches", visible(relationText(relation)))),
    ...(besides === "" ? [] : [row("touches", visible(besides))]),
  ];
}

function row(name: string, text: string): readonly [string, string] {
  return [name, text];
}

/** What to type to see the whole of a review. */
export function showAllText({ id }: Pick<ReviewDetail, "id">, command: string): string {
  return `${command} show ${visible(id)} --all`;
}
