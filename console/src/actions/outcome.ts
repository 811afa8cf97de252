/** What became of an action, in words. */
import { callDetailText, callFailedText, toolError } from "@countersign/sdk/call-outcome-text";
import type { ActionSummary } from "@countersign/sdk/wire/action";

export interface OutcomeWords {
  readonly text: string;
  readonly tone: "quiet" | "red" | "amber";
}

type Ended = Pick<ActionSummary, "outcome" | "decision" | "reviewState" | "principal" | "verb">;

export function outcomeWords(action: Ended): OutcomeWords {
  const { outcome } = action;
  if (outcome === null) return { text: nothingRan(action), tone: "quiet" };
  const { type, detail, rows } = outcome;
  const isCall = action.verb.startsWith("mcp.");
  if (isCall && detail === toolError)
    return { text: "ran, its tool reports an error", tone: "amber" };
  const what = isCall ? callDetailText(detail) : rowsText(detail, rows);
  switch (type) {
    case "execution.claimed":
      return { text: "running", tone: "quiet" };
    case "execution.completed":
      return { text: isCall && what !== null ? `ran, ${what}` : (what ?? "ran"), tone: "quiet" };
    case "execution.committed":
      return { text: what === null ? "committed" : `${what}, committed`, tone: "quiet" };
    case "execution.rolled_back":
      return { text: what === null ? "rolled back" : `${what}, rolled back`, tone: "amber" };
    case "execution.failed":
      if (detail === exceeded) return { text: exceededText(rows), tone: "red" };
      return {
        text: detail === null ? "failed" : `failed, ${isCall ? what : detail}`,
        tone: "red",
      };
    case "execution.unknown":
      return { text: "outcome unknown", tone: "red" };
    default:
      return { text: type.replace("execution.", "").replaceAll("_", " "), tone: "quiet" };
  }
}

/** What the words alone don't tell. */
export function outcomeAdvice(action: Ended): string | null {
  const { outcome, decision, principal, reviewState } = action;
  if (outcome !== null && action.verb.startsWith("mcp.")) return callAdvice(outcome);
  if (outcome !== null) {
    return outcome.detail === exceeded
      ? "It touched more rows than it may, so it was undone, and nothing of it stays."
      : (advice[outcome.type] ?? null);
  }
  if (decision === "review")
    return reviewState === null ? (advice[decision] ?? null) : held[reviewState].advice;
  return isOwnLook({ decision, principal }) ? ownLook : (advice[decision] ?? null);
}

function callAdvice({ type, detail }: NonNullable<Ended["outcome"]>): string | null {
  if (detail === toolError) {
    return "Its server ran it, and its tool reports an error. What it did all the same only the tool knows.";
  }
  if (type === "execution.completed")
    return "Its server ran it, and its agent was given the answer.";
  return type === "execution.failed" ? callFailedText(detail) : (advice[type] ?? null);
}

/** What the gateway asks for its own decisions only looks, and ends in nothing that is worth a record. */
function isOwnLook({ decision, principal }: Pick<Ended, "decision" | "principal">): boolean {
  return decision === "allow" && principal.kind === "gateway";
}

const ownLook =
  "The gateway looked this up itself, for its own decisions. That it did is on record before it did; what it saw is not.";

const advice: Readonly<Record<string, string>> = {
  allow: "The log does not say what came of it: it may be running, or the session was lost.",
  deny: "Nothing of it reached the upstream.",
  review: "Nothing of it reached the upstream so far.",
  "execution.completed": "The upstream ran it.",
  "execution.committed": "The upstream ran it, and its transaction is committed.",
  "execution.failed": "The upstream refused it, and nothing of it stays.",
  "execution.rolled_back": "Its transaction was rolled back, and nothing of it stays.",
  "execution.unknown":
    "The connection or the gateway was lost in the middle. Look at the data before anybody runs it again; Countersign never does that by itself.",
};

function nothingRan({ decision, principal, reviewState }: Ended): string {
  switch (decision) {
    case "deny":
      return "did not run";
    case "review":
      return reviewState === null ? "has not run" : held[reviewState].text;
    case "allow":
      return isOwnLook({ decision, principal }) ? "a look of the gateway" : "no outcome on record";
  }
}

/** Of what was held and has not run, by how its review stands. */
const held: Readonly<
  Record<
    NonNullable<ActionSummary["reviewState"]>,
    { readonly text: string; readonly advice: string }
  >
> = {
  pending: {
    text: "waits for people",
    advice:
      "Nothing of it reached the upstream so far. It runs once enough people have approved it.",
  },
  approved: {
    text: "has not run yet",
    advice: "It was approved, and nothing of it reached the upstream so far.",
  },
  denied: { text: "did not run", advice: "People denied it. Nothing of it reached the upstream." },
  changes_requested: {
    text: "did not run",
    advice: "People asked for changes. Nothing of it reached the upstream.",
  },
  expired: {
    text: "did not run",
    advice: "Its time ran out before it could run. Nothing of it reached the upstream.",
  },
  cancelled: {
    text: "did not run",
    advice: "Whoever asked gave it up. Nothing of it reached the upstream.",
  },
  voided: {
    text: "did not run",
    advice:
      "Policy has come to deny it, or a person has rejected its tool. Nothing of it reached the upstream.",
  },
};

const exceeded = "rows_exceeded";

function exceededText(rows: number | null): string {
  return rows === null ? "undone, too many rows" : `undone, ${rows.toLocaleString("en")} rows`;
}

/** What was read is told in rows, what was changed in the upstream's own words. */
function rowsText(detail: string | null, rows: number | null): string | null {
  const isRead = detail === null || /^(SELECT|FETCH|SHOW|EXPLAIN)\b/.test(detail);
  if (!isRead) return detail;
  if (rows === null) return detail;
  return rows === 1 ? "1 row" : `${rows.toLocaleString("en")} rows`;
}
