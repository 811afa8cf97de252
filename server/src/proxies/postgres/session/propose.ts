/**
 * From a statement to its decision: the attempt that is handed to enforcement, the wait for people, and the
 * moment in which it is sent.
 *
 * Guarantees that what runs is what was decided, or the edit that was approved in its place, and that every
 * attempt comes to an end on record, also where the session is lost.
 */
import assert from "node:assert/strict";
import type { Action } from "#/core/action.ts";
import type { DecisionEffect } from "#/core/decision.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Attempt, Departure, Outcome } from "#/core/protocol.ts";
import type { Refusal } from "#/core/refusal.ts";
import type { Review } from "#/core/review.ts";
import type { RowLimit } from "#/core/row-limit.ts";
import { decide } from "#/enforcement/decide.ts";
import { enforce, refuse } from "#/enforcement/enforce.ts";
import { randomBytes } from "#/platform/random.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue.ts";
import { readEdit } from "#/proxies/postgres/edit/edit.ts";
import {
  isBoundToSession,
  type Meaning,
  readFingerprint,
  readMeaning,
} from "#/proxies/postgres/fingerprint.ts";
import { gateOf } from "#/proxies/postgres/gate.ts";
import type { Limited } from "#/proxies/postgres/limited.ts";
import {
  heldNotice,
  limitNotice,
  overriddenNotice,
  overrideFailedDetail,
} from "#/proxies/postgres/present.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import { nothingKnown, readStanding } from "#/proxies/postgres/standing.ts";
import type { Prepared } from "#/proxies/postgres/statements.ts";
import type { SessionContext } from "./context.ts";
import type { Judged, Knowledge } from "./knowledge.ts";
import { loadsData, parsingRuns, whyNotCarried } from "./not-carried.ts";
import type { Pipeline } from "./pipeline.ts";
import type { EditedStatement, Proposed, Statement } from "./proposed.ts";
import type { LockPlace } from "./read-lock.ts";

export interface ProposerOptions {
  readonly dialogue: Dialogue;
  readonly knowledge: Knowledge;
  /** Called when a statement begins to wait for people. */
  readonly onHeld: () => void;
}

export class Proposer {
  readonly #context: SessionContext;
  readonly #dialogue: Dialogue;
  readonly #knowledge: Knowledge;
  readonly #onHeld: () => void;
  /** The wait that is going on. */
  #waiting: AbortController | null = null;
  #isHeld = false;
  /** What was handed to enforcement and has not come to its end. */
  readonly #running = new Set<Promise<Refusal | null>>();

  constructor(context: SessionContext, { dialogue, knowledge, onHeld }: ProposerOptions) {
    this.#context = context;
    this.#dialogue = dialogue;
    this.#knowledge = knowledge;
    this.#onHeld = onHeld;
  }

