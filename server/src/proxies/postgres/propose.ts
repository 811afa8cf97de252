/**
 * From a statement to its decision: what the session knows that decisions depend on, and the attempt that is
 * handed to enforcement.
 */
import type { Parameter } from "#/core/action.ts";
import { GatewayError } from "#/core/errors.ts";
import type { SqlFacts } from "#/core/facts.ts";
import type { CallerId } from "#/core/ids.ts";
import type { Principal } from "#/core/principal.ts";
import type { Attempt, Departure, Outcome } from "#/core/protocol.ts";
import type { Refusal } from "#/core/refusal.ts";
import { decide } from "#/enforcement/decide.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { enforce, refuse } from "#/enforcement/enforce.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import type { Answer } from "./answers.ts";
import { type Catalogue, isProven, resolveFacts } from "./catalogue.ts";
import { checkRole, type PostgresConnection } from "./connection.ts";
import type { Dialogue } from "./dialogue.ts";
import { type Classified, type Classifier, expand, type RefusedSyntax } from "./facts.ts";
import { readFingerprint } from "./fingerprint.ts";
import { type Gate, gateOf } from "./gate.ts";
import type { Received } from "./inbox.ts";
import { heldNotice } from "./present.ts";
import { parseSearchPath } from "./search-path.ts";
import type { Prepared, Statements } from "./statements.ts";
import { toAction } from "./to-action.ts";
import type { Fate } from "./transaction.ts";
import type { Upstream } from "./upstream.ts";

export interface SessionContext {
  readonly id: string;
  readonly caller: CallerId;
  readonly principal: Principal;
  readonly connection: PostgresConnection;
  readonly upstream: Upstream;
  readonly classifier: Classifier;
  readonly enforcement: EnforcementDeps;
  readonly messageBytesMax: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly onEnd: () => void;
}

export interface Statement {
  readonly command: string;
  readonly parameters: readonly Parameter[];
  readonly classified: Classified;
}

export interface Proposed extends Statement {
  /** The server's read-only lock is on while it runs. */
  readonly readOnly: boolean;
  /** Sends it upstream; its answer passes when the gate is open. */
  readonly run: (gate: Gate, fate: Fate) => void;
}

export class Proposer {
  readonly #context: SessionContext;
  readonly #dialogue: Dialogue;
  readonly #statements: Statements;
  #catalogue: Catalogue | null = null;
  #searchPath: readonly string[] | null = null;
  /** The wait that is going on. */
  #waiting: AbortController | null = null;
  #resolved = new WeakMap<Classified, { readonly under: object; readonly facts: SqlFacts }>();

  constructor(context: SessionContext, dialogue: Dialogue, statements: Statements) {
    this.#context = context;
    this.#dialogue = dialogue;
    this.#statements = statements;
  }

