/**
 * When what was read of the catalogue can't be relied on, because a session is changing it: for itself from then on, and for others from
 * when that may be committed until the server has said that it is.
 *
 * A statement of another session that waits for a lock meets what is committed meanwhile, which was read before.
 */
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import type { TransactionStatus } from "#/proxies/postgres/wire/backend-messages.ts";

type Sent = Pick<Classified, "verbs" | "statements"> & {
  readonly facts: Pick<Classified["facts"], "kinds">;
};

export class Redefining {
  readonly #changing: () => () => void;
  /** In the transaction that goes on. */
  #isOpen = false;
  /** Something was sent since the server was last ready that leaves the transaction. */
  #hasEnded = false;
  #end: (() => void) | null = null;

  constructor(changing: () => () => void) {
    this.#changing = changing;
  }

  /** This session has changed what is not committed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** To be called right before it is sent. */
  sent(classified: Sent, status: TransactionStatus): void {
    this.#isOpen ||= redefines(classified);
    this.#hasEnded ||= classified.statements.some(({ kind }) => enders.has(kind));
    if (!this.#isOpen || (status === "transaction" && !this.#hasEnded)) return;
    this.#end ??= this.#changing();
  }

  ready(status: TransactionStatus): void {
    if (status === "idle" || this.#hasEnded) this.#isOpen = false;
    this.#hasEnded = false;
    this.over();
  }

  /** Also where the session is gone. */
  over(): void {
    this.#end?.();
    this.#end = null;
  }
}

const enders: ReadonlySet<string> = new Set(["commit", "rollback", "call"]);

/** Whether it may change what columns come from: everything but rows, rights and what is on disk. */
export function redefines({ verbs, facts }: Sent): boolean {
  if (!verbs.some((verb) => verb !== "sql.read" && verb !== "sql.write")) return false;
  return verbs.includes("sql.opaque") || facts.kinds.some((kind) => !keepsDefinitions.has(kind));
}

const keepsDefinitions: ReadonlySet<string> = new Set(
  "select show explain insert update delete merge set reset begin commit rollback analyze checkpoint cluster create_index create_role alter_role grant revoke grant_role revoke_role notify listen refresh_materialized_view reindex vacuum".split(
    " ",
  ),
);
