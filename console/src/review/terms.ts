/**
 * What a verdict is about, and how it differs from what the reader has seen.
 *
 * Guarantees that whatever differs in the terms is named. Verdicts of others, the coming and going of the
 * session and its transaction, the outcome and the effect, which the headline may name, are no terms: they are told as they happen.
 */
import { effectText } from "@countersign/sdk/effect-text";
import { entitiesText } from "@countersign/sdk/entity-text";
import { callText, upstreamText } from "@countersign/sdk/facts-text";
import { masksText } from "@countersign/sdk/masks-text";
import { readsBesides, readText } from "@countersign/sdk/reads-text";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { dateTime } from "../text/times.ts";

export interface Change {
  readonly what: string;
  readonly from: string;
  readonly to: string;
}

export function changesBetween(shown: ReviewDetail, latest: ReviewDetail): readonly Change[] {
  const changes = differing(termsOf(shown), termsOf(latest));
  // It was decided, and waits again: whoever looks has to look anew.
  const isReopened = shown.state !== "pending" && latest.state === "pending";
  return isReopened
    ? [{ what: "State", from: shown.state.replaceAll("_", " "), to: "waiting again" }, ...changes]
    : changes;
}

/** What else a verdict rests on: it follows while one reads, and an approval of what it was before is refused. */
export function viewChanges(approved: ReviewDetail, latest: ReviewDetail): readonly Change[] {
  return differing(viewOf(approved), viewOf(latest));
}

interface Term {
  readonly what: string;
  readonly text: string;
}

function differing(before: readonly Term[], after: readonly Term[]): readonly Change[] {
  return before.flatMap(({ what, text }, index) => {
    const to = after[index]?.text ?? "";
    return text === to ? [] : [{ what, from: text, to }];
  });
}

function viewOf({ headline, effect, view }: ReviewDetail): readonly Term[] {
  return [
    { what: "Headline", text: headline },
    { what: "Effect", text: effect === null ? "not known" : effectText(effect) },
    {
      what: "Revealed by you",
      text: view.revealed.length === 0 ? "nothing" : entitiesText(view.revealed),
    },
    { what: "Masker", text: view.masker },
  ];
}

function termsOf(review: ReviewDetail): readonly Term[] {
  const { upstream, facts } = review;
  return [
    { what: "Command", text: review.command },
    { what: "Parameters", text: parametersText(review) },
    { what: "Loaded data", text: review.data?.sha256 ?? "none" },
    { what: "What it does", text: review.verbs.join(", ") },
    { what: "Facts", text: factsText(facts) },
    { what: "What speaks against its tool", text: review.flags.map(flagText).join("\n") },
    { what: "Read before", text: readsOf(review) },
    { what: "Asked by", text: `${review.principal.kind} ${review.principal.name}` },
    { what: "Acting for", text: review.onBehalfOf ?? "nobody else" },
    { what: "The agent’s reason", text: review.agentReason ?? "none" },
    { what: "Connection", text: `${review.connection} (${review.environment})` },
    { what: "Runs at", text: upstreamText(upstream) },
    {
      what: "Rules",
      text: review.reasons.map(({ policy, text }) => `${policy}: ${text}`).join("\n"),
    },
    {
      what: "Needed approvals",
      text: review.quorum.map(({ group, needed }) => `${needed} of ${group}`).join(", "),
    },
    { what: "Masked in the result", text: masksText(review.masks) || "nothing" },
    { what: "Least assurance", text: review.assurance },
    { what: "Time limit", text: dateTime(review.expiresAt) },
    { what: "Policies", text: review.policySet },
    { what: "Revision", text: String(review.revision) },
    { what: "Digest", text: review.digest },
  ];
}

function flagText({ what, at, words }: ReviewDetail["flags"][number]): string {
  return [what, ...(at === "" ? [] : [`in ${at}`]), words].join(" ");
}

/** In words, which hold no time: a session that reads the same again has read nothing else. */
function readsOf({ reads }: ReviewDetail): string {
  if (reads === null) return "";
  return [...reads.from.map(readText), readsBesides(reads)].join("\n");
}

function parametersText({ parameters }: ReviewDetail): string {
  return parameters
    .map(({ type, format, text }, at) => `$${at + 1} (${type}, ${format}) = ${text ?? "NULL"}`)
    .join("\n");
}

function factsText(facts: ReviewDetail["facts"]): string {
  if (facts.family === "mcp") return callText(facts);
  return [
    facts.kinds.join(", "),
    `reads ${facts.reads.join(", ") || "nothing"}`,
    `writes ${facts.writes.join(", ") || "nothing"}`,
    `calls ${facts.functions.join(", ") || "nothing"}`,
    facts.filtered ? "filtered" : "not filtered",
    ...(facts.maskedUse ? ["uses a masked column"] : []),
    ...(facts.opaque === null ? [] : [`can't be read: ${facts.opaque}`]),
  ].join("; ");
}
