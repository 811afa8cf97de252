/**
 * What has come of the statements that were sent: tells their outcomes, and keeps what the session knows in
 * step with them.
 */

import type { Outcome } from "#/core/protocol.ts";
import { isRead } from "#/core/verb.ts";
import type { SessionMasks } from "#/proxies/postgres/masked/session-masks.ts";
import type { Statements } from "#/proxies/postgres/prepared/statements.ts";
import type { Answer } from "#/proxies/postgres/reply/expected.ts";
import { type Fate, notRun, Transaction } from "#/proxies/postgres/transaction.ts";
import type { Knowledge } from "./knowledge/knowledge.ts";
import type { Proposed } from "./proposal/proposed.ts";

/** What to do with the answer of a statement that was sent. */
export interface Followed {
  readonly onAnswer: (answer: Answer) => void;
  readonly onSkipped: () => void;
  readonly onLost: (cause: Error) => void;
}

type Sent = Pick<Proposed, "command" | "classified" | "lock">;

/** What has no effect has none that is unknown where its session is lost. */
const notEnded: Outcome = { state: "failed", detail: "08006" };

type FollowingMasks = Pick<SessionMasks, "sent" | "ran" | "skipped" | "ready" | "lost">;

export class Progress {
  readonly #statements: Statements;
  readonly #knowledge: Knowledge;
  readonly #masks: FollowingMasks;
  readonly #transaction = new Transaction();
  /** COMMITs that are under way. */
  #committing = 0;
  readonly #finishing = new Set<Promise<void>>();

  constructor(statements: Statements, knowledge: Knowledge, masks: FollowingMasks) {
    this.#statements = statements;
    this.#knowledge = knowledge;
    this.#masks = masks;
  }

  /** To be called right before it is sent. */
  follow(sent: Sent, fate: Fate): Followed {
    const { command, classified } = sent;
    const { statements } = classified;
    const commits = statements.filter(({ kind }) => kind === "commit").length;
    this.#committing += commits;
    this.#knowledge.sending(classified);
    this.#masks.sent(classified);
    return {
      onAnswer: (answer) => {
        this.#committing -= commits;
        this.#transaction.answered(statements, answer, fate);
        this.#knowledge.ran(classified, command, answer);
        this.#masks.ran(classified, answer);
      },
      onSkipped: () => {
        this.#committing -= commits;
        this.#masks.skipped(classified);
        fate.resolve(notRun);
      },
      onLost: isWithoutEffect(sent) ? () => fate.resolve(notEnded) : fate.lost,
    };
  }

  /** The upstream is ready for a new message, or the next pipeline. */
  ready(answer: Answer, failed: boolean): void {
    const status = answer.status ?? "idle";
    this.#transaction.ready(status, failed);
    this.#masks.ready(status, failed);
    if (status !== "idle") return;
    this.#statements.endTransaction();
    this.#knowledge.transactionOver();
  }

  /** What goes on with messages of the gateway's own once the upstream has answered; handed back as it is. */
  finish(work: Promise<void>): Promise<void> {
    this.#finishing.add(work);
    const forget = () => void this.#finishing.delete(work);
    void work.catch(() => undefined).then(forget);
    return work;
  }

  /** When that has come to its end. Never rejects. */
  async finished(): Promise<void> {
    await Promise.allSettled(this.#finishing);
  }

  /** The session is gone. */
  lost(cause: Error): void {
    this.#masks.lost();
    this.#transaction.lost(this.#committing > 0, cause);
  }
}

/** The server keeps it from having any, or it is a read that needs no lock. What a cursor goes on with may be anything that people approved. */
function isWithoutEffect({ classified: { verbs, statements }, lock }: Sent): boolean {
  if (lock !== "none") return true;
  return verbs.every(isRead) && statements.every(({ kind }) => kind !== "fetch");
}
