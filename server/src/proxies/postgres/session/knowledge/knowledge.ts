/**
 * What a session knows of its upstream that decisions depend on: the catalogue, the search path, and what
 * stands behind names. A text becomes an action with it.
 *
 * Guarantees that a statement is judged by what its names stand for when it runs, or counts as unreadable, and
 * that the gateway's look-ups take no snapshot that is the client's to take.
 */

import type { PolicyInput } from "#/core/decision.ts";
import type { SqlFacts } from "#/core/facts.ts";
import {
  type Catalogue,
  isProven,
  runsPlainReads,
} from "#/proxies/postgres/catalogue/catalogue.ts";
import { checkRole } from "#/proxies/postgres/connection.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { ResolvedFacts } from "#/proxies/postgres/masked-use/resolved-facts.ts";
import type { Fetched } from "#/proxies/postgres/prepared/prepared.ts";
import { namedCharsMax } from "#/proxies/postgres/prepared/run-by-name.ts";
import type { Statements } from "#/proxies/postgres/prepared/statements.ts";
import type { Answer } from "#/proxies/postgres/reply/expected.ts";
import type { SessionContext } from "#/proxies/postgres/session/context.ts";
import { type LockPlace, runsQuery } from "#/proxies/postgres/session/lockable.ts";
import type { Proposed, Statement } from "#/proxies/postgres/session/proposal/proposed.ts";
import { type ReadLock, readLock } from "#/proxies/postgres/session/read-lock.ts";
import {
  type Classified,
  type Classifier,
  expand,
  runsByName,
  type Statement as SqlStatement,
} from "#/proxies/postgres/sql/facts.ts";
import { toAction } from "#/proxies/postgres/to-action.ts";
import { changesSettings, isExtraordinary, movesPath, takesBackSettings } from "./changes.ts";
import { opaque } from "./count-opaque.ts";
import { countLookAlikes } from "./look-alikes.ts";
import { asCancelRequest, cancelledBy } from "./own-cancel.ts";
import { keepsNames, mayRunParsed } from "./parsed-ahead.ts";
import { functionsMove, movesPathUnseen } from "./path-moves.ts";
import { SessionCatalogue } from "./session-catalogue.ts";
import { SessionPath } from "./session-path.ts";
import { SessionReason, setsReasonAlone } from "./session-reason.ts";

export interface Judged {
  readonly classified: Classified;
  readonly lock: ReadLock;
}

export class Knowledge {
  readonly #context: SessionContext;
  readonly #dialogue: Dialogue;
  readonly #statements: Statements;
  readonly #catalogue: SessionCatalogue;
  readonly #path: SessionPath;
  readonly #reason: SessionReason;
  readonly #resolved: ResolvedFacts;

  constructor(context: SessionContext, dialogue: Dialogue, statements: Statements) {
    this.#context = context;
    this.#dialogue = dialogue;
    this.#statements = statements;
    this.#catalogue = new SessionCatalogue(context.connection, dialogue, statements);
    this.#path = new SessionPath(dialogue, context.connection.resource.role);
    this.#reason = new SessionReason(context.agentReason);
    this.#resolved = new ResolvedFacts(context.classifier, context.connection.masked);
    context.upstream.socket.once("close", () => this.transactionOver());
  }

  /** What the server calls the process that serves it. */
  async prepare(): Promise<string | null> {
    const ask = this.#dialogue.ask.bind(this.#dialogue);
    const processId = await checkRole(this.#context.connection, ask);
    await this.begin();
    return processId;
  }

  /**
   * Waits until the upstream owes nothing, and brings up to date what decisions depend on; undefined if that is so
   * already, so that the statement can be sent in the turn in which it came.
   */
  begin(): Promise<void> | undefined {
    const settled = this.#dialogue.settled();
    return settled === undefined && this.#isCurrent() ? undefined : this.#renew(settled);
  }

  #isCurrent(): boolean {
    const { status } = this.#dialogue;
    if (status === "failed") return true;
    if (status === "idle") {
      if (!this.#catalogue.take()) return false;
      this.#path.transactionEnded();
    }
    return this.#path.isKnown && this.#reason.isCurrent && !this.#statements.isDoubted;
  }

  async #renew(settled: Promise<void> | undefined): Promise<void> {
    await settled;
    const { status } = this.#dialogue;
    // Within the client's transaction the gateway's look-ups would take the snapshot that is the client's to take.
    if (status === "idle") {
      await this.#catalogue.renew();
      this.#path.transactionEnded();
    }
    if (status !== "failed") await this.readSettings();
  }

