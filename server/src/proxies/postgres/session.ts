/**
 * One agent's session with one database: takes the client's messages in their order, has each decided, and
 * sends upstream what may run.
 *
 * Guarantees that no statement is executed upstream except through `enforce`, that later messages wait while
 * one is held, that a refused statement leaves the upstream's transaction as a failed one would, and that
 * the end of either side ends the other.
 *
 * Parse and Describe of a statement that policy does not deny are forwarded ahead of the decision, because
 * drivers wait for their answers; they run nothing. The Bind of a statement that people are asked about
 * waits with its Execute, because planning may already run functions, and nothing may come between the two.
 */
import type { Socket } from "node:net";
import { GatewayError } from "#/core/errors.ts";
import type { Departure } from "#/core/protocol.ts";
import type { Answer } from "./answers.ts";
import { Dialogue } from "./dialogue.ts";
import {
  boundAlone,
  type Edits,
  executeEdit,
  notRun,
  placeOf,
  refuseEdit,
} from "./edit/edit-run.ts";
import type { Gate } from "./gate.ts";
import { Inbox, type Received } from "./inbox.ts";
import {
  changesNames,
  endsTransaction,
  namesPortal,
  onFailure,
  type Pipeline,
} from "./pipeline.ts";
import { fatalError, refusalError, sessionError } from "./present.ts";
import { isReadOnly, Proposer, type SessionContext } from "./propose.ts";
import { nowhere, type Statement } from "./proposed.ts";
import type { Classified } from "./sql/facts.ts";
import {
  isUsableName,
  type Portal,
  type Prepared,
  reservedPrefix,
  Statements,
} from "./statements.ts";
import { toParameters } from "./to-action.ts";
import { type Fate, Transaction } from "./transaction.ts";
import { closeUpstream } from "./upstream.ts";
import { encodeReadyForQuery } from "./wire/codec-backend.ts";
import {
  type BindMessage,
  type CloseMessage,
  type DescribeMessage,
  type ExecuteMessage,
  encodeParse,
  encodeQuery,
  type ParseMessage,
} from "./wire/codec-frontend.ts";

/** How long a statement under way may take to end once its client is gone. */
const drainMs = 30_000;

export class Session {
  readonly #context: SessionContext;
  readonly #client: Socket;
  readonly #inbox: Inbox;
  readonly #dialogue: Dialogue;
  readonly #proposer: Proposer;
  readonly #edits: Edits;
  readonly #statements = new Statements();
  readonly #transaction = new Transaction();
  #pipeline: Pipeline | null = null;
  #busy = false;
  #over = false;
  /** COMMITs that are under way. */
  #committing = 0;

