import type { SessionReads, Upstream } from "./content.ts";

/** Whether sessions with an upstream can be had, as far as was heard last. */
export interface Health {
  readonly state: "unknown" | "reachable" | "failing";
  /** Since when it has been so; null where nothing was heard yet. */
  readonly since: string | null;
  /** When that was heard last, from a session or a test. */
  readonly heardAt: string | null;
  /** Of the last try, where that failed. */
  readonly failure: { readonly code: string; readonly message: string } | null;
  /** As the server said it last. */
  readonly serverVersion: string | null;
}

export interface ServerPrograms {
  readonly running: number;
  /** When one is started again that keeps ending by itself; null where none waits for that. */
  readonly startsAgainAt: string | null;
  /** The last that ended by itself; null where none has. */
  readonly lastEnd: {
    readonly at: string;
    readonly code: number | null;
    readonly signal: string | null;
  } | null;
  /** The last 20 lines that any of them wrote to standard error, masked. Null for who does not administer. */
  readonly said: readonly { readonly at: string; readonly text: string }[] | null;
}

export interface Connection {
  readonly name: string;
  readonly kind: string;
  readonly environment: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly upstream: Upstream;
  /** What its answers are, on its owner's word; null where they say nothing. */
  readonly data: SessionReads["from"][number]["data"];
  /** A connection string in which `AGENT` and `TOKEN` stand for an agent's own. */
  readonly url: string;
  readonly health: Health;
  /** Of a tool server that is a program which the gateway starts; null of every other. */
  readonly programs: ServerPrograms | null;
  /** Reviews of actions on it that wait now, 100 at most. */
  readonly pending: number;
}
