/**
 * What the planner, or a statement that is rolled back, could set in motion besides the statement itself.
 *
 * Planning folds constants, so it may call functions; running a statement calls triggers, rules, defaults and
 * checks. Only a closed world is planned or run for an effect: plain tables, built-in types and operators, and
 * expressions whose functions are all on the allow-list of reads. Everything else is not known.
 */
import { lastPart, partsOfName } from "#/core/dotted-name.ts";
import { type Ask, type AskedRow, textArray } from "#/proxies/postgres/ask.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import { isSafeFunction } from "#/proxies/postgres/sql/safe-functions.ts";
import { expressionsMax, scopeFindings, scopeQuery, typesQuery } from "./effect-scope-query.ts";

export interface Scope {
  /** Why not even the planner is asked; null where it may be. */
  readonly unplannable: string | null;
  /** Why it is not run and rolled back; null where it may be. */
  readonly unmeasurable: string | null;
  /** Rows of other relations may change with it, by foreign keys about what it deletes or assigns. */
  readonly cascades: boolean;
  /** Those relations, as SQL writes them: `keyedMax` of them and one more. */
  readonly keyed: readonly string[];
}

/** What the statement itself calls has to be on the allow-list, before anything is asked. */
export function callsUnsafe({ references, facts }: Classified): boolean {
  return [...references.functions, ...facts.functions].some((name) => !isSafeName(name));
}

export async function readScope(
  {
    classified: { references, facts },
    classifier,
    command,
  }: {
    readonly classified: Classified;
    readonly classifier: Classifier;
    readonly command: string;
  },
  ask: Ask,
): Promise<Scope> {
  const assigned = namesAssigned(classifier.trees(command));
  const relations = [...references.relations, ...facts.reads, ...facts.writes];
  const [row] = await ask(scopeQuery, [
    textArray(lastNames(relations)),
    textArray(lastNames(facts.writes)),
    textArray(lastNames([...references.functions, ...references.attributes])),
    textArray(lastNames(references.types)),
    String(facts.kinds.some((kind) => kind === "delete" || kind === "merge")),
    String(assigned === null),
    textArray(assigned ?? []),
  ]);
  if (row === undefined) {
    return { unplannable: unread, unmeasurable: unread, cascades: false, keyed: [] };
  }
  const unplannable = scopeFindings.find((_, at) => row[at] !== "f") ?? null;
  const expressions = parseTexts(row[scopeFindings.length] ?? null);
  const why = unplannable ?? (await whyNotExpressions(expressions, ask, classifier));
  return {
    unplannable: why,
    unmeasurable: why ?? whyNotRun(row),
    cascades: row[scopeFindings.length + 2] !== "f",
    keyed: parseTexts(row[scopeFindings.length + 3] ?? null) ?? [],
  };
}

const unread = "The catalogue could not be read.";

function whyNotRun(row: AskedRow): string | null {
  return row[scopeFindings.length + 1] === "f"
    ? null
    : "A relation that it changes has triggers, and a measurement would run them.";
}

async function whyNotExpressions(
  expressions: readonly string[] | null,
  ask: Ask,
  classifier: Classifier,
): Promise<string | null> {
  if (expressions === null || expressions.length > expressionsMax) {
    return "Its relations have more expressions than are looked into.";
  }
  const types = new Set<string>();
  for (const text of expressions) {
    const named = typesOfSafe(text, classifier);
    if (named === null) {
      return "A default, a check or an index of a relation that it touches calls a function that is not on the allow-list.";
    }
    for (const name of named) types.add(name);
  }
  if (types.size === 0) return null;
  const [row] = await ask(typesQuery, [textArray(lastNames([...types]))]);
  return row?.[0] === "f"
    ? null
    : "A default, a check or an index of a relation that it touches uses a type that is not built in.";
}

/**
 * The types that it names, those of `pg_catalog` aside; null where it is not safe. As the catalogue prints it, with
 * everything that is not built in under its schema.
 */
function typesOfSafe(text: string, classifier: Classifier): readonly string[] | null {
  if (sequenceDefault.test(text)) return [];
  const classified = classifier.classify(`select ${text}`);
  const { verbs, facts, statements, references } = classified;
  const isSafe =
    statements.length === 1 &&
    facts.opaque === null &&
    verbs.every((verb) => verb === "sql.read") &&
    !callsUnsafe(classified);
  if (!isSafe) return null;
  return [...references.types].filter((name) => {
    const [schema, ...more] = partsOfName(name);
    return more.length > 0 && schema !== "pg_catalog";
  });
}

/** It is volatile, so that the planner leaves it alone; run, it draws a number that no rollback gives back. */
const sequenceDefault = /^nextval\('(?:[^'\\]|'')*'::regclass\)$/;

function isSafeName(name: string): boolean {
  const parts = partsOfName(name);
  const last = parts.at(-1) ?? "";
  return (parts.length === 1 || parts[0] === "pg_catalog") && isSafeFunction(last);
}

function lastNames(names: readonly string[]): readonly string[] {
  return [...new Set(names.map(lastPart))].toSorted();
}

/** Every name that something is given in it, the columns that it assigns among them; null where it can't be read. */
function namesAssigned(trees: unknown): readonly string[] | null {
  if (trees === null) return null;
  const names = new Set<string>();
  JSON.stringify(trees, (key, value: unknown) => {
    if (key === "ResTarget" && typeof value === "object" && value !== null && "name" in value) {
      names.add(String(value.name));
    }
    return value;
  });
  return [...names];
}

function parseTexts(json: string | null): readonly string[] | null {
  if (json === null) return [];
  const parsed: unknown = JSON.parse(json);
  return Array.isArray(parsed) && parsed.every((each) => typeof each === "string") ? parsed : null;
}
