/** What a command does, as far as it tells by itself. Facts may be cached by command; decisions never. */
import type { Deception } from "./deception.ts";
import type { Json } from "./json.ts";

export type Facts = SqlFacts | McpFacts;

/** By the grammar of SQL. */
export interface SqlFacts {
  readonly family: "sql";
  /** How many statements the message holds. */
  readonly statements: number;
  /** Sorted, distinct: `select`, `insert`, `delete`, `drop_table`, `set`, `begin`, … */
  readonly kinds: readonly string[];
  /** Relations read, `schema.name` when the schema is known or written, sorted and distinct. */
  readonly reads: readonly string[];
  /** Relations written, likewise. */
  readonly writes: readonly string[];
  /** Functions called, `schema.name` where a schema is written, sorted and distinct. */
  readonly functions: readonly string[];
  /** Settings that the command changes (`set`, `reset`, `set_config`), lower case. */
  readonly settings: readonly string[];
  /** Every UPDATE and DELETE in the command has a WHERE. True when there is none of either. */
  readonly filtered: boolean;
  /**
   * A column that is masked, or marked as sensitive, is used for more than to be returned as it is. Also true where that can't be
   * told of a relation that has one.
   */
  readonly maskedUse: boolean;
  readonly literals: readonly LiteralSpan[];
  /**
   * Why the upstream's answer does not tell how many rows it touches, so that no bound on them can be kept;
   * null where it does.
   */
  readonly uncounted: string | null;
  /** Why the command can't be read, or null. An unreadable command has only this. */
  readonly opaque: string | null;
}

/** A constant in the command. Offsets are bytes of the UTF-8 text; the end is exclusive. */
export interface LiteralSpan {
  readonly start: number;
  readonly end: number;
  readonly kind: "string" | "number" | "bits" | "parameter";
  /** The column that it is compared with or assigned to, as written, or null; of a call the keys that lead to it. */
  readonly column: string | null;
}

/** What of an MCP server is called: a tool, a resource or a prompt. */
export interface McpFacts extends Callee {
  readonly family: "mcp";
  readonly method: McpMethod | OwnMethod;
  /** The tool's or prompt's name, or the resource's URI. */
  readonly name: string;
  /** Empty where there are none. */
  readonly arguments: JsonObject;
  /** Where among them a number has digits that `arguments` does not hold, as in `LiteralSpan.column`; nearly always empty. */
  readonly rounded: readonly string[];
  readonly literals: readonly LiteralSpan[];
}

/** What is known of what is called, by its server's definition: that can change while people think. */
export interface Callee {
  /** The server's own word, which nobody has to believe; where it says nothing, what the specification takes for said. */
  readonly claims: ToolClaims;
  readonly definition: DefinitionState;
  readonly toolClass: ToolClass;
  /** Its server says in so many words that it reaches what anybody may have written (`openWorldHint: true`). */
  readonly saysOpenWorld: boolean;
  /** What in its definition is there for a model and not for a person. */
  readonly flags: readonly Deception[];
}

export function calleeOf({ claims, definition, toolClass, saysOpenWorld, flags }: Callee): Callee {
  return { claims, definition, toolClass, saysOpenWorld, flags };
}

export const mcpMethods = ["tools/call", "resources/read", "prompts/get"] as const;
export type McpMethod = (typeof mcpMethods)[number];

/** What the gateway asks of a server by itself: on record, and no rule is asked. */
export const ownMethods = ["tools/list", "server/discover", "initialize", "oauth/token"] as const;
export type OwnMethod = (typeof ownMethods)[number];

export interface JsonObject {
  readonly [key: string]: Json;
}

export interface ToolClaims {
  readonly readOnly: boolean;
  readonly destructive: boolean;
  readonly idempotent: boolean;
  readonly openWorld: boolean;
}

/** What a server that says nothing of its tool is taken to say. */
export const unclaimed: ToolClaims = {
  readOnly: false,
  destructive: true,
  idempotent: false,
  openWorld: true,
};

/**
 * How a tool's definition stands to the one that was pinned: the same; none was pinned before this one; another; a person has
 * rejected it; or the server has none of that name.
 */
export const definitionStates = ["pinned", "first", "changed", "rejected", "unknown"] as const;
export type DefinitionState = (typeof definitionStates)[number];

/** What the gateway takes a tool for. `send`: it is a way out for data. */
export const toolClasses = ["read", "write", "destructive", "send", "unknown"] as const;
export type ToolClass = (typeof toolClasses)[number];

/** Why a command can't be read, or null. A call always can: what it is made of lies open. */
export function whyOpaque(facts: Pick<SqlFacts, "opaque"> | { readonly family: "mcp" }) {
  return "opaque" in facts ? facts.opaque : null;
}

/** Why no bound on rows can be kept, or null. */
export function whyUncounted(facts: Facts): string | null {
  return facts.family === "mcp"
    ? "A tool's answer does not tell how many it touches."
    : facts.uncounted;
}

/** Of a statement that has none to tell. */
export const noFacts: SqlFacts = {
  family: "sql",
  statements: 0,
  kinds: [],
  reads: [],
  writes: [],
  functions: [],
  settings: [],
  filtered: true,
  maskedUse: false,
  literals: [],
  uncounted: null,
  opaque: null,
};
