/** What one request of a client is answered with. */
import type { Principal } from "#/core/principal.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import type { Party } from "#/platform/busy-poll.ts";
import type { McpConnection } from "./connection.ts";
import type { ClientSession, Sessions } from "./sessions.ts";
import type { HeldTasks } from "./wait/held-tasks.ts";
import type { RequestHeaders } from "./wire/check-headers.ts";
import type { ClientAnswer } from "./wire/client-answer.ts";
import type { RequestStates } from "./wire/request-state.ts";

export interface RequestContext {
  readonly connection: McpConnection;
  readonly principal: Principal;
  readonly session: ClientSession;
  readonly sessions: Sessions;
  readonly states: RequestStates;
  readonly tasks: HeldTasks;
  readonly client: ClientAnswer;
  /** The client's connection. */
  readonly party: Party;
  readonly headers: RequestHeaders;
  /** By the revision without sessions, in which a client that goes cancels. */
  readonly isStateless: boolean;
  readonly enforcement: EnforcementDeps;
}
