import type { ToolFlag } from "./content.ts";
import type { CallFacts } from "./facts.ts";

/** One tool of an MCP server, in a list. Title and description are the server's own words. */
export interface ToolSummary {
  readonly name: string;
  /** How its definition stands to the one that was pinned. */
  readonly state: CallFacts["definition"];
  /** What the gateway takes it for. */
  readonly toolClass: CallFacts["toolClass"];
  /** Why it is taken for that. */
  readonly why: string;
  /** The first 200 characters. */
  readonly title: string | null;
  readonly description: string | null;
  /** How much of its definition is there for a model and not for a person. */
  readonly flags: number;
}

/** One tool, with how it is defined and how it was when it was accepted. */
export interface Tool extends ToolSummary {
  readonly connection: string;
  /** The server's own word, which nobody has to believe. */
  readonly claims: CallFacts["claims"];
  /** What of its definition hides, gives orders, or asks for what the tool has no use for. */
  readonly found: readonly ToolFlag[];
  /** As its server defines it now. */
  readonly offered: ToolDefinition;
  /** Null where it was never used, and nobody has accepted it. */
  readonly pinned:
    | (ToolDefinition & {
        readonly at: string;
        /** Who accepted it; null where it was pinned by its first use. */
        readonly person: string | null;
      })
    | null;
  /** Who has rejected it as it is offered, so that nothing of it runs; null where nobody has. */
  readonly rejected: { readonly at: string; readonly person: string } | null;
  /** From what is pinned to what is offered; the first 100. */
  readonly differences: readonly {
    /** Keys from the outermost on. */
    readonly path: readonly string[];
    /** Absent where nothing stood there. */
    readonly before?: unknown;
    /** Absent where nothing stands there any more. */
    readonly after?: unknown;
  }[];
}

export interface ToolDefinition {
  readonly digest: string;
  /** Such as `description` and `inputSchema`. */
  readonly content: Readonly<Record<string, unknown>>;
}

export interface JudgeToolRequest {
  readonly tool: string;
  /** `offered.digest` of the reading that was judged. */
  readonly digest: string;
}
