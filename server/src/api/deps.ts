/** What the API works with; the composition builds it. */
import type { CreatedAgent, Status } from "@countersign/sdk/wire";
import type { ActionId } from "#/core/ids.ts";
import type { Agents } from "#/identity/agents.ts";
import type { AuthenticationDeps } from "#/identity/authenticate.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import type { ReviewDeps } from "#/review/life.ts";
import type { Store } from "#/store/store.ts";

export interface ApiDeps {
  readonly store: Store;
  readonly reviews: ReviewDeps;
  readonly agents: Agents;
  /** Authenticates bearer tokens, makes and redeems sign-in links, and knows the people. */
  readonly authentication: AuthenticationDeps;
  /** All but who asks. */
  readonly status: () => Promise<Omit<Status, "caller">>;
  /** The proof file of an action, as text. */
  readonly prove: (action: ActionId) => Promise<string>;
  /** The connection strings of an agent with this token. */
  readonly agentUrls: (agent: string, token: string) => CreatedAgent["urls"];
  /** Without a slash at the end. */
  readonly publicUrl: () => string;
  readonly clock: Clock;
  readonly log: Log;
}