  /** For what comes up during a wait, which may be long. Null where it can't be read without a trace. */
  readCatalogueAnew(): Promise<Catalogue | null> {
    return this.#catalogue.readAnew();
  }

  /** As far as they are not known. To be called where the upstream answers questions. */
  async readSettings(): Promise<void> {
    const ask = this.#dialogue.ask.bind(this.#dialogue);
    if (this.#statements.isDoubted) this.#statements.confirm(await ask(preparedQuery));
    await this.#path.read();
    const between = this.#dialogue.status === "idle" && !this.#dialogue.inPipeline;
    await this.#reason.read(ask, between);
  }

  /** Along which names of a statement are looked up; null where that is not known. */
  get path(): readonly string[] | null {
    return this.#path.sure;
  }

  /** How often this session has run what may have changed the catalogue. */
  get redefinitions(): number {
    return this.#catalogue.redefinitions;
  }

  serverIsBefore(major: number): boolean {
    const version = this.#context.upstream.settings.get("server_version") ?? "";
    return Number.parseInt(version, 10) < major;
  }

  /** The grammar's own trees; null where the text can't be read. */
  trees(sql: string): ReturnType<Classifier["trees"]> {
    return this.#context.classifier.trees(sql);
  }

  classify(sql: string): Classified {
    return this.expand(this.#context.classifier.classify(sql));
  }

  /** With what it runs by name put in its place. */
  expand(classified: Classified): Classified {
    const expanded = runsByName(classified) ? this.#expandNames(classified) : classified;
    const moving = {
      pathMoved: this.#path.hasMoved,
      functionsMove: functionsMove(expanded, this.#catalogue.read),
    };
    if (movesPath(expanded, moving)) {
      return opaque(expanded, "It moves the search path along which its own names are looked up.");
    }
    const { settings } = this.#context.upstream;
    const encoding = settings.get("server_encoding") ?? "";
    const counted = countLookAlikes(expanded, this.#catalogue.read, encoding);
    return this.#cancels(counted) === null ? counted : asCancelRequest(counted);
  }

  #cancels(classified: Classified) {
    const { connection, principal, classifier } = this.#context;
    return cancelledBy(classified, { connection, principal, trees: classifier.trees });
  }

  #expandNames(classified: Classified): Classified {
    return expand(classified, this.#statements.names(this.#context.classifier.classify("")));
  }

  /** Whether nothing in it can write, given that the server's read-only lock is on. */
  isProven(classified: Classified): boolean {
    const catalogue = this.#catalogue.relied;
    return catalogue !== null && isProven(classified, catalogue);
  }

  /** What it counts as at this place, and the lock under which it runs there. */
  judge(classified: Classified, place: LockPlace): Judged {
    const lock = readLock(classified, place);
    if (lock === "none" || lock === "session") return { classified, lock };
    // A transaction may be old. Where there is a lock it is taken then, else the statement would count as something else.
    const catalogue = lock === null ? this.#catalogue.read : this.#catalogue.shared;
    if (this.#cannotWrite(classified, this.#catalogue.relyOn(catalogue)))
      return { classified, lock: "none" };
    if (lock === null) return { classified: opaque(classified, notLockable), lock: "none" };
    return { classified, lock };
  }

  #cannotWrite(classified: Classified, catalogue: Catalogue | null): boolean {
    const queries = classified.statements.filter(runsQuery);
    const isDecided = ({ kind, name }: SqlStatement) =>
      kind === "fetch" && this.#statements.fetched(name ?? "") === "decided";
    if (queries.every(isDecided)) return true;
    return catalogue !== null && runsPlainReads(classified, catalogue);
  }

  #fetchedFrom(classified: Classified): Fetched {
    const isRead = classified.verbs.every((verb) => verb === "sql.read");
    const catalogue = this.#catalogue.relied;
    return isRead && !this.#cannotWrite(classified, catalogue) ? "read" : "decided";
  }

  /** Whether parsing it may run a function that somebody made. */
  mayRunParsed(classified: Classified): boolean {
    return mayRunParsed(classified, this.#catalogue.read);
  }

  /** Whether a later name stands for the same without it. */
  keepsNames(classified: Classified): boolean {
    return keepsNames(classified, this.#catalogue.relied);
  }

  /** People are asked about no more than that. */
  whyTooMuch(classified: Classified): string | null {
    if (this.#statements.runByName(classified).isWhole) return null;
    return `It runs more than ${namedCharsMax} characters by name.`;
  }

  /** The action of a statement, with what it runs by name. */
  action({ command, parameters, classified, data = null }: Statement & Pick<Proposed, "data">) {
    const { principal, connection, id, clock } = this.#context;
    const { named } = this.#statements.runByName(classified);
    const isAlone = named.length === 0;
    return toAction(
      {
        command: isAlone ? command : [command, ...named.map(({ text }) => text)].join("\n"),
        parameters: isAlone
          ? parameters
          : [...parameters, ...named.flatMap((each) => each.parameters)],
        data,
        principal,
        resource: connection.resource,
        session: id,
        agentReason: this.#reason.of(classified, command, this.#context.classifier),
        verbs: classified.verbs,
        facts: this.#facts(classified),
      },
      clock.now(),
    );
  }

  /** What policy is asked about it: the same objects for the same statement, whatever its values are. */
  policyInput(classified: Classified): PolicyInput {
    const { principal, connection } = this.#context;
    const { resource } = connection;
    return { verbs: classified.verbs, principal, resource, facts: this.#facts(classified) };
  }

  #facts(classified: Classified): SqlFacts {
    const { read, relied } = this.#catalogue;
    return this.#resolved.facts(classified, read, relied, this.#path.names);
  }

  /** To be called right before a statement is sent. */
  sending(classified: Classified): void {
    if (isExtraordinary(classified)) this.#catalogue.redefining();
  }

  transactionOver(): void {
    this.#catalogue.settled();
  }

  /** Keeps in step with what a statement has changed in the session. */
  ran(classified: Classified, sql: string, answer: Answer): void {
    const { classifier } = this.#context;
    if (answer.error === null) this.#cancels(classified)?.cancelWait();
    const declares = () => this.#fetchedFrom(classified);
    this.#statements.ran(classified, sql, answer, { classifier, declares });
    // What could only not be locked hides nothing of the session from what reads it.
    const unread =
      classified.verbs.includes("sql.opaque") && classified.facts.opaque !== notLockable;
    if (unread) this.#statements.doubtStatements();
    this.#reason.ran(classified, answer);
    const changed = changesSettings(classified) && !setsReasonAlone(classified);
    if (changed || isExtraordinary(classified)) this.#dialogue.forgetLock();
    if (isExtraordinary(classified)) this.#catalogue.redefined();
    // What SET LOCAL or a failed transaction had changed is back as well when the transaction ends.
    const moved = unread || changed || takesBackSettings(classified);
    const isTold = this.#context.upstream.settings.has("search_path");
    if (moved || (!isTold && movesPathUnseen(classified, this.#catalogue.read)))
      this.#path.forget();
    if (unread || changed) this.#path.moved();
  }
}

/** Names of the gateway's own are among them, and lead nowhere. */
const preparedQuery =
  "select p.name, p.statement from pg_catalog.pg_prepared_statements as p where not p.from_sql";
const notLockable =
  "What it reads may write, and here the database can't be kept from that. Send it as a message of its own.";
