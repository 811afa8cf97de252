/**
 * From a statement to its decision: what the session knows that decisions depend on, and the attempt that is
 * handed to enforcement.
 */
import assert from "node:assert/strict";
import type { Action } from "#/core/action.ts";
import { GatewayError } from "#/core/errors.ts";
import type { SqlFacts } from "#/core/facts.ts";
import type { CallerId } from "#/core/ids.ts";
import type { Principal } from "#/core/principal.ts";
import type { Attempt, Departure, Outcome } from "#/core/protocol.ts";
import type { Refusal } from "#/core/refusal.ts";
import type { Review } from "#/core/review.ts";
import type { Verb } from "#/core/verb.ts";
import { decide } from "#/enforcement/decide.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { enforce, refuse } from "#/enforcement/enforce.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import { randomBytes } from "#/platform/random.ts";
import type { Answer } from "./answers.ts";
import {
  type Catalogue,
  isProven,
  mayCallRowFunction,
  mayCheck,
  resolveFacts,
} from "./catalogue.ts";
import { checkRole, type PostgresConnection } from "./connection.ts";
import type { Dialogue } from "./dialogue.ts";
import { readEdit } from "./edit/edit.ts";
import { isBoundToSession, type Meaning, readFingerprint, readMeaning } from "./fingerprint.ts";
import { gateOf } from "./gate.ts";
import type { Received } from "./inbox.ts";
import type { Pipeline } from "./pipeline.ts";
import { heldNotice, overriddenNotice, overrideFailedDetail } from "./present.ts";
import type { EditedStatement, Proposed, Statement } from "./proposed.ts";
import { type Classified, type Classifier, expand, type RefusedSyntax } from "./sql/facts.ts";
import { parseSearchPath } from "./sql/search-path.ts";
import { namedCharsMax, type Prepared, reservedPrefix, type Statements } from "./statements.ts";
import { toAction } from "./to-action.ts";
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

