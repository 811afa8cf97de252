/** From a parsed text to what it does: each statement by itself, then the message as their union. */
import type { RawStmt } from "libpg-query";
import { noFacts } from "#/core/facts.ts";
import type { Verb } from "#/core/verb.ts";
import type { Classified, References } from "./classified.ts";
import { whyUncounted, whyUncountedTogether } from "./countable.ts";
import { literalSpans } from "./literals.ts";
import { exceedsParseLimits } from "./parse-limits.ts";
import { rules } from "./rules.ts";
import type { SqlParser } from "./sql-parser.ts";
import type { Tokens } from "./sql-tokens.ts";
import { describeStatement } from "./statement-description.ts";
import { unwrap } from "./tree.ts";
import { type Findings, markOpaque, type Rule, walkTree } from "./walk.ts";

const ruleOf: ReadonlyMap<string, Rule> = new Map(rules);

const noReferences: References = freeze({
  relations: [],
  functions: [],
  operators: [],
  types: [],
  attributes: [],
  parts: [],
  extensionFunctions: [],
});

/** The server answers an empty message by itself; drivers send one to see whether it is there. */
export const emptyClassified: Classified = freeze({
  text: "",
  facts: noFacts,
  verbs: ["sql.read"],
  statements: [],
  refused: null,
  proofCandidate: false,
  runsPlainReads: true,
  references: noReferences,
  runs: [],
});

export function unreadable(reason: string): Classified {
  return freeze({
    ...emptyClassified,
    facts: { ...noFacts, filtered: false, uncounted: reason, opaque: reason },
    runsPlainReads: false,
    verbs: ["sql.opaque"],
  });
}

/** Null where the parser is absent. */
export function classifyText(
  sql: string,
  bytes: Buffer,
  tokens: Tokens,
  parser: SqlParser,
): Classified | null {
  const excess = exceedsParseLimits(bytes, tokens);
  if (excess !== null) return unreadable(excess);
  const parsed = parser.parse(sql);
  switch (parsed.kind) {
    case "absent":
      return null;
    case "failed":
      return unreadable(parsed.reason);
    case "parsed":
      if (parsed.statements.length === 0) return emptyClassified;
      return unite(sql, bytes, tokens, parsed.statements);
  }
}

function unite(
  text: string,
  bytes: Buffer,
  tokens: Tokens,
  parsed: readonly RawStmt[],
): Classified {
  const found = parsed.map((statement) => ({ statement, findings: findIn(statement) }));
  const all = found.map(({ findings }) => findings);
  const statements = found.map(({ statement, findings }) =>
    describeStatement(statement, findings, bytes, tokens),
  );
  const constants = new Map(all.flatMap((findings) => [...findings.constants]));
  const executes = all.some((findings) => findings.executes !== null);
  const verbs = union(all, "verbs") as readonly Verb[];
  return freeze({
    text,
    facts: {
      family: "sql",
      statements: parsed.length,
      kinds: union(all, "kinds"),
      reads: union(all, "reads"),
      writes: union(all, "writes"),
      functions: union(all, "functions"),
      settings: union(all, "settings"),
      filtered: all.every(({ filtered }) => filtered),
      // Only a session knows: which columns are masked, and where names lead to.
      maskedUse: false,
      literals: literalSpans(bytes, tokens, constants),
      uncounted: whyUncountedTogether(
        statements,
        found.map(({ statement, findings }) => whyUncounted(statement, findings)),
      ),
      opaque:
        all.find(({ opaque }) => opaque !== null)?.opaque ?? (executes ? runsUnknownName : null),
    },
    verbs: executes ? [...new Set<Verb>([...verbs, "sql.opaque"])].toSorted() : verbs,
    statements,
    refused: all.find(({ refused }) => refused !== null)?.refused ?? null,
    proofCandidate: found.every(({ statement, findings }) => isProvable(statement, findings)),
    runsPlainReads: all.every(isPlainRead),
    references: {
      relations: union(all, "relations"),
      functions: union(all, "functions"),
      operators: union(all, "operators"),
      types: union(all, "types"),
      attributes: union(all, "attributes"),
      parts: union(all, "parts"),
      extensionFunctions: union(all, "extensionFunctions"),
    },
    runs: [],
  });
}

const runsUnknownName = "It runs a prepared statement that the text does not tell.";

function findIn({ stmt }: RawStmt): Findings {
  const findings = walkTree(stmt, ruleOf);
  if (findings.reads.size > 0) findings.verbs.add("sql.read");
  const isSelect = stmt !== undefined && "SelectStmt" in stmt;
  if (isSelect) {
    findings.verbs.add("sql.read");
    findings.kinds.add("select");
  }
  if (findings.verbs.size === 0 && findings.executes === null) {
    markOpaque(findings, "It does nothing that is known here.");
  }
  return findings;
}

function isProvable({ stmt }: RawStmt, findings: Findings): boolean {
  const type = unwrap(stmt ?? {})?.type;
  return isPlainRead(findings) && !findings.lingers && provableTypes.has(type ?? "");
}

function isPlainRead({ provable, verbs }: Findings): boolean {
  return provable && verbs.size === 1 && verbs.has("sql.read");
}

const provableTypes: ReadonlySet<string> = new Set([
  "ExplainStmt",
  "SelectStmt",
  "VariableShowStmt",
]);

type SetName = {
  [Name in keyof Findings]: Findings[Name] extends ReadonlySet<string> ? Name : never;
}[keyof Findings];

function union(all: readonly Findings[], name: SetName): readonly string[] {
  const [first] = all;
  const isOne = all.length === 1 && first !== undefined;
  const items = isOne ? first[name] : new Set(all.flatMap((findings) => [...findings[name]]));
  return [...items].toSorted();
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
