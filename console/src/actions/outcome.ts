/** What became of an action, in words. */
import type { ActionSummary } from "@countersign/sdk/wire";

export interface OutcomeWords {
  readonly text: string;
  readonly tone: "quiet" | "red" | "amber";
}

export function outcomeWords({
  outcome,
  decision,
}: Pick<ActionSummary, "outcome" | "decision">): OutcomeWords {
  if (outcome === null) return { text: nothingRan[decision], tone: "quiet" };
  const { type, detail, rows } = outcome;
  const what = rowsText(detail, rows);
  switch (type) {
    case "execution.claimed":
      return { text: "running", tone: "quiet" };
    case "execution.completed":
      return { text: what ?? "ran", tone: "quiet" };
    case "execution.committed":
      return { text: what === null ? "committed" : `${what}, committed`, tone: "quiet" };
    case "execution.rolled_back":
      return { text: what === null ? "rolled back" : `${what}, rolled back`, tone: "amber" };
    case "execution.failed":
      if (detail === exceeded) return { text: exceededText(rows), tone: "red" };
      return { text: detail === null ? "failed" : `failed, ${detail}`, tone: "red" };
    case "execution.unknown":
      return { text: "outcome unknown", tone: "red" };
    default:
      return { text: type.replace("execution.", "").replaceAll("_", " "), tone: "quiet" };
  }
}

/** What the words alone don't tell. */
export function outcomeAdvice({ outcome, decision }: Pick<ActionSummary, "outcome" | "decision">) {
  if (outcome === null) return advice[decision];
  return outcome.detail === exceeded
    ? "It touched more rows than it may, so it was undone, and nothing of it stays."
    : (advice[outcome.type] ?? null);
}

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

const nothingRan = {
  allow: "no outcome on record",
  deny: "did not run",
  review: "has not run",
} as const satisfies Readonly<Record<ActionSummary["decision"], string>>;

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