export class Proposer {
  readonly #context: SessionContext;
  readonly #dialogue: Dialogue;
  readonly #statements: Statements;
  #catalogue: Catalogue | null = null;
  #searchPath: readonly string[] | null = null;
  /** Within the transaction that goes on: its end leads back to a path that was not read. */
  #pathMoved = false;
  /** The wait that is going on. */
  #waiting: AbortController | null = null;
  #isHeld = false;
  /** What was handed to enforcement and has not come to its end. */
  readonly #running = new Set<Promise<Refusal | null>>();
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
      this.#pathMoved = false;
    }
    if (status !== "failed") await this.readSearchPath();
  }

  /** For what comes up during a wait, which may be long. Null where it can't be read without a trace. */
  async #readCatalogueAnew(): Promise<Catalogue | null> {
    const { shared } = this.#context.connection;
    await this.#dialogue.settled();
    if (this.#dialogue.status !== "idle") return shared.fresh();
    this.#catalogue = await shared.refresh(this.#dialogue.ask.bind(this.#dialogue));
    return this.#catalogue;
  }

  /** Unless it is known. To be called where the upstream answers questions. */
  async readSearchPath(): Promise<void> {
    if (this.#searchPath !== null) return;
    const [row] = await this.#dialogue.ask("show search_path");
    this.#searchPath = parseSearchPath(row?.[0] ?? "", this.#context.connection.resource.role);
    this.#resolved = new WeakMap();
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

  classify(sql: string): Classified {
    return this.expand(this.#context.classifier.classify(sql));
  }

  /** With what it runs by name put in its place. */
  expand(classified: Classified): Classified {
    const names = this.#statements.names(this.#context.classifier.classify(""));
    const expanded = expand(classified, names);
    if (movesPath(expanded, this.#pathMoved)) {
      return opaque(expanded, "It moves the search path along which its own names are looked up.");
    }
    if (this.#catalogue !== null && mayCallRowFunction(expanded, this.#catalogue)) {
      return opaque(expanded, "What looks like a column may be a function that somebody made.");
    }
    return expanded;
  }

  /** The refusal, if policy denies the statement whatever its values are, or it can't be parsed before; it is on record. */
  async denied(statement: Statement, { readOnly }: Pipeline): Promise<Refusal | null> {
    const { command, classified } = statement;
    const notCarried =
      whyNotCarried(classified) ??
      this.#whyTooMuch(classified) ??
      (readOnly ? null : this.#whyNotParsed(classified));
    if (notCarried !== null) return this.refuse(command, notCarried);
    const { enforcement } = this.#context;
    const action = this.#action(statement);
    if (decide(action, enforcement).effect !== "deny") return null;
    const never = () => Promise.reject(new Error("a denied statement is not run"));
    const attempt = { ...this.#attempt(action), proven: false, execute: never };
    const result = await enforce(attempt, enforcement);
    return result.kind === "refused" ? result.refusal : null;
  }

  /** Whether the statement is not simply allowed, whatever its values are. */
  waits({ sql, classified }: Prepared): boolean {
    const action = this.#action({
      command: sql,
      parameters: [],
      classified: this.expand(classified),
    });
    return decide(action, this.#context.enforcement).effect !== "allow";
  }

  /** Whether what is there up to a Sync or Flush executes only what asks. */
  onlyReads(received: readonly Received[]): boolean {
    const last = received.at(-1)?.message.kind;
    if (last !== "sync" && last !== "flush") return false;
    const parsed = new Map<string, Classified>();
    const isRead = (classified: Classified | undefined) =>
      classified !== undefined && isReadOnly(this.expand(classified));
    return received.every(({ message }) => {
      switch (message.kind) {
        case "query":
        case "function_call":
          return false;
        case "parse":
          parsed.set(message.name, this.#context.classifier.classify(message.sql));
          return isRead(parsed.get(message.name));
        case "bind": {
          const known = this.#statements.statement(message.statement)?.classified;
          return isRead(parsed.get(message.statement) ?? known);
        }
        default:
          return true;
      }
    });
  }

  /** Resolves when the statement has been sent (null) or refused; what it came to is recorded by itself. */
  async propose(proposed: Proposed): Promise<Refusal | null> {
    const { classified, command } = proposed;
    const notCarried = whyNotCarried(classified) ?? this.#whyTooMuch(classified);
    if (notCarried !== null) return this.refuse(command, notCarried);
    const { enforcement } = this.#context;
    const action = this.#action(proposed);
    const turn = Promise.withResolvers<Refusal | null>();
    const waiting = new AbortController();
    this.#waiting = waiting;
    let edit: EditedStatement | null = null;
    const attempt: Attempt = {
      ...this.#attempt(action),
      proven:
        proposed.readOnly && this.#catalogue !== null && isProven(classified, this.#catalogue),
      signal: waiting.signal,
      held: (review) => {
        this.#isHeld = true;
        this.#dialogue.say(heldNotice(review, enforcement.reviewUrl(review.id)));
        proposed.onHeld();
      },
      edited: async (asked) => {
        const catalogue = await this.#readCatalogueAnew();
        return readEdit(asked, {
          place: proposed.editPlace,
          classify: (sql) => this.classify(sql),
          trees: this.#context.classifier.trees,
          catalogue,
          whyNotCarried,
          toAction: (statement) => this.#action(statement),
        });
      },
      overridden: (review) => {
        edit = this.#editOf(review);
      },
      execute: (approved, gate) => {
        assert(isOf(approved, edit ?? action), "what was approved is what runs");
        const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
        const sending = proposed.run(gateOf(gate), { resolve, lost: reject }, edit);
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

  /** What a reviewer put in place of the client's statement, as it runs on this session. */
  #editOf(review: Review): EditedStatement {
    const { command, parameters } = review.action;
    const url = this.#context.enforcement.reviewUrl(review.id);
    return {
      command,
      parameters,
      classified: this.classify(command),
      notice: overriddenNotice(review, url),
      failedDetail: overrideFailedDetail(review, url),
    };
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
    const unread = verbs.includes("sql.opaque");
    if (unread) this.#statements.forgetStatements();
    const changed = facts.settings.length > 0 || isAmong(setters, classified);
    if (changed || verbs.some((verb) => !ordinaryVerbs.includes(verb))) this.#dialogue.forgetLock();
    // What SET LOCAL or a failed transaction had changed is back as well when the transaction ends.
    if (unread || changed || isAmong(enders, classified)) this.#searchPath = null;
    if (unread || changed) this.#pathMoved = true;
  }

  #whyNotParsed({ references }: Classified): string | null {
    const mayRun = this.#catalogue === null || mayCheck(references, this.#catalogue);
    return mayRun ? parsingRuns : null;
  }

  #whyTooMuch(classified: Classified): string | null {
    if (this.#statements.runByName(classified).isWhole) return null;
    return `It runs more than ${namedCharsMax} characters by name.`;
  }

  #action({ command, parameters, classified }: Statement) {
    const { principal, connection, id, clock } = this.#context;
    const { resource } = connection;
    const facts = this.#facts(classified);
    const { verbs } = classified;
    const { named } = this.#statements.runByName(classified);
    const proposal = {
      command: [command, ...named.map(({ text }) => text)].join("\n"),
      parameters: [...parameters, ...named.flatMap((each) => each.parameters)],
    };
    return toAction({ ...proposal, principal, resource, session: id, verbs, facts }, clock.now());
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

  #attempt(action: Action): Omit<Attempt, "proven" | "execute"> {
    const { caller, classifier, connection } = this.#context;
    let meaning: Meaning | null = null;
    const own = randomBytes(ownBytes).toString("hex");
    return {
      action,
      caller,
      signal: new AbortController().signal,
      fingerprint: async ({ command, facts }) => {
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
        const classified = this.classify(asked.action.command);
        return connection.findEffect({ ...asked, classified, classifier, meaning });
      },
      held: () => {},
      edited: async () => ({ kind: "refused", code: "review.override_refused", message: notHere }),
      overridden: () => {},
    };
  }
}

/** Statements under the server's read-only lock: all that are let through as reads, unless one opens a transaction. */
export function isReadOnly({ verbs, statements }: Classified): boolean {
  return (
    verbs.every((verb) => verb === "sql.read") && !statements.some(({ kind }) => kind === "begin")
  );
}

const parsingRuns =
  "Parsing it may run a function that somebody made, by the check of a domain in a list, a row or a range. Send it as a simple query.";
const ownBytes = 16;
const notHere = "Nothing runs in place of this statement.";

function isOf({ command, parameters }: Action, what: Omit<Statement, "classified">): boolean {
  return command === what.command && JSON.stringify(parameters) === JSON.stringify(what.parameters);
}

const setters: readonly string[] = ["set", "reset", "discard"];
const enders: readonly string[] = ["commit", "rollback", "rollback_to"];
const ordinaryVerbs: readonly string[] = ["sql.read", "sql.write"];

function isAmong(kinds: readonly string[], { statements }: Classified): boolean {
  return statements.some(({ kind }) => kinds.includes(kind));
}

/**
 * Whether the search path may be another one by the time a later statement of the message looks its names up.
 * Statements that end a transaction lead back to the path from before it.
 */
function movesPath({ statements, facts }: Classified, pathMoved: boolean): boolean {
  if (statements.length < 2) return false;
  const last = statements.findLastIndex(({ kind }) => !nameless.includes(kind));
  return statements
    .slice(0, Math.max(0, last))
    .some(
      ({ kind, name }) =>
        (kind === "set" && name === "search_path") ||
        (kind === "reset" && (name === null || name === "search_path")) ||
        (kind === "discard" && name === "all") ||
        (kind === "select" && facts.settings.includes("search_path")) ||
        (pathMoved && enders.includes(kind)),
    );
}

/** They look nothing up along the search path. */
const nameless: readonly string[] = [
  ...setters,
  ...enders,
  "begin",
  "close",
  "deallocate",
  "release",
  "savepoint",
];

function opaque(classified: Classified, why: string): Classified {
  return {
    ...classified,
    verbs: [...new Set<Verb>([...classified.verbs, "sql.opaque"])].toSorted(),
    facts: { ...classified.facts, opaque: classified.facts.opaque ?? why },
    proofCandidate: false,
  };
}

/** What is not to be held but refused, whatever the policy says. */
function whyNotCarried({ refused, statements }: Classified): string | null {
  if (refused !== null) return refusedSyntax[refused];
  if (statements.some(({ kind }) => kind === "copy_in")) {
    return "COPY FROM STDIN is not carried; use INSERT.";
  }
  const names = statements.flatMap(({ name, executes }) => [name ?? "", executes ?? ""]);
  return names.some((name) => name.startsWith(reservedPrefix))
    ? `Names that begin with ${reservedPrefix} are the gateway's own.`
    : null;
}

const refusedSyntax: Readonly<Record<RefusedSyntax, string>> = {
  prepare_transaction: "PREPARE TRANSACTION is not carried: its outcome could not be followed.",
  string_syntax: "Sessions with standard_conforming_strings off are not carried.",
  client_encoding: "Sessions in an encoding other than UTF8 are not carried.",
};