  constructor(context: SessionContext, client: Socket) {
    this.#context = context;
    this.#client = client;
    const { upstream, messageBytesMax } = context;
    this.#inbox = new Inbox(messageBytesMax);
    this.#dialogue = new Dialogue({
      upstream,
      client,
      messageBytesMax,
      onFailure: (failure) => this.#fail(failure),
    });
    this.#proposer = new Proposer(context, this.#dialogue, this.#statements);
    this.#edits = {
      dialogue: this.#dialogue,
      isOver: () => this.#over,
      refusePipeline: (pipeline, error) => this.#refusePipeline(pipeline, error),
    };
  }

  /** Checks the upstream and reads what decisions need; rejects where the session can't be had. */
  async prepare(): Promise<void> {
    await this.#proposer.prepare();
  }

  /** From here on the client's bytes are the session's. */
  start(early: Buffer): void {
    this.#client.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#client.on("error", () => this.#client.destroy());
    this.#client.on("close", () => void this.end("cancelled"));
    this.#client.on("end", () => void this.end("cancelled"));
    if (early.length > 0) this.#receive(early);
    this.#client.resume();
  }

  /** The client's own cancel request: ends a wait, or what the upstream is running. */
  cancel(): void {
    if (this.#proposer.giveUp("cancelled")) return;
    if (this.#dialogue.runsForClient) this.#context.upstream.cancel();
  }

  /** The client has left (`cancelled`), or the gateway stops (`detached`). */
  async end(departure: Departure): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#proposer.giveUp(departure);
    if (departure === "detached") {
      const going =
        "The gateway is shutting down. A statement that waits keeps its review; run it again later.";
      this.#dialogue.say(sessionError("FATAL", "57P01", going));
    }
    this.#client.end();
    this.#dialogue.mute();
    await this.#drain();
  }

  /** What runs is given time to end, so that its outcome is known; then the upstream's session is closed. */
  async #drain(): Promise<void> {
    const { clock, upstream, onEnd } = this.#context;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = clock.after(drainMs, resolve);
    await Promise.race([this.#dialogue.settled() ?? Promise.resolve(), promise]);
    stop();
    this.#lose(new Error("the client left"));
    closeUpstream(upstream.socket);
    upstream.socket.destroySoon();
    onEnd();
    // Who stops the gateway waits until what was under way is on record.
    await this.#proposer.concluded();
  }

  /** It never came to be. */
  abandon(): void {
    this.#over = true;
    this.#context.upstream.socket.destroy();
    this.#context.onEnd();
  }

  #fail(failure: GatewayError): void {
    if (this.#over) return;
    this.#over = true;
    this.#context.log.warn("session.failed", { code: failure.code });
    this.#proposer.giveUp(failure.code === "upstream.unreachable" ? "detached" : "cancelled");
    this.#dialogue.mute();
    this.#lose(failure);
    this.#context.upstream.socket.destroy();
    void this.#takeLeave(failure);
  }

  /** The last word is on the statement that was under way, once its outcome is on record. */
  async #takeLeave(failure: GatewayError): Promise<void> {
    const told = outcomeFailures.includes(failure.code) || failure.code.startsWith("upstream.");
    const refusal = told ? await this.#proposer.concluded() : null;
    this.#client.end(refusal === null ? fatalError(failure) : refusalError(refusal, "FATAL"));
    this.#context.onEnd();
  }

  #lose(cause: Error): void {
    this.#transaction.lost(this.#committing > 0, cause);
  }

  #receive(chunk: Buffer): void {
    if (this.#over) return;
    try {
      this.#inbox.push(chunk);
    } catch (error) {
      this.#fail(asFailure(error));
      return;
    }
    if (this.#inbox.full && this.#proposer.isHeld) {
      const message = "More was sent behind a statement that waits for a person than is kept.";
      this.#fail(new GatewayError("postgres.message_too_large", message));
      return;
    }
    if (this.#inbox.full) this.#client.pause();
    this.#work();
  }

  #work(): void {
    while (!this.#busy && !this.#over) {
      if (this.#pipeline === null && this.#inbox.isWaitingForMore) return;
      const received = this.#inbox.shift();
      if (received === undefined) return;
      const taken = this.#take(received);
      const pending =
        taken === undefined ? this.#dialogue.ready() : taken.then(() => this.#dialogue.ready());
      if (!this.#inbox.full && this.#client.isPaused()) this.#client.resume();
      if (pending !== undefined) {
        this.#busy = true;
        pending.then(
          () => {
            this.#busy = false;
            this.#work();
          },
          (error: unknown) => this.#fail(asFailure(error)),
        );
      }
    }
  }

  #take(received: Received): Promise<void> | undefined {
    const { message, bytes } = received;
    switch (message.kind) {
      case "query":
        return this.#query(message.sql, bytes);
      case "parse":
        return this.#parse(message, received);
      case "bind":
        return this.#bind(message, received);
      case "describe":
        return this.#describe(message, received);
      case "execute":
        return this.#execute(message, received);
      case "close":
        return this.#close(message, received);
      case "sync":
        return this.#sync(received);
      case "flush":
        return this.#flush();
      case "function_call":
        return this.#functionCall();
      case "terminate":
        void this.end("cancelled");
        return undefined;
      case "copy_data":
      case "copy_done":
      case "copy_fail":
      case "sign_in":
        // As the server: what belongs to a COPY that was refused is ignored, and no COPY IN is ever let through.
        return undefined;
    }
  }

  async #query(sql: string, bytes: Buffer): Promise<void> {
    const pipeline = this.#pipeline;
    if (pipeline !== null) await this.#dialogue.settled();
    // As the server: behind a failure everything up to the Sync is skipped.
    if (pipeline?.failed === true) return;
    this.#pipeline = null;
    if (pipeline !== null && pipeline.waiting !== null) {
      this.#statements.closePortal(pipeline.waiting);
      this.#answerQuery(boundForLater, pipeline.ran);
      return;
    }
    await this.#proposer.begin();
    const classified = this.#proposer.classify(sql);
    const { status } = this.#dialogue;
    if (status === "failed" && !endsTransaction(classified)) {
      this.#answerQuery(failedTransaction, false);
      return;
    }
    // Behind messages without their Sync it runs in their transaction, which the lock does not reach.
    const begins = status === "idle" && pipeline === null;
    const readOnly = begins && isReadOnly(classified);
    const refused = await this.#proposer.propose({
      command: sql,
      parameters: [],
      classified,
      readOnly,
      editPlace: placeOf(this.#dialogue, "message"),
      onHeld: () => this.#client.resume(),
      run: (gate, fate, edit) => {
        const sent = edit ?? { command: sql, classified };
        if (begins) this.#dialogue.setReadOnly(isReadOnly(sent.classified));
        if (edit !== null) this.#dialogue.say(edit.notice);
        const commits = this.#commitsOf(sent.classified);
        this.#dialogue.send("query", edit === null ? bytes : encodeQuery(edit.command), {
          gate,
          onAnswer: (answer) => {
            this.#committing -= commits;
            this.#answered(sent.classified, sent.command, answer, fate);
            this.#ready(answer, answer.error !== null);
          },
          onLost: fate.lost,
        });
        return undefined;
      },
    });
    if (refused !== null) this.#answerQuery(refusalError(refused), pipeline?.ran === true);
  }

  /** An error in place of a statement. Within a transaction the upstream is made to fail, as it would have. */
  #answerQuery(error: Buffer, inTransaction: boolean): void {
    const { status } = this.#dialogue;
    if (status !== "transaction" && !inTransaction) {
      this.#dialogue.say(Buffer.concat([error, encodeReadyForQuery(status)]));
      return;
    }
    this.#dialogue.send("query", encodeQuery(`rollback to savepoint "${reservedPrefix}_refused"`), {
      errorInstead: error,
      onAnswer: (answer) => this.#ready(answer, true),
    });
  }

  async #parse({ name, sql, parameterTypes }: ParseMessage, received: Received): Promise<void> {
    const pipeline = await this.#enter(received);
    if (pipeline.failed) return;
    const taken = name !== "" && this.#statements.statement(name) !== undefined;
    if (this.#statements.full) return this.#refusePipeline(pipeline, tooManyStatements);
    if (taken || !isUsableName(name)) {
      const why = taken
        ? `prepared statement "${name}" already exists`
        : `the name "${name}" can't be used`;
      return this.#refusePipeline(pipeline, sessionError("ERROR", "42P05", why));
    }
    const classified = this.#proposer.classify(sql);
    const prepared: Prepared = { sql, classified, parameterTypes };
    const denied = await this.#proposer.denied(
      { command: sql, parameters: [], classified },
      pipeline,
    );
    if (denied !== null) return this.#refusePipeline(pipeline, refusalError(denied));
    const undo = this.#statements.prepare(name, prepared);
    this.#dialogue.send("parse", received.bytes, onFailure(pipeline, undo));
  }

  async #bind(bind: BindMessage, received: Received): Promise<void> {
    const pipeline = await this.#enter(received);
    if (pipeline.failed) return;
    const prepared = this.#statements.statement(bind.statement);
    const taken = bind.portal !== "" && this.#statements.portal(bind.portal) !== undefined;
    if (prepared === undefined) {
      const why = `prepared statement "${bind.statement}" does not exist`;
      return this.#refusePipeline(pipeline, sessionError("ERROR", "26000", why));
    }
    if (this.#statements.full) return this.#refusePipeline(pipeline, tooManyStatements);
    if (taken || !isUsableName(bind.portal)) {
      const why = `cursor "${bind.portal}" already exists`;
      return this.#refusePipeline(pipeline, sessionError("ERROR", "42P03", why));
    }
    const parameters = toParameters(bind, prepared.parameterTypes);
    const asks = this.#proposer.waits(prepared);
    const portal: Portal = { statement: prepared, parameters, asks, deferred: [], executed: false };
    if (asks || namesPortal(this.#inbox.peek(), bind.portal)) {
      portal.deferred = [received];
      pipeline.waiting = bind.portal;
      this.#statements.bind(bind.portal, portal);
      return;
    }
    await this.#bindAlone(pipeline, bind.portal, portal, received);
  }

  /** Planning may run functions and tell of data, so that a Bind by itself is decided and recorded too. */
  async #bindAlone(
    pipeline: Pipeline,
    name: string,
    portal: Portal,
    received: Received,
  ): Promise<void> {
    const { statement, parameters } = portal;
    const refused = await this.#proposer.propose({
      command: statement.sql,
      parameters,
      classified: this.#proposer.expand(statement.classified),
      readOnly: false,
      editPlace: nowhere,
      onHeld: () => this.#client.resume(),
      run: (gate, fate, edit) => {
        if (edit !== null) return refuseEdit(this.#edits, boundAlone, { pipeline, edit, fate });
        const bound = { state: "executed", detail: "BIND", rows: 0 } as const;
        if (pipeline.failed) {
          fate.resolve(notRun);
          return undefined;
        }
        const undo = this.#statements.bind(name, portal);
        const failing = onFailure(pipeline, undo);
        this.#dialogue.send("bind", received.bytes, {
          gate,
          onAnswer: (answer) => {
            failing.onAnswer(answer);
            fate.resolve(answer.error === null ? bound : { state: "failed", detail: answer.error });
          },
          onSkipped: () => {
            failing.onSkipped();
            fate.resolve(notRun);
          },
          onLost: fate.lost,
        });
        return undefined;
      },
    });
    if (refused !== null) await this.#refusePipeline(pipeline, refusalError(refused));
  }

  async #describe({ target, name }: DescribeMessage, received: Received): Promise<void> {
    const pipeline = await this.#enter(received);
    if (pipeline.failed) return;
    const portal = target === "portal" ? this.#statements.portal(name) : undefined;
    if (portal !== undefined && portal.deferred.length > 0) {
      portal.deferred = [...portal.deferred, received];
      return;
    }
    this.#dialogue.send("describe", received.bytes, onFailure(pipeline));
  }

  async #execute({ portal: name }: ExecuteMessage, received: Received): Promise<void> {
    const pipeline = await this.#enter(received);
    if (pipeline.failed) return;
    const portal = this.#statements.portal(name);
    if (portal === undefined) {
      const why = `portal "${name}" does not exist`;
      return this.#refusePipeline(pipeline, sessionError("ERROR", "34000", why));
    }
    if (portal.executed) {
      // The server would say the same; but one of PostgreSQL's own defects is to look at what such a portal has lost.
      if (this.#dialogue.status === "failed") {
        return this.#refusePipeline(pipeline, failedTransaction);
      }
      this.#dialogue.send("execute", received.bytes, onFailure(pipeline));
      return;
    }
    pipeline.waiting = null;
    if (portal.asks) {
      // Nobody is asked about a statement that the upstream does not even parse.
      await this.#dialogue.settled();
      if (pipeline.failed) return;
      await this.#letGo(pipeline);
    }
    const { statement, parameters } = portal;
    const classified = this.#proposer.expand(statement.classified);
    const { status } = this.#dialogue;
    if (status === "failed" && !endsTransaction(classified)) {
      return this.#refusePipeline(pipeline, failedTransaction);
    }
    if (pipeline.readOnly && !isReadOnly(classified)) {
      return this.#refusePipeline(pipeline, beganReadOnly);
    }
    const refused = await this.#proposer.propose({
      command: statement.sql,
      parameters,
      classified,
      readOnly: pipeline.readOnly,
      editPlace: placeOf(this.#dialogue, { pipeline, portal }),
      onHeld: () => this.#client.resume(),
      run: (gate, fate, edit) => {
        // An earlier message failed meanwhile: the upstream skips to the Sync, and answers nothing before.
        if (pipeline.failed) {
          fate.resolve(notRun);
          return undefined;
        }
        if (edit !== null) {
          const bound = { name, portal, pipeline, edit, gate, fate };
          return executeEdit(this.#edits, bound, (edited) =>
            this.#executeBound(pipeline, received, portal, { gate, fate, statement: edited }),
          );
        }
        for (const { message, bytes } of portal.deferred) {
          const kind = message.kind === "bind" ? "bind" : "describe";
          this.#dialogue.send(kind, bytes, { ...onFailure(pipeline), gate });
        }
        this.#executeBound(pipeline, received, portal, {
          gate,
          fate,
          statement: { command: statement.sql, classified },
        });
        return undefined;
      },
    });
    if (refused !== null) await this.#refusePipeline(pipeline, refusalError(refused));
  }

  /** What is bound is the statement that the decision was about, or the edit that takes its place. */
  #executeBound(
    pipeline: Pipeline,
    received: Received,
    portal: Portal,
    { gate, fate, statement }: Executed,
  ): void {
    const { command, classified } = statement;
    pipeline.ran = true;
    pipeline.unsettled ||= changesNames(classified);
    portal.executed = true;
    portal.deferred = [];
    const commits = this.#commitsOf(classified);
    this.#dialogue.send("execute", received.bytes, {
      gate,
      onAnswer: (answer) => {
        this.#committing -= commits;
        if (answer.error !== null) pipeline.failed = true;
        this.#answered(classified, command, answer, fate);
      },
      onSkipped: () => {
        this.#committing -= commits;
        fate.resolve(notRun);
      },
      onLost: fate.lost,
    });
  }

  /**
   * Parsing has begun a transaction that holds locks, and for as long as people think. Where nothing has run
   * in it, it is ended; the statement outlives it.
   */
  async #letGo(pipeline: Pipeline): Promise<void> {
    if (pipeline.ran || this.#dialogue.status !== "idle" || this.#statements.portalsOpen > 1)
      return;
    this.#dialogue.endPipeline();
    await this.#dialogue.settled();
  }

  async #close({ target, name }: CloseMessage, received: Received): Promise<void> {
    const pipeline = await this.#enter(received);
    if (pipeline.failed) return;
    if (!isUsableName(name)) {
      const why = `${target} "${name}" does not exist`;
      return this.#refusePipeline(pipeline, sessionError("ERROR", "26000", why));
    }
    const undo =
      target === "portal"
        ? this.#statements.closePortal(name)
        : this.#statements.closeStatement(name);
    this.#dialogue.send("close", received.bytes, onFailure(pipeline, undo));
  }

  async #sync(received: Received): Promise<void> {
    const pipeline = await this.#enter(received);
    this.#pipeline = null;
    this.#dialogue.send("sync", received.bytes, {
      onAnswer: (answer) => this.#ready(answer, pipeline.failed || answer.error !== null),
    });
  }

  async #flush(): Promise<void> {
    if (this.#pipeline !== null) await this.#settleWaiting(this.#pipeline);
    this.#dialogue.flush();
  }

  async #functionCall(): Promise<void> {
    const pipeline = this.#pipeline;
    if (pipeline !== null) await this.#dialogue.settled();
    if (pipeline?.failed === true) return;
    this.#pipeline = null;
    await this.#proposer.begin();
    const text = "Function calls of the wire protocol are not carried; use SELECT.";
    const refused = await this.#proposer.refuse("", text);
    this.#answerQuery(refusalError(refused), pipeline?.ran === true);
  }

  /** Joins the pipeline, or begins one: between two of them nothing may be owed. */
  async #enter(received: Received): Promise<Pipeline> {
    if (this.#pipeline !== null) return this.#join(this.#pipeline, received);
    await this.#proposer.begin();
    const idle = this.#dialogue.status === "idle";
    const readOnly =
      idle && this.#proposer.onlyReads([received, ...(this.#inbox.untilAsked() ?? [])]);
    if (idle) this.#dialogue.setReadOnly(readOnly);
    this.#pipeline = { failed: false, ran: false, waiting: null, unsettled: false, readOnly };
    return this.#pipeline;
  }

  async #join(pipeline: Pipeline, { message }: Received): Promise<Pipeline> {
    const { waiting } = pipeline;
    const isAwaited =
      (message.kind === "execute" && message.portal === waiting) ||
      (message.kind === "describe" && message.target === "portal" && message.name === waiting);
    if (!isAwaited) await this.#settleWaiting(pipeline);
    if (pipeline.unsettled) {
      pipeline.unsettled = false;
      await this.#dialogue.settled();
      if (!pipeline.failed) await this.#proposer.readSearchPath();
    }
    return pipeline;
  }

  /**
   * What waits for its Execute, and something else has come. Planning may run functions: a Bind that people
   * would be asked about can't be let through, any other is decided by itself.
   */
  async #settleWaiting(pipeline: Pipeline): Promise<void> {
    const { waiting } = pipeline;
    if (waiting === null) return;
    pipeline.waiting = null;
    const portal = this.#statements.portal(waiting);
    this.#statements.closePortal(waiting);
    const [bind, ...describes] = portal?.deferred ?? [];
    if (portal === undefined || bind === undefined || portal.asks) {
      return this.#refusePipeline(pipeline, boundForLater);
    }
    portal.deferred = [];
    await this.#bindAlone(pipeline, waiting, portal, bind);
    for (const { bytes } of describes) {
      if (pipeline.failed) return;
      this.#dialogue.send("describe", bytes, onFailure(pipeline));
    }
  }

  /** An error in place of a message; everything up to the Sync is then skipped, as the server does. */
  async #refusePipeline(pipeline: Pipeline, error: Buffer): Promise<void> {
    await this.#dialogue.settled();
    // An error of the upstream came first, and the client has it.
    if (pipeline.failed) return;
    pipeline.failed = true;
    if (!pipeline.ran && this.#dialogue.status !== "transaction") {
      this.#dialogue.say(error);
      return;
    }
    const name = `${reservedPrefix}_refused`;
    const parse = encodeParse({ name, sql: "refused by countersign", parameterTypes: [] });
    this.#dialogue.send("parse", parse, { errorInstead: error });
    this.#dialogue.flush();
  }

  #answered(classified: Classified, sql: string, answer: Answer, fate: Fate): void {
    this.#transaction.answered(classified.statements, answer, fate);
    this.#proposer.ran(classified, sql, answer);
  }

  #ready(answer: Answer, failed: boolean): void {
    const status = answer.status ?? "idle";
    this.#transaction.ready(status, failed);
    if (status === "idle") this.#statements.endTransaction();
  }

  #commitsOf({ statements }: Classified): number {
    const commits = statements.filter(({ kind }) => kind === "commit").length;
    this.#committing += commits;
    return commits;
  }
}

interface Executed {
  readonly gate: Gate;
  readonly fate: Fate;
  readonly statement: Pick<Statement, "command" | "classified">;
}

/** The server's own words, which the statement would have met there. */
const failedTransaction = sessionError(
  "ERROR",
  "25P02",
  "current transaction is aborted, commands ignored until end of transaction block",
);

const tooManyStatements = sessionError(
  "ERROR",
  "53400",
  "The session keeps too many prepared statements and portals; close some.",
);

/** Failures of which the statement under way tells more than the failure itself. */
const outcomeFailures: readonly string[] = ["audit.recording_failed", "postgres.upstream_protocol"];

const beganReadOnly = sessionError(
  "ERROR",
  "0A000",
  "A pipeline that began with reads only can't go on with a write behind a Flush; send a Sync before it.",
);

const boundForLater = sessionError(
  "ERROR",
  "0A000",
  "A statement that people are asked about has to be executed right after it is bound, in the same pipeline.",
);

function asFailure(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError("internal.unexpected", "The session failed.", { cause: error });
}
