/** One attempted operation: verbs, resource, principal, and exactly what would run. */
import type { Facts } from "./facts.ts";
import type { ActionId } from "./ids.ts";
import type { Principal } from "./principal.ts";
import type { Family, Verb } from "./verb.ts";

/** What is acted on: one configured connection to an upstream. */
export type Resource = PostgresResource | McpResource;

interface ConnectionResource {
  readonly connection: string;
  readonly environment: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where the upstream is, so that an approval does not move with the connection's name. */
  readonly endpoint: string;
}

export interface PostgresResource extends ConnectionResource {
  readonly kind: "postgres";
  /** `endpoint` is its `host:port`. */
  readonly database: string;
  /** The upstream's role that runs the action. */
  readonly role: string;
}

/** `endpoint` is the origin and path of the server's URL, or `stdio:`, its program and a digest of the command. */
export interface McpResource extends ConnectionResource {
  readonly kind: "mcp";
}

/** Null where the upstream has no such thing. */
export function placeOf(resource: Resource): {
  readonly database: string | null;
  readonly role: string | null;
} {
  if (resource.kind === "mcp") return { database: null, role: null };
  const { database, role } = resource;
  return { database, role };
}

/** A bound value exactly as the client sent it. */
export interface Parameter {
  /** The type's object id, 0 where the client left it open. */
  readonly type: number;
  readonly format: "text" | "binary";
  /** Base64 of the bytes; null is SQL's NULL. */
  readonly bytes: string | null;
}

/** What a COPY … FROM STDIN would load. The bytes themselves are spooled; the digest binds them. */
export interface LoadedData {
  readonly format: CopyFormat;
  /** SHA-256 in lower-case hex, of the data however it was cut into messages. */
  readonly sha256: string;
  readonly bytes: number;
  /** Null where the data is not in its format. */
  readonly rows: number | null;
  /** What the values of a row are for, in their order. */
  readonly columns: readonly string[];
  /** The first rows, each as far as it may be shown. */
  readonly firstRows: readonly LoadedRow[];
}

export type CopyFormat = "text" | "csv" | "binary";

export interface LoadedRow {
  readonly values: readonly Parameter[];
  readonly isCut: boolean;
}

export interface Action {
  readonly id: ActionId;
  readonly family: Family;
  /** Sorted, distinct, never empty. */
  readonly verbs: readonly Verb[];
  readonly principal: Principal;
  readonly resource: Resource;
  readonly command: string;
  readonly parameters: readonly Parameter[];
  /** What comes with the command to be loaded; null where there is none, or it is not kept. */
  readonly data: LoadedData | null;
  readonly facts: Facts;
  /**
   * Why the agent says that it wants this: its claim, which nothing checks, no decision rests on and no digest covers. Null where it says
   * nothing. At most `agentReasonCharsMax`.
   */
  readonly agentReason: string | null;
  /** The gateway's id of the client's session. */
  readonly session: string;
  /** Digest of what else gives the command its meaning (SEMANTICS §2); null until the action is held. */
  readonly fingerprint: string | null;
  /** 1, and one more with each edit or change of the session. */
  readonly revision: number;
  /** 32 random bytes in hex, so that a digest does not reveal a guessable command. */
  readonly salt: string;
  /** In milliseconds. */
  readonly proposedAt: number;
}
