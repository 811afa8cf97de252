export interface Agent {
  readonly name: string;
  /** Who answers for it, and can never approve for it. */
  readonly owner: string | null;
  readonly groups: readonly string[];
  /** Since when its token is good; null before it has one. */
  readonly tokenSince: string | null;
  /** Of the quickstart's sample agent alone. */
  readonly token: string | null;
  /** Its reviews that wait now, 100 at most. */
  readonly pending: number;
}

export interface CreatedAgent {
  readonly name: string;
  /** Shown once. */
  readonly token: string;
  readonly urls: readonly {
    readonly connection: string;
    readonly url: string;
    /** `mcp_client`: its server is a program that the agent's client starts, with the gateway's command in front. */
    readonly kind: "postgres" | "mcp" | "mcp_client";
  }[];
}