  async prepare(): Promise<void> {
    const ask = this.#dialogue.ask.bind(this.#dialogue);
    await checkRole(this.#context.connection, ask);
    await this.begin();
  }

  /** Waits until the upstream owes nothing, and brings up to date what decisions depend on. */
  async begin(): Promise<void> {
    await this.#dialogue.settled();
    const { status } = this.#dialogue;
    // Within the client's transaction the gateway's look-ups would take the snapshot that is the client's to take.
    if (status === "idle") {
      const { shared } = this.#context.connection;
      this.#catalogue =
        shared.fresh() ?? (await shared.refresh(this.#dialogue.ask.bind(this.#dialogue)));
    }
    if (this.#searchPath === null && status !== "failed") {
      const [row] = await this.#dialogue.ask("show search_path");
      this.#searchPath = parseSearchPath(row?.[0] ?? "", this.#context.connection.resource.role);
      this.#resolved = new WeakMap();
    }
  }

  classify(sql: string): Classified {
    return this.expand(this.#context.classifier.classify(sql));
  }

  /** With what it runs by name put in its place. */
  expand(classified: Classified): Classified {
    return expand(classified, this.#statements.names(this.#context.classifier.classify("")));
  }

  /** The refusal, if policy denies the statement whatever its values are; then it is on record. */
  async denied(statement: Statement): Promise<Refusal | null> {
    const { refused } = statement.classified;
    if (refused !== null) return this.refuse(statement.command, refusedSyntax[refused]);
    const { enforcement } = this.#context;
    const action = this.#action(statement);
    if (decide(action, enforcement).effect !== "deny") return null;
    const never = () => Promise.reject(new Error("a denied statement is not run"));
    const attempt = { ...this.#attempt(action), proven: false, execute: never };
    const result = await enforce(attempt, enforcement);
    return result.kind === "refused" ? result.refusal : null;
  }

  /** Whether people would be asked about the statement, whatever its values are. */
  asksPeople({ sql, classified }: Prepared): boolean {
    const action = this.#action({
      command: sql,
      parameters: [],
      classified: this.expand(classified),
    });
    return decide(action, this.#context.enforcement).effect === "review";
  }

  /** Whether everything up to the next Sync is there, and all that it executes only asks. */
  onlyReads(received: readonly Received[]): boolean {
    if (received.at(-1)?.message.kind !== "sync") return false;
    const parsed = new Map<string, Classified>();
    return received.every(({ message }) => {
      switch (message.kind) {
        case "query":
        case "function_call":
          return false;
        case "parse":
          parsed.set(message.name, this.#context.classifier.classify(message.sql));
          return parsed.get(message.name)?.proofCandidate === true;
        case "bind": {
          const known = this.#statements.statement(message.statement)?.classified;
          return (parsed.get(message.statement) ?? known)?.proofCandidate === true;
        }
        default:
          return true;
      }
    });
  }

  /** Resolves when the statement has been sent (null) or refused; what it came to is recorded by itself. */
  async propose(proposed: Proposed): Promise<Refusal | null> {
    const { classified, command } = proposed;
    if (classified.refused !== null) return this.refuse(command, refusedSyntax[classified.refused]);
    if (classified.statements.some(({ kind }) => kind === "copy_in")) {
      return this.refuse(command, "COPY FROM STDIN is not carried; use INSERT.");
    }
    const { enforcement } = this.#context;
    const action = this.#action(proposed);
    const turn = Promise.withResolvers<Refusal | null>();
    const waiting = new AbortController();
    this.#waiting = waiting;
    const attempt: Attempt = {
      ...this.#attempt(action),
      proven:
        proposed.readOnly && this.#catalogue !== null && isProven(classified, this.#catalogue),
      signal: waiting.signal,
      execute: (_, gate) => {
        const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
        proposed.run(gateOf(gate), { resolve, lost: reject });
        turn.resolve(null);
        return promise;
      },
    };
    void enforce(attempt, enforcement).then((result) =>
      turn.resolve(result.kind === "refused" ? result.refusal : null),
    );
    const refusal = await turn.promise;
    this.#waiting = null;
    return refusal;
  }

  /** Refuses what the gateway does not carry, on record. */
  async refuse(command: string, text: string): Promise<Refusal> {
    const classified = this.#context.classifier.classify(command);
    const action = this.#action({ command, parameters: [], classified });
    const result = await refuse(action, text, this.#context.enforcement);
    if (result.kind === "ran") throw new GatewayError("internal.unexpected", "A refusal ran.");
    return result.refusal;
  }

  /** Ends the wait that is going on; false if there is none. */
  giveUp(departure: Departure): boolean {
    if (this.#waiting === null) return false;
    this.#waiting.abort(departure);
    return true;
  }

  /** Keeps in step with what a statement has changed in the session. */
  ran(classified: Classified, sql: string, answer: Answer): void {
    this.#statements.ran(classified, sql, answer, this.#context.classifier);
    const { verbs, facts } = classified;
    const opaque = verbs.includes("sql.opaque");
    if (opaque) this.#statements.forgetStatements();
    const changed = facts.settings.length > 0 || facts.kinds.some((kind) => setters.includes(kind));
    if (changed || verbs.some((verb) => !ordinaryVerbs.includes(verb))) this.#dialogue.forgetLock();
    // What SET LOCAL or a failed transaction had changed is back as well when the transaction ends.
    if (opaque || changed || facts.kinds.some((kind) => enders.includes(kind))) {
      this.#searchPath = null;
    }
  }

  #action({ command, parameters, classified }: Statement) {
    const { principal, connection, id, clock } = this.#context;
    const { resource } = connection;
    const facts = this.#facts(classified);
    return toAction(
      { principal, resource, session: id, command, parameters, verbs: classified.verbs, facts },
      clock.now(),
    );
  }

  /** The same object for the same statement, so that decisions can be remembered by it. */
  #facts(classified: Classified): SqlFacts {
    const catalogue = this.#catalogue;
    if (catalogue === null) return classified.facts;
    const known = this.#resolved.get(classified);
    if (known?.under === catalogue) return known.facts;
    const facts = resolveFacts(classified.facts, catalogue, this.#searchPath ?? []);
    this.#resolved.set(classified, { under: catalogue, facts });
    return facts;
  }

  #attempt(action: ReturnType<typeof toAction>): Omit<Attempt, "proven" | "execute"> {
    const { caller, enforcement } = this.#context;
    return {
      action,
      caller,
      signal: new AbortController().signal,
      fingerprint: async () => {
        await this.#dialogue.settled();
        return readFingerprint(action.facts, this.#dialogue.ask.bind(this.#dialogue));
      },
      held: (review) => this.#dialogue.say(heldNotice(review, enforcement.reviewUrl(review.id))),
    };
  }
}

const setters: readonly string[] = ["set", "reset", "discard"];
const enders: readonly string[] = ["commit", "rollback", "rollback_to"];
const ordinaryVerbs: readonly string[] = ["sql.read", "sql.write"];

const refusedSyntax: Readonly<Record<RefusedSyntax, string>> = {
  prepare_transaction: "PREPARE TRANSACTION is not carried: its outcome could not be followed.",
  string_syntax: "Sessions with standard_conforming_strings off are not carried.",
  client_encoding: "Sessions in an encoding other than UTF8 are not carried.",
};