  /** Whether a statement waits for people. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** When everything that is under way has come to its end: the refusal that says most, if there is one. */
  async concluded(): Promise<Refusal | null> {
    const refusals = (await Promise.all(this.#running)).filter((refusal) => refusal !== null);
    return refusals.find(({ code }) => code === "outcome_unknown") ?? refusals.at(-1) ?? null;
  }

  /** The refusal, if policy denies the statement whatever its values are, or it can't be parsed before; it is on record. */
  async denied(
    statement: Statement,
    { readOnly }: Pick<Pipeline, "readOnly">,
  ): Promise<Refusal | null> {
    const { command, classified } = statement;
    const notCarried =
      this.#whyNotCarried(classified) ??
      (!readOnly && this.#knowledge.mayRunParsed(classified) ? parsingRuns : null);
    if (notCarried !== null) return this.refuse(command, notCarried);
    const { enforcement } = this.#context;
    const action = this.#knowledge.action(statement);
    if (decide(action, enforcement).effect !== "deny") return null;
    const never = () => Promise.reject(new Error("a denied statement is not run"));
    const attempt = { ...this.#attempt(action), proven: false, execute: never };
    const result = await enforce(attempt, enforcement);
    return result.kind === "refused" ? result.refusal : null;
  }

  /** Whether policy denies the statement as it stands. */
  denies(statement: Statement): boolean {
    return this.#effectOf(statement) === "deny";
  }

  /** Whether the statement is not simply allowed, whatever its values are. */
  waits({ sql, classified }: Prepared, place: LockPlace): boolean {
    const judged = this.#knowledge.judge(this.#knowledge.expand(classified), place);
    return this.#effectOf({ command: sql, classified: judged.classified }) !== "allow";
  }

  /** Whether people are asked about the statement, whatever its data is. */
  asksPeople(statement: Omit<Statement, "parameters">): boolean {
    return this.#effectOf(statement) === "review";
  }

  #effectOf(statement: Omit<Statement, "parameters">): DecisionEffect {
    const action = this.#knowledge.action({ parameters: [], ...statement });
    return decide(action, this.#context.enforcement).effect;
  }

  /** Resolves when the statement has been sent (null) or refused; what it came to is recorded by itself. */
  async propose(proposed: Proposed): Promise<Refusal | null> {
    const { classified, command } = proposed;
    const notCarried = this.#whyNotCarried(classified);
    if (notCarried !== null) return this.refuse(command, notCarried);
    const { enforcement } = this.#context;
    const action = this.#knowledge.action(proposed);
    const turn = Promise.withResolvers<Refusal | null>();
    const waiting = new AbortController();
    this.#waiting = waiting;
    let edit: EditedStatement | null = null;
    const attempt: Attempt = {
      ...this.#attempt(action, loadsData(classified) && action.data === null),
      proven: proposed.lock === "session" && this.#knowledge.isProven(classified),
      signal: waiting.signal,
      held: (review, told) => {
        this.#isHeld = true;
        this.#dialogue.say(heldNotice(review, enforcement.reviewUrl(review.id), told));
        this.#onHeld();
      },
      edited: async (asked) => {
        const catalogue = await this.#knowledge.readCatalogueAnew();
        return readEdit(asked, {
          place: proposed.editPlace,
          classify: (sql) => this.#judge(sql, proposed.place).classified,
          trees: this.#context.classifier.trees,
          catalogue,
          whyNotCarried,
          toAction: (statement) => this.#knowledge.action(statement),
        });
      },
      overridden: (review) => {
        edit = this.#editOf(review, proposed.place);
      },
      execute: (approved, gate, limit) => {
        assert(isOf(approved, edit ?? action), "what was approved is what runs");
        const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
        const limited = limit === null ? null : this.#limited(limit);
        const fate = { resolve, lost: reject };
        const sending = proposed.run(gateOf(gate), fate, { edit, limited });
        if (sending === undefined) turn.resolve(null);
        else void sending.catch(reject).then(() => turn.resolve(null));
        return promise;
      },
    };
    const running = enforce(attempt, enforcement).then((result) =>
      result.kind === "refused" ? result.refusal : null,
    );
    this.#running.add(running);
    void running.then((ending) => {
      this.#running.delete(running);
      turn.resolve(ending);
    });
    const refusal = await turn.promise;
    this.#waiting = null;
    this.#isHeld = false;
    return refusal;
  }

  /** Whoever was told to wait is told under which limit it runs. */
  #limited(limit: RowLimit): Limited {
    const { review } = limit;
    if (review === null) return { limit, url: null };
    const url = this.#context.enforcement.reviewUrl(review);
    this.#dialogue.say(limitNotice(limit, url));
    return { limit, url };
  }

  /** What a reviewer put in place of the client's statement, as it runs on this session. */
  #editOf(review: Review, place: LockPlace): EditedStatement {
    const { command, parameters } = review.action;
    const url = this.#context.enforcement.reviewUrl(review.id);
    return {
      command,
      parameters,
      ...this.#judge(command, place),
      notice: overriddenNotice(review, url),
      failedDetail: overrideFailedDetail(review, url),
    };
  }

  /** Refuses what the gateway does not carry, on record. */
  async refuse(command: string, text: string, refusal?: Refusal): Promise<Refusal> {
    const classified = this.#context.classifier.classify(command);
    const action = this.#knowledge.action({ command, parameters: [], classified });
    const result = await refuse(action, text, this.#context.enforcement, refusal);
    if (result.kind === "ran") throw new GatewayError("internal.unexpected", "A refusal ran.");
    return result.refusal;
  }

  /** Ends the wait that is going on; false if there is none. */
  giveUp(departure: Departure): boolean {
    if (this.#waiting === null) return false;
    this.#waiting.abort(departure);
    return true;
  }

  #judge(sql: string, place: LockPlace): Judged {
    return this.#knowledge.judge(this.#knowledge.classify(sql), place);
  }

  #whyNotCarried(classified: Classified): string | null {
    return whyNotCarried(classified) ?? this.#knowledge.whyTooMuch(classified);
  }

  /** `loadsUnkept`: it can't be held, because the data of which people would be asked goes by. */
  #attempt(action: Action, loadsUnkept = false): Omit<Attempt, "proven" | "execute"> {
    const { caller, classifier, clock, connection } = this.#context;
    let meaning: Meaning | null = null;
    let standing = nothingKnown;
    const own = randomBytes(ownBytes).toString("hex");
    return {
      action,
      caller,
      signal: new AbortController().signal,
      fingerprint: async ({ command, facts }) => {
        if (loadsUnkept) throw new GatewayError("internal.unexpected", "Its data was not kept.");
        await this.#dialogue.settled();
        const bound = isBoundToSession(command, facts) ? own : "";
        const ask = this.#dialogue.ask.bind(this.#dialogue);
        if (connection.preview !== "none") {
          const inTransaction = this.#dialogue.status === "transaction";
          const read = await readMeaning(ask);
          meaning = { ...read, keepsSnapshot: inTransaction && read.keepsSnapshot };
        }
        return readFingerprint(facts, ask, bound);
      },
      preview: connection.preview,
      effect: (asked) => {
        const classified = this.#knowledge.classify(asked.action.command);
        return connection.findEffect({ ...asked, classified, classifier, meaning });
      },
      touched: async (asked) => {
        if (connection.preview === "none") return null;
        const classified = this.#knowledge.classify(asked.action.command);
        return connection.findTouched({ ...asked, classified, classifier, meaning });
      },
      standing: async () => {
        const { status, inPipeline } = this.#dialogue;
        const ask = this.#dialogue.ask.bind(this.#dialogue);
        standing = await readStanding(ask, { status, inPipeline, now: clock.now() });
        return standing;
      },
      blocks: async (asked) => {
        const { pid } = standing;
        return pid === null ? null : connection.findBlocks({ ...asked, pid });
      },
      held: () => {},
      edited: async () => ({ kind: "refused", code: "review.override_refused", message: notHere }),
      overridden: () => {},
    };
  }
}

const ownBytes = 16;
const notHere = "Nothing runs in place of this statement.";

type Runs = Omit<Statement, "classified"> & Pick<Proposed, "data">;

function isOf({ command, parameters, data }: Action, what: Runs): boolean {
  return (
    command === what.command &&
    JSON.stringify(parameters) === JSON.stringify(what.parameters) &&
    data?.sha256 === what.data?.sha256
  );
}
