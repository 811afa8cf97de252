/** What a review's parts are in words, as the command line says them. What others wrote is made visible here. */
import { callDetailText } from "@countersign/sdk/call-outcome-text";
import { approvedRowsText, effectText } from "@countersign/sdk/effect-text";
import { callText } from "@countersign/sdk/facts-text";
import { transactionText } from "@countersign/sdk/transaction-text";
import { visible } from "@countersign/sdk/visible";
import type { Effect, OpenTransaction } from "@countersign/sdk/wire/effect";
import type {
  GivenOverride,
  GivenVerdict,
  QuorumGroup,
  ReviewDetail,
  ReviewSummary,
} from "@countersign/sdk/wire/review";
import { duration } from "./layout.ts";

export function effectLine(effect: Effect, ago: (time: string) => string): string {
  const age = effect.basis === "unknown" ? "" : ` ${ago(effect.at)}`;
  const caveat = effect.caveat === null ? "" : `. ${visible(effect.caveat)}`;
  return `${visible(effectText(effect))}${age}${caveat}`;
}

/** Whoever lets it wait lets others wait with it. */
export function transactionLine(
  transaction: OpenTransaction,
  ago: (time: string) => string,
): string {
  const { since } = transaction;
  const opened = since === null ? "at a time that is not known" : ago(since);
  return `a transaction, opened ${opened}; ${visible(transactionText(transaction))}`;
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

export function whose({ principal, onBehalfOf, connection, environment }: ReviewSummary): string {
  const person = onBehalfOf === null ? "" : ` for ${visible(onBehalfOf)}`;
  return `${visible(principal.name)}${person} on ${visible(connection)} (${visible(environment)})`;
}

export function quorumText(quorum: readonly QuorumGroup[]): string {
  return quorum
    .map(({ group, needed, given }) => {
      const by = given.length === 0 ? "" : ` (${given.map(visible).join(", ")})`;
      return `${given.length} of ${needed} ${visible(group)}${by}`;
    })
    .join(", ");
}

export function timeLeft({ state, voidedBy, expiresAt }: ReviewSummary, now: number): string {
  if (voidedBy === "rejection") return "voided, its tool was rejected";
  if (state !== "pending") return stateText(state);
  const left = Date.parse(expiresAt) - now;
  return left > 0 ? `${duration(left)} left` : "expired";
}

export function effects(facts: ReviewDetail["facts"]): string {
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

export function editText({ person, comment, narrows }: GivenOverride, when: string): string {
  const less = narrows ? ", to do less" : "";
  return `${visible(person)} edited it ${when}${less}: ${visible(comment)}`;
}

export function verdictText(verdict: GivenVerdict, when: string): string {
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

export function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}
