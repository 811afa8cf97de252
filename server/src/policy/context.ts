/** What policies are told of an action besides who acts on what, by the schema's types. */
import type { CedarValueJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { PolicyInput } from "#/core/decision.ts";
import type { McpFacts, SqlFacts } from "#/core/facts.ts";

export type Context = Record<string, CedarValueJson>;

/** `args` are those that the set names; null where it names none. */
export function contextOf(
  { facts, resource, labels = [] }: Pick<PolicyInput, "facts" | "resource" | "labels">,
  args: Context | null,
): Context {
  if (facts.family === "sql") return statementContext(facts);
  const context = { ...callContext(facts, resource.endpoint), labels: [...labels] };
  return args === null ? context : { ...context, args };
}

function statementContext(facts: SqlFacts): Context {
  const { kinds, reads, writes, functions, settings, filtered, maskedUse, statements } = facts;
  return {
    kinds: [...kinds],
    reads: [...reads],
    writes: [...writes],
    functions: [...functions],
    settings: [...settings],
    filtered,
    maskedUse,
    statements,
  };
}

function callContext(facts: McpFacts, server: string): Context {
  const { method, name, claims, definition, toolClass } = facts;
  return { server, method, tool: name, claims: { ...claims }, definition, toolClass };
}
