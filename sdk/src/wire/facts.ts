/** What the command's own grammar tells. */
export type Facts = StatementFacts | CallFacts;

export interface StatementFacts {
  readonly family: "sql";
  readonly kinds: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly functions: readonly string[];
  readonly filtered: boolean;
  /** It does more with a masked or sensitive column than to return it. */
  readonly maskedUse: boolean;
  readonly opaque: string | null;
}

/** Of a call of an MCP server's tool, resource or prompt. Its arguments are the command's. */
export interface CallFacts {
  readonly family: "mcp";
  /** The last four are what the gateway asks by itself. */
  readonly method:
    | "tools/call"
    | "resources/read"
    | "prompts/get"
    | "tools/list"
    | "server/discover"
    | "initialize"
    | "oauth/token";
  /** The tool's or prompt's name, or the resource's URI; empty of what the gateway asks by itself. */
  readonly name: string;
  /** The server's own word, which nobody has to believe. */
  readonly claims: {
    readonly readOnly: boolean;
    readonly destructive: boolean;
    readonly idempotent: boolean;
    readonly openWorld: boolean;
  };
  /** How the tool's definition stands to the one that was pinned. */
  readonly definition: "pinned" | "first" | "changed" | "rejected" | "unknown";
  /** What the gateway takes the tool for. */
  readonly toolClass: "read" | "write" | "destructive" | "send" | "unknown";
}
