/**
 * A portal whose statement was approved and bound before its Execute has come: its client wants to hear of the Bind,
 * or of the portal's columns, first. Drivers open cursors so.
 *
 * Guarantees that such an approval is for what is executed next, or for nothing: whatever does not go on with this
 * portal ends it, and so does `executeAwaitedMs`. Then the portal is closed before anything else is looked at, and its
 * statement is on record as not executed. The portal's plan and values are those that were approved; nothing runs in
 * between that could give a name another meaning.
 */
import type { Outcome } from "#/core/protocol.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import type { Sent } from "#/proxies/postgres/dialogue/sent.ts";
import type { MaskedRun } from "#/proxies/postgres/masked/masked-run.ts";
import type { Portal } from "#/proxies/postgres/prepared/prepared.ts";
import type { Statements } from "#/proxies/postgres/prepared/statements.ts";
import type { Gate } from "#/proxies/postgres/reply/gate.ts";
import type { Limited } from "#/proxies/postgres/reply/limited.ts";
import { namesPortal, onFailure, type Pipeline } from "#/proxies/postgres/session/pipeline.ts";
import type { EditedStatement } from "#/proxies/postgres/session/proposal/proposed.ts";
import type { Fate } from "#/proxies/postgres/transaction.ts";
import { encodeClose } from "#/proxies/postgres/wire/encode-frontend.ts";
import type { FrontendMessage } from "#/proxies/postgres/wire/frontend-messages.ts";

/** How long an approved statement that is bound waits for its Execute. Meanwhile it holds its locks. */
export const executeAwaitedMs = 30_000;

/** What was decided, and is to run. */
export interface Approved {
  readonly gate: Gate;
  readonly fate: Fate;
  readonly limited: Limited | null;
  readonly masked: MaskedRun | null;
  readonly statement: Pick<EditedStatement, "command" | "classified" | "lock">;
}

interface Awaited {
  readonly name: string;
  readonly portal: Portal;
  readonly approved: Approved;
  readonly stopClock: () => void;
}

const notExecuted: Outcome = { state: "failed", detail: "not executed" };

export class AwaitedExecute {
  readonly #clock: Clock;
  readonly #dialogue: Dialogue;
  readonly #statements: Statements;
  #awaited: Awaited | null = null;

  constructor(clock: Clock, dialogue: Dialogue, statements: Statements) {
    this.#clock = clock;
    this.#dialogue = dialogue;
    this.#statements = statements;
  }

  /** To be called right before it is bound. How the Bind and what belongs to it are sent. */
  begin(pipeline: Pipeline, what: Pick<Awaited, "name" | "portal" | "approved">): Sent {
    const { gate, fate } = what.approved;
    const stopClock = this.#clock.after(executeAwaitedMs, () => this.#end(awaited, notExecuted));
    const awaited: Awaited = { ...what, stopClock };
    this.#awaited = awaited;
    const failing = onFailure(pipeline);
    return {
      gate,
      onAnswer: (answer) => {
        failing.onAnswer(answer);
        if (answer.error !== null) this.#end(awaited, { state: "failed", detail: answer.error });
      },
      onLost: fate.lost,
    };
  }

  /** Before each message that the client has sent. */
  meet(message: FrontendMessage, pipeline: Pipeline | null): void {
    const awaited = this.#awaited;
    if (awaited === null || goesOn(message, awaited.name, pipeline)) return;
    this.#end(awaited, notExecuted);
    this.#statements.closePortal(awaited.name);
    this.#dialogue.sendOwn("close", encodeClose("portal", awaited.name));
    if (pipeline === null) this.#dialogue.endPipeline();
  }

  /** Its Execute has come: what may run now. */
  take(portal: Portal): Approved | null {
    const awaited = this.#awaited;
    if (awaited?.portal !== portal) return null;
    this.#awaited = null;
    awaited.stopClock();
    return awaited.approved;
  }

  /** The session is over. */
  giveUp(): void {
    if (this.#awaited !== null) this.#end(this.#awaited, notExecuted);
  }

  #end(awaited: Awaited, outcome: Outcome): void {
    awaited.stopClock();
    awaited.approved.fate.resolve(outcome);
    if (this.#awaited === awaited) this.#awaited = null;
  }
}

/** Whether the Execute of the portal may still be the next thing that runs. Outside of a block it ends with the Sync. */
export function goesOn(message: FrontendMessage, name: string, pipeline: Pipeline | null): boolean {
  if (pipeline?.failed === true) return false;
  if (message.kind === "sync") return pipeline === null || pipeline.inBlock;
  return message.kind === "flush" || namesPortal(message, name);
}
