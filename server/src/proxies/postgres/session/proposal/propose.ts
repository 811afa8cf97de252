/**
 * From a statement to its decision: hands attempts to enforcement, and tells when each has been sent, or why not.
 *
 * Guarantees that every attempt comes to an end on record, also where the session is lost.
 */
import type { DecisionEffect } from "#/core/decision.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Departure, Enforced } from "#/core/protocol.ts";
import type { Refusal } from "#/core/refusal.ts";
import { decide } from "#/enforcement/decide.ts";
import { enforce, refuse } from "#/enforcement/enforce.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import type { SessionMasks } from "#/proxies/postgres/masked/session-masks.ts";
import type { Prepared } from "#/proxies/postgres/prepared/prepared.ts";
import type { SessionContext } from "#/proxies/postgres/session/context.ts";
import type { Knowledge } from "#/proxies/postgres/session/knowledge/knowledge.ts";
import type { LockPlace } from "#/proxies/postgres/session/lockable.ts";
import type { Pipeline } from "#/proxies/postgres/session/pipeline.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import { type AttemptOptions, StatementAttempt } from "./attempt.ts";
import { parsingRuns, whyNotCarried } from "./not-carried.ts";
import { nowhere, type Proposed, type Statement } from "./proposed.ts";

export interface ProposerOptions {
  readonly dialogue: Dialogue;
  readonly knowledge: Knowledge;
  readonly masks: Pick<SessionMasks, "begin">;
  /** Called when a statement begins to wait for people. */
  readonly onHeld: () => void;
}

export class Proposer {
  readonly #context: SessionContext;
  readonly #dialogue: Dialogue;
  readonly #knowledge: Knowledge;
  readonly #masks: ProposerOptions["masks"];
  readonly #onHeld: () => void;
  /** The wait that is going on. */
  #waiting: StatementAttempt | null = null;
  #isHeld = false;
  #cancelsNext = false;
  /** What was handed to enforcement and has not come to its end, and who is told of that. */
  readonly #running = new Map<StatementAttempt, (ending: Refusal | null) => void>();

  constructor(context: SessionContext, { dialogue, knowledge, masks, onHeld }: ProposerOptions) {
    this.#context = context;
    this.#dialogue = dialogue;
    this.#knowledge = knowledge;
    this.#masks = masks;
    this.#onHeld = onHeld;
  }

