/**
 * What policies can speak of, as a Cedar schema. Actions follow `core/verb.ts`, so that no verb can be
 * added there and be unknown here.
 *
 * Deliberately absent: the command's text, its literals, the clock, counters and session ids. What a
 * policy can't see can't make two equal inputs decide differently, so decisions may be memoised.
 */
import type { PrincipalKind } from "#/core/principal.ts";
import { familyMembers, familyOf, type Verb, verbs } from "#/core/verb.ts";
import type { ArgumentPath } from "./argument.ts";

export const actionType = "Countersign::Action";
export const connectionType = "Countersign::Connection";
export const environmentType = "Countersign::Environment";
export const groupType = "Countersign::Group";

/** The gateway acts by its own rules, not by policy: its type is none of the schema's, so it is denied. */
export const principalTypes: Readonly<Record<PrincipalKind, string>> = {
  agent: "Countersign::Agent",
  user: "Countersign::User",
  service: "Countersign::Service",
  gateway: "Countersign::Gateway",
};

/** Verbs for commands that the gateway can't read; nothing may let one run without a person. */
export const opaqueVerbs: readonly Verb[] = verbs.filter((verb) => verb.endsWith(".opaque"));

/** Verbs for which no answer tells how many rows were touched; all others return or change rows. */
export const uncountedVerbs: readonly Verb[] = verbs.filter(
  (verb) => !familyMembers.sql.includes(verb),
);

/** Verbs whose answers no part of the gateway masks. */
export const unmaskedVerbs: readonly string[] = verbs.filter(
  (verb) => familyOf(verb) !== "sql" && familyOf(verb) !== "mcp",
);

/** What is told of an action besides, by its family. */
const contextTypes = { sql: "Sql", mcp: "Mcp" } as const;

export function schemaText(paths: readonly ArgumentPath[] = []): string {
  return `namespace Countersign {
  entity Group, Environment;
  entity Agent, User, Service in [Group];
  entity Connection in [Environment] = { name: String, kind: String } tags String;

  type Sql = {
    kinds: Set<String>,
    reads: Set<String>,
    writes: Set<String>,
    functions: Set<String>,
    settings: Set<String>,
    filtered: Bool,
    maskedUse: Bool,
    statements: Long,
  };

  type Mcp = {
    server: String,
    method: String,
    tool: String,
    claims: { readOnly: Bool, destructive: Bool, idempotent: Bool, openWorld: Bool },
    definition: String,
    toolClass: String,
    labels: Set<String>,
${paths.length === 0 ? "" : `    args: ${recordType(paths)},\n`}  };

  ${Object.keys(familyMembers).map(declareGroup).join("\n  ")}
  ${verbs.map(declareAction).join("\n  ")}
}
`;
}

/** Every argument may be absent. One that has members is a record, whatever else is asked of it. */
function recordType(paths: readonly ArgumentPath[]): string {
  const byKey = Map.groupBy(paths, ({ keys }) => keys[0] ?? "");
  const members = Array.from(byKey, ([key, under]) => {
    const inner = under.flatMap(({ keys, type }) => {
      return keys.length > 1 ? [{ keys: keys.slice(1), type }] : [];
    });
    const type = under[0]?.type ?? "any";
    const cedar = type === "any" ? "Bool" : type;
    return `${JSON.stringify(key)}?: ${inner.length > 0 ? recordType(inner) : cedar}`;
  });
  return `{ ${members.join(", ")} }`;
}

function declareGroup(family: string): string {
  return `action "${family}";`;
}

function declareAction(verb: Verb): string {
  const group = Object.entries(familyMembers).find(([, members]) => members.includes(verb));
  const membership = group === undefined ? "" : ` in [Action::"${group[0]}"]`;
  return `action "${verb}"${membership} appliesTo { principal: [Agent, User, Service], resource: Connection, context: ${contextTypes[familyOf(verb)]} };`;
}
