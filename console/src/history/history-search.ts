/** The history's filters, as they stand in the address. */
import type { ActionsQuery } from "@countersign/sdk/client";
import type { DecisionKind } from "@countersign/sdk/wire/action";

export interface HistorySearch {
  readonly decision?: DecisionKind;
  readonly connection?: string;
  readonly principal?: string;
  /** Absent: only what agents and people asked. */
  readonly asker?: Asker;
  readonly verb?: Verb;
}

/** What a select offers, under the words that people read. */
export const decisionNames = {
  allow: "Allowed",
  deny: "Denied",
  review: "Held",
} as const satisfies Readonly<Record<DecisionKind, string>>;

export const askerNames = {
  gateway: "The gateway itself",
  everyone: "Everyone",
} as const;
type Asker = keyof typeof askerNames;

export const verbNames = {
  "sql.preview": "Measures an effect",
  "sql.read": "Reads",
  "sql.write": "Changes data",
  "sql.schema": "Changes the schema",
  "sql.admin": "Administers",
  "sql.opaque": "Can’t be read",
  "mcp.read": "Reads a resource or prompt",
  "mcp.call": "Calls a tool",
} as const;
type Verb = keyof typeof verbNames;

/** The gateway takes no longer name. */
export const nameCharsMax = 63;

/** What the gateway would not understand is left out. */
export function parseHistorySearch(search: Readonly<Record<string, unknown>>): HistorySearch {
  const decision = oneOf(decisionNames, search["decision"]);
  const connection = name(search["connection"]);
  const principal = name(search["principal"]);
  const asker = oneOf(askerNames, search["asker"]);
  const verb = oneOf(verbNames, search["verb"]);
  return {
    ...(decision === null ? {} : { decision }),
    ...(connection === null ? {} : { connection }),
    ...(principal === null ? {} : { principal }),
    ...(asker === null ? {} : { asker }),
    ...(verb === null ? {} : { verb }),
  };
}

/** As the API asks for it. */
export function historyFilter({ asker, ...named }: HistorySearch): ActionsQuery {
  if (asker === "everyone") return named;
  return { ...named, asker: asker ?? "clients" };
}

export interface ActiveFilter {
  readonly field: keyof HistorySearch;
  readonly label: string;
  /** As people read it. */
  readonly value: string;
}

export const fieldNames = {
  decision: "Decision",
  connection: "Connection",
  principal: "Agent",
  asker: "Asked by",
  verb: "What it does",
} as const satisfies Readonly<Record<keyof HistorySearch, string>>;

export function activeFilters(search: HistorySearch): readonly ActiveFilter[] {
  const { decision, connection, principal, asker, verb } = search;
  const shown = {
    decision: decision && decisionNames[decision],
    connection,
    principal,
    asker: asker && askerNames[asker],
    verb: verb && verbNames[verb],
  };
  return fields.flatMap((field) => {
    const value = shown[field];
    return value === undefined ? [] : [{ field, label: fieldNames[field], value }];
  });
}

/** An empty value is no filter. */
export function withFilter(
  search: HistorySearch,
  field: keyof HistorySearch,
  value: string,
): HistorySearch {
  return parseHistorySearch({ ...search, [field]: value.trim() });
}

const fields = ["decision", "connection", "principal", "asker", "verb"] as const;

function oneOf<Name extends string>(
  names: Readonly<Record<Name, string>>,
  given: unknown,
): Name | null {
  return typeof given === "string" && Object.hasOwn(names, given) ? (given as Name) : null;
}

function name(given: unknown): string | null {
  return typeof given === "string" && given !== "" && given.length <= nameCharsMax ? given : null;
}