  /** Whether a statement waits for people. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** When everything that is under way has come to its end: the refusal that says most, if there is one. */
  async concluded(): Promise<Refusal | null> {
    const endings = [...this.#running].map(
      ([attempt, told]) =>
        new Promise<Refusal | null>((resolve) =>
          this.#running.set(attempt, (ending) => {
            told(ending);
            resolve(ending);
          }),
        ),
    );
    const refusals = (await Promise.all(endings)).filter((refusal) => refusal !== null);
    return refusals.find(({ code }) => code === "outcome_unknown") ?? refusals.at(-1) ?? null;
  }

  /**
   * The refusal, if policy denies the statement whatever its values are, or it can't be parsed before; it is on record
   * then. Null where neither is so.
   */
  denied(statement: Statement, { readOnly }: Pick<Pipeline, "readOnly">): Promise<Refusal> | null {
    const { command, classified } = statement;
    const notCarried =
      this.#whyNotCarried(classified) ??
      (!readOnly && this.#knowledge.mayRunParsed(classified) ? parsingRuns : null);
    if (notCarried !== null) return this.refuse(command, notCarried);
    if (!this.denies(statement)) return null;
    const never = () => Promise.reject(new Error("a denied statement is not run"));
    const anywhere = { lock: "none", place: "midway", editPlace: nowhere, run: never } as const;
    const told = { onRuns: nothing, onSent: nothing };
    const attempt = this.#attempt({ ...statement, ...anywhere }, told);
    return enforce(attempt, this.#context.enforcement).then(refusalOf);
  }

  /** Whether policy denies the statement as it stands. */
  denies({ classified }: Pick<Statement, "classified">): boolean {
    return this.#effectOf(classified) === "deny";
  }

  /** Whether the statement is not simply allowed, whatever its values are. */
  waits({ classified }: Pick<Prepared, "classified">, place: LockPlace): boolean {
    const judged = this.#knowledge.judge(this.#knowledge.expand(classified), place);
    return this.#effectOf(judged.classified) !== "allow";
  }

  /** Whether people are asked about the statement, whatever its data is. */
  asksPeople({ classified }: Pick<Statement, "classified">): boolean {
    return this.#effectOf(classified) === "review";
  }

  /** The same of one that the gateway carries. */
  wouldAsk(statement: Statement): boolean {
    return this.#whyNotCarried(statement.classified) === null && this.asksPeople(statement);
  }

  #effectOf(classified: Classified): DecisionEffect {
    return decide(this.#knowledge.policyInput(classified), this.#context.enforcement).effect;
  }

  /**
   * Null when the statement was sent before this returned; else resolves when it has been sent (null) or refused. What it
   * came to is recorded by itself.
   */
  propose(proposed: Proposed): Promise<Refusal | null> | null {
    const { classified, command } = proposed;
    const notCarried = this.#whyNotCarried(classified);
    if (notCarried !== null) return this.refuse(command, notCarried);
    let isSent = false;
    let tell: ((refusal: Refusal | null) => void) | null = null;
    // From there on it is the upstream that a client's cancel is for.
    const onRuns = () => {
      if (this.#waiting !== attempt) return;
      this.#waiting = null;
      this.#isHeld = false;
    };
    const onSent = () => {
      onRuns();
      isSent = true;
      tell?.(null);
    };
    const attempt = this.#attempt(proposed, { onRuns, onSent });
    this.#waiting = attempt;
    if (this.#cancelsNext) attempt.cancel();
    this.#cancelsNext = false;
    this.#running.set(attempt, nothing);
    void enforce(attempt, this.#context.enforcement).then((result) => {
      const ending = result.kind === "refused" ? result.refusal : null;
      const told = this.#running.get(attempt);
      this.#running.delete(attempt);
      told?.(ending);
      onRuns();
      tell?.(ending);
    });
    if (isSent) return null;
    return new Promise((resolve) => {
      tell = resolve;
    });
  }

  /** Refuses what the gateway does not carry, on record. */
  async refuse(command: string, text: string, refusal?: Refusal): Promise<Refusal> {
    const classified = this.#context.classifier.classify(command);
    const action = this.#knowledge.action({ command, parameters: [], classified });
    return refusalOf(await refuse(action, text, this.#context.enforcement, refusal));
  }

  /** The client's own request: what is not sent yet is not to be. False where it is sent, or there is nothing. */
  cancel(): boolean {
    this.#waiting?.cancel();
    return this.#waiting !== null;
  }

  /** The same for the message that is being taken, whose statement is still to be proposed. */
  cancelNext(isCancelled: boolean): void {
    this.#cancelsNext = isCancelled;
  }

  /** Ends the wait that is going on; false if there is none. */
  giveUp(departure: Departure): boolean {
    if (this.#waiting === null) return false;
    this.#waiting.giveUp(departure);
    return true;
  }

  #whyNotCarried(classified: Classified): string | null {
    return whyNotCarried(classified) ?? this.#knowledge.whyTooMuch(classified);
  }

  #attempt(proposed: Proposed, told: Pick<AttemptOptions, "onRuns" | "onSent">): StatementAttempt {
    return new StatementAttempt(proposed, {
      context: this.#context,
      dialogue: this.#dialogue,
      knowledge: this.#knowledge,
      masks: this.#masks,
      ...told,
      onHeld: () => {
        this.#isHeld = true;
        this.#onHeld();
      },
    });
  }
}

const nothing = () => {};

function refusalOf(result: Enforced): Refusal {
  if (result.kind === "ran") throw new GatewayError("internal.unexpected", "A refusal ran.");
  return result.refusal;
}
