/** The parts of a session that both protocols work with. */
import type { CopyIn } from "#/proxies/postgres/copy/copy-in.ts";
import type { Spools } from "#/proxies/postgres/copy/spool.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import type { Statements } from "#/proxies/postgres/prepared/statements.ts";
import type { Inbox } from "#/proxies/postgres/wire/inbox.ts";
import type { AwaitedExecute } from "./extended/awaited-execute.ts";
import type { Knowledge } from "./knowledge/knowledge.ts";
import type { Progress } from "./progress.ts";
import type { Proposer } from "./proposal/propose.ts";

export interface SessionParts {
  readonly inbox: Inbox;
  readonly dialogue: Dialogue;
  readonly statements: Statements;
  readonly knowledge: Knowledge;
  readonly proposer: Proposer;
  readonly progress: Progress;
  readonly copyIn: CopyIn;
  readonly spools: Spools;
  readonly awaited: AwaitedExecute;
  readonly isOver: () => boolean;
}
