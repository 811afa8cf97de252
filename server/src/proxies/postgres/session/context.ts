/** Whose session it is, where it leads, and what the gateway gives it. */
import type { CallerId } from "#/core/ids.ts";
import type { Principal } from "#/core/principal.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import type { Party } from "#/platform/busy-poll.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import type { PostgresConnection } from "#/proxies/postgres/connection.ts";
import type { Spools } from "#/proxies/postgres/copy/spool.ts";
import type { Classifier } from "#/proxies/postgres/sql/facts.ts";
import type { Upstream } from "#/proxies/postgres/upstream/upstream.ts";

export interface SessionContext {
  readonly id: string;
  readonly caller: CallerId;
  readonly principal: Principal;
  /** Why the agent has said, when it came, that it wants what it does. */
  readonly agentReason: string | null;
  readonly connection: PostgresConnection;
  readonly upstream: Upstream;
  readonly classifier: Classifier;
  readonly enforcement: EnforcementDeps;
  readonly messageBytesMax: number;
  readonly spools: Spools;
  readonly clock: Clock;
  readonly party: Party;
  readonly log: Log;
  readonly onEnd: () => void;
}
