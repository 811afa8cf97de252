/** How what was found is said to people: numbers, what they do not hold, and why there is none. */
import type { EffectFound } from "#/core/protocol.ts";
import type { Meaning } from "#/proxies/postgres/fingerprint/fingerprint.ts";
import { rowsOfTag } from "#/proxies/postgres/wire/decode-backend.ts";
import type { Scope } from "./effect-scope.ts";
import type { OwnAnswer } from "./own-session.ts";
import type { Planned } from "./planned.ts";

/** For each statement: the plan, or the run that is rolled back. */
export const previewStatementMs = 5_000;

export function estimated(
  rows: number,
  scope: Scope,
  { statements }: Planned,
  { hasWritten, keepsSnapshot }: Meaning,
): EffectFound {
  const caveats = [
    ...(statements.length > 1 ? ["The sum of its statements, each planned by itself."] : []),
    ...(hasWritten
      ? [
          "Its transaction has changed data, which only its own session sees, so it is not measured.",
        ]
      : []),
    ...(keepsSnapshot
      ? ["Its transaction sees the data as it was at its beginning, so it is not measured."]
      : []),
    ...beside(scope),
  ];
  return { basis: "estimated", rows, reason: null, caveat: sentences(caveats), sample: null };
}

export function measured({ tag }: OwnAnswer, scope: Scope): EffectFound {
  const rows = rowsOfTag(tag ?? "");
  if (rows === null) return unknown("The database did not say how many rows there were.");
  return {
    basis: "measured",
    rows,
    reason: null,
    caveat: sentences([...beside(scope), rolledBack]),
    sample: null,
  };
}

export function unknown(reason: string): EffectFound {
  return { basis: "unknown", rows: null, reason, caveat: null, sample: null };
}

export function expected(rows: number): string {
  return `The planner expects about ${written(rows)} ${rows === 1 ? "row" : "rows"}.`;
}

export function written(rows: number): string {
  return rows.toLocaleString("en");
}

export function refusedText(sqlstate: string, what: "plan" | "run"): string {
  if (sqlstate === "55P03") return "Others hold a lock that it needs.";
  if (sqlstate === "57014") return `It took longer than ${previewStatementMs / 1000} s.`;
  const why = wouldFail[sqlstate];
  if (why !== undefined) return `It would fail: ${why} (SQLSTATE ${sqlstate}).`;
  return `The database would not ${what} it (SQLSTATE ${sqlstate.slice(0, 5)}).`;
}

/** What most often is the matter. The database's own words name values and things of others, and are not passed on. */
const wouldFail: Readonly<Record<string, string>> = {
  "23502": "it would leave a column empty that must not be",
  "23503": "it would break a foreign key",
  "23505": "a row with such a key is there already",
  "23514": "it would break a check constraint",
  "3F000": "a schema that it names does not exist",
  "42501": "its role in the database may not do it",
  "42703": "a column that it names does not exist",
  "42704": "a type or another object that it names does not exist",
  "42883": "a function or operator that it names does not exist",
  "42P01": "a relation that it names does not exist",
};

/** What the number does not hold. */
function beside({ unmeasurable, cascades }: Scope): readonly string[] {
  return [
    ...(unmeasurable === null ? [] : ["Triggers may change more."]),
    ...(cascades ? ["Rows that change with it by foreign keys are not counted."] : []),
  ];
}

const rolledBack =
  "It ran and was rolled back: numbers that it drew from sequences are not given back, its locks were held meanwhile, and statistics have counted it.";

function sentences(all: readonly string[]): string | null {
  return all.length === 0 ? null : all.join(" ");
}
