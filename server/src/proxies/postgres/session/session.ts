/**
 * The life of one agent's session with one database: takes the client's messages in their order, and hands each
 * to its protocol, which has it decided and sends upstream what may run.
 *
 * Guarantees that no statement is executed upstream except through `enforce`, that later messages wait while
 * one is held, and that the end of either side ends the other.
 */
import type { Socket } from "node:net";
import { asGatewayError, GatewayError } from "#/core/errors.ts";
import type { Departure } from "#/core/protocol.ts";
import { knowProcess } from "#/proxies/postgres/agent-processes.ts";
import type { Intake } from "#/proxies/postgres/copy/intake.ts";
import { sessionError } from "#/proxies/postgres/present.ts";
import type { Received } from "#/proxies/postgres/wire/inbox.ts";
import { assemble } from "./assemble.ts";
import type { SessionContext } from "./context.ts";
import { ExtendedQuery } from "./extended/extended-query.ts";
import type { MaybeLater } from "./maybe-later.ts";
import type { SessionParts } from "./parts.ts";
import { drain, takeLeave } from "./take-leave.ts";
import { takeMessage } from "./take-message.ts";

export class Session {
  readonly #context: SessionContext;
  readonly #client: Socket;
  readonly #parts: SessionParts;
  readonly #extended: ExtendedQuery;
  #busy = false;
  /** A COPY takes time with a part of its data. */
  #feeding = false;
  #over = false;
  #begun = false;

  constructor(context: SessionContext, client: Socket) {
    this.#context = context;
    this.#client = client;
    this.#parts = assemble(context, client, {
      onFailure: (failure) => this.#fail(failure),
      onData: () => this.#work(),
      isOver: () => this.#over,
    });
    this.#extended = new ExtendedQuery(this.#parts);
  }

  get agent(): string {
    return this.#context.principal.name;
  }

  /** Checks the upstream and reads what decisions need; rejects where the session can't be had. */
  async prepare(): Promise<void> {
    const { knowledge, proposer } = this.#parts;
    const processId = await knowledge.prepare();
    knowProcess(this.#context, processId, () => {
      if (proposer.isHeld) proposer.cancel();
    });
  }

  /** From here on the client's bytes are the session's. */
  start(early: Buffer): void {
    this.#begun = true;
    this.#client.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#client.on("error", () => this.#client.destroy());
    this.#client.on("close", () => void this.end("cancelled"));
    this.#client.on("end", () => void this.end("cancelled"));
    if (early.length > 0) this.#receive(early);
    this.#client.resume();
  }

  /** The client's own cancel request: ends a wait, keeps what is not sent from being sent, or stops what runs. */
  cancel(): void {
    const { copyIn, proposer, dialogue } = this.#parts;
    if (copyIn.cancel() || proposer.cancel()) return;
    if (dialogue.runsForClient) void this.#context.upstream.cancel();
    else proposer.cancelNext(this.#busy);
  }

  /** The client has left, or may not stay (`cancelled`); or the gateway stops (`detached`). `why` is the last that it hears. */
  async end(departure: Departure, why: string | null = null): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#parts.proposer.giveUp(departure);
    this.#parts.copyIn.abandon();
    if (why !== null) this.#parts.dialogue.say(sessionError("FATAL", "57P01", why));
    this.#client.end();
    this.#parts.dialogue.mute();
    await drain(this.#context, this.#parts);
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
    this.#parts.proposer.giveUp(failure.code === "upstream.unreachable" ? "detached" : "cancelled");
    this.#parts.copyIn.abandon();
    this.#parts.dialogue.mute();
    this.#parts.awaited.giveUp();
    this.#parts.progress.lost(failure);
    this.#context.upstream.socket.destroy();
    const ending = { client: this.#client, hasBegun: this.#begun };
    void takeLeave(failure, this.#context, this.#parts, ending);
  }

  #receive(chunk: Buffer): void {
    if (this.#over) return;
    this.#context.party.heard();
    try {
      this.#parts.inbox.push(chunk);
    } catch (error) {
      this.#fail(asFailure(error));
      return;
    }
    if (this.#parts.inbox.full && this.#parts.proposer.isHeld) {
      const message = "More was sent behind a statement that waits for a person than is kept.";
      this.#fail(new GatewayError("postgres.message_too_large", message));
      return;
    }
    if (this.#parts.inbox.full) this.#client.pause();
    this.#work();
  }

  #work(): void {
    for (;;) {
      const { intake } = this.#parts.copyIn;
      const goesOn = intake === null ? this.#takeNext() : this.#feed(intake);
      if (!goesOn) return;
    }
  }

  /** False: there is nothing to take, or what was taken takes time. */
  #takeNext(): boolean {
    const { inbox, dialogue } = this.#parts;
    if (this.#busy || this.#over) return false;
    if (this.#extended.pipeline === null && inbox.isWaitingForMore) return false;
    const received = inbox.shift();
    if (received === undefined) return false;
    this.#busy = true;
    let pending: MaybeLater;
    try {
      const taken = this.#take(received);
      pending = taken === undefined ? dialogue.ready() : taken.then(() => dialogue.ready());
    } catch (error) {
      this.#fail(asFailure(error));
      return false;
    }
    this.#readOn();
    if (pending === undefined) {
      this.#busy = false;
      return true;
    }
    pending.then(
      () => {
        this.#busy = false;
        this.#work();
      },
      (error: unknown) => this.#fail(asFailure(error)),
    );
    return false;
  }

  /** Data of a COPY, whose statement is still busy: what it waits for is this. */
  #feed(intake: Intake): boolean {
    if (this.#feeding || this.#over) return false;
    const received = this.#parts.inbox.shift();
    if (received === undefined) return false;
    if (received.message.kind === "terminate") {
      void this.end("cancelled");
      return false;
    }
    let pending: Promise<void> | undefined;
    try {
      pending = intake.take(received);
    } catch (error) {
      this.#fail(asFailure(error));
      return false;
    }
    this.#readOn();
    if (pending === undefined) return true;
    this.#feeding = true;
    void pending.then(() => {
      this.#feeding = false;
      this.#work();
    });
    return false;
  }

  #readOn(): void {
    if (!this.#parts.inbox.full && this.#client.isPaused()) this.#client.resume();
  }

  #take(received: Received): MaybeLater {
    this.#parts.proposer.cancelNext(false);
    this.#parts.awaited.meet(received.message, this.#extended.pipeline);
    return takeMessage(this.#parts, this.#extended, received, () => void this.end("cancelled"));
  }
}

function asFailure(error: unknown): GatewayError {
  return asGatewayError(error, "The session failed.");
}
