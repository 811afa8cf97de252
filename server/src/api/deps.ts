/** What the API works with; the composition builds it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { CreatedAgent } from "@countersign/sdk/wire/agent";
import type { Status } from "@countersign/sdk/wire/status";
import type { History } from "#/audit/history.ts";
import type { Resource } from "#/core/action.ts";
import type { Health } from "#/core/health.ts";
import type { ActionId, Digest, ReviewId } from "#/core/ids.ts";
import type { DataClass } from "#/core/label.ts";
import type { Review } from "#/core/review.ts";
import type { ServerPrograms } from "#/core/server-programs.ts";
import type { RevealRight } from "#/core/view.ts";
import type { Agents } from "#/identity/agents.ts";
import type { AuthenticationDeps } from "#/identity/authenticate.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import type { ReviewDeps } from "#/review/life.ts";
import type { Overridden, OverrideInput } from "#/review/override.ts";
import type { Store } from "#/store/store.ts";
import type { MaskingDeps } from "./masked-content.ts";
import type { ToolSource } from "./tool-source.ts";

export interface ApiDeps extends MaskingDeps {
  readonly store: Store;
  readonly reviews: ReviewDeps;
  /** Puts a person's edit in place of what waits; throws where it may not run. */
  readonly override: (review: ReviewId, edit: OverrideInput) => Promise<Overridden>;
  /** Measures the effect of what waits, with this digest; throws where it is not measured. */
  readonly preview: (review: ReviewId, digest: Digest) => Promise<Review>;
  readonly canPreview: (review: Review) => boolean;
  /** Who may reveal what, of reviews on this connection. */
  readonly revealRights: (connection: string) => readonly RevealRight[];
  readonly agents: Agents;
  /**
   * What agents send to tool servers through this listener, past the API: false where a request is none of it. `know`: the
   * connection has shown an agent's token; false where it has to go all the same.
   */
  readonly answerAgent: (
    request: IncomingMessage,
    response: ServerResponse,
    know: () => boolean,
  ) => boolean;
  /** A request that asks for a stream in place of an answer, which `isFor` knows; every other such request is refused. */
  readonly takeServer: {
    isFor(request: IncomingMessage): boolean;
    take(request: IncomingMessage, stream: Duplex, head: Buffer, know: () => boolean): void;
  };
  /** What can be acted on, by name. */
  readonly connections: ReadonlyMap<string, Resource>;
  /** What is known of a connection's upstream; null for an unknown connection. */
  readonly health: (connection: string) => HealthSource | null;
  /** Of a connection whose tool server the gateway starts; null of every other. */
  readonly programs: (connection: string) => ServerPrograms | null;
  /** What its answers are, as its owner says; null where they don't. */
  readonly dataOf: (connection: string) => DataClass | null;
  /** Tools of a connection's server; null where it is none of MCP. */
  readonly tools: (connection: string) => ToolSource | null;
  readonly history: History;
  /** Authenticates bearer tokens, makes and redeems sign-in links, and knows the people. */
  readonly authentication: AuthenticationDeps;
  /** All but who asks. Of the agents this one alone; null: all, up to a bound. */
  readonly status: (onlyAgent: string | null) => Promise<Omit<Status, "caller">>;
  /** The proof file of an action, as text. */
  readonly prove: (action: ActionId) => Promise<string>;
  /** The connection strings of an agent with this token. */
  readonly agentUrls: (agent: string, token: string) => CreatedAgent["urls"];
  /** The token of the quickstart's sample agent, which any person may see; null for every other. */
  readonly sampleToken: (agent: string) => string | null;
  /** Without a slash at the end. */
  readonly publicUrl: () => string;
  /** What a browser gets under an address that is not the API's. */
  readonly page: (path: string, acceptEncoding: string) => PageAnswer;
  readonly clock: Clock;
  readonly log: Log;
}

export interface HealthSource {
  current(): Health;
  /** Tests it, unless that was just done. Never rejects. */
  test(): Promise<Health>;
}

export interface PageAnswer {
  readonly status: 200 | 404 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
