/**
 * The conversation with the upstream: sends messages, attributes the answers, asks the gateway's own
 * questions in between, and keeps the read-only lock.
 *
 * Guarantees that own questions leave no trace in what the client sees or in the transaction it is in: they
 * use names of their own, and never a Sync inside a client's pipeline.
 *
 * The lock of what starts its own transaction is a default of the session (`own-default.ts`). Transactions that the
 * client opens have one of their own (`session/read-lock.ts`).
 */
import type { Socket } from "node:net";
import { GatewayError } from "#/core/errors.ts";
import type { Party } from "#/platform/busy-poll.ts";
import type { AskedRow } from "#/proxies/postgres/ask.ts";
import { Answers } from "#/proxies/postgres/reply/answers.ts";
import type { AnswerKind, Expected } from "#/proxies/postgres/reply/expected.ts";
import { drained, Outgoing } from "#/proxies/postgres/reply/outgoing.ts";
import { Reply } from "#/proxies/postgres/reply/reply.ts";
import type { Upstream } from "#/proxies/postgres/upstream/upstream.ts";
import { flushFrame, syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import type { Frame } from "#/proxies/postgres/wire/frame.ts";
import { isAlone, Leaving } from "#/proxies/postgres/wire/memory.ts";
import { OwnDefault, readOnlySetting } from "./own-default.ts";
import { exchange, type OwnStatement, rowsOf, unreachable } from "./own-exchange.ts";
import { expected, ignore, type Sent, type SentOwn } from "./sent.ts";

export interface DialogueOptions {
  readonly upstream: Upstream;
  readonly client: Socket;
  readonly messageBytesMax: number;
  readonly party: Party;
  readonly onFailure: (failure: GatewayError) => void;
}

export class Dialogue {
  readonly #upstream: Socket;
  readonly #cancel: () => Promise<void>;
  readonly #client: Socket;
  readonly #answers = new Answers();
  readonly #reply: Reply;
  readonly #out: Outgoing;
  readonly #leaving: Leaving;
  readonly #onFailure: (failure: GatewayError) => void;
  /** Messages of the extended protocol were sent and no Sync after them. */
  #unsynced = false;
  readonly #party: Party;
  readonly #write = () => {
    this.#out.write();
    this.#party.expects();
  };
  #asked = 0;
  readonly #default: OwnDefault;
  #lost: Error | null = null;
  #pathsReported = 0;

  constructor({ upstream, client, messageBytesMax, party, onFailure }: DialogueOptions) {
    this.#upstream = upstream.socket;
    this.#cancel = () => upstream.cancel();
    this.#out = new Outgoing(upstream.socket);
    this.#leaving = new Leaving(upstream.socket);
    this.#client = client;
    this.#party = party;
    this.#answers.status = upstream.status;
    this.#onFailure = onFailure;
    const readOnly = new OwnDefault(upstream.settings.get(readOnlySetting));
    this.#default = readOnly;
    this.#reply = new Reply({
      upstream: upstream.socket,
      client,
      answers: this.#answers,
      messageBytesMax,
      party,
      onFailure,
      onReadOnly: (value) => readOnly.reported(value),
      onSearchPath: () => {
        this.#pathsReported += 1;
      },
    });
    upstream.incoming.to((chunk) => this.#reply.push(chunk));
    upstream.socket.on("error", () => upstream.socket.destroy());
    upstream.socket.on("close", () => this.#close());
    upstream.socket.resume();
  }

  /** As of the last answer; to be relied on when nothing is owed. */
  get status() {
    return this.#answers.status;
  }

  /** Why the upstream has gone, where it has said so: an error that may pass. */
  get farewell(): Buffer | null {
    return this.#answers.farewell;
  }

  /** How often the server has said that the search path is another, whoever has set it. */
  get pathsReported(): number {
    return this.#pathsReported;
  }

  /** Whether what the upstream is doing is the client's, not the gateway's own. */
  get runsForClient(): boolean {
    return this.#answers.size > 0 && !this.#answers.hiddenNow;
  }

  /** From here on the upstream's errors, notices and notifications pass as this says. */
  speakAs(spoken: (frame: Frame) => Buffer): void {
    this.#answers.spoken = spoken;
  }

  send(kind: AnswerKind, bytes: Buffer, sent: Sent = {}): void {
    this.#expect(bytes, expected(kind, sent, "client"));
  }

  /** A message of the gateway's own: the client sees nothing of its answer but `errorInstead`. */
  sendOwn(kind: AnswerKind, bytes: Buffer, sent: SentOwn = {}): void {
    this.#expect(bytes, expected(kind, sent, "gateway"));
  }

  /** Data of the COPY that is under way. Resolves when the upstream takes more; undefined: it does. */
  feed(bytes: Buffer): Promise<void> | undefined {
    this.#leaving.end();
    if (this.#lost === null) this.#post(bytes);
    return drained(this.#upstream);
  }

  /** The same for data that nobody looks at again, so that its memory can be let go. */
  pass(data: Buffer): Promise<void> | undefined {
    if (!isAlone(data)) return this.feed(data);
    if (this.#lost !== null) return undefined;
    this.#leaving.letGo();
    this.#out.add(data);
    this.#out.write();
    this.#leaving.add(data);
    return drained(this.#upstream);
  }

  /** The upstream has been sent what can't be ended: it is lost. */
  hangUp(): void {
    this.#upstream.destroy();
  }

  /** Messages of the extended protocol were sent, and no Sync after them. */
  get inPipeline(): boolean {
    return this.#unsynced;
  }

  /** Asks the upstream to answer what it has; there is no answer to a Flush itself. */
  flush(): void {
    if (this.#unsynced) this.#post(flushFrame);
  }

  /** A Sync of the gateway's own, where messages without one were sent. */
  endPipeline(): void {
    if (this.#unsynced) this.sendOwn("sync", syncFrame);
  }

  /**
   * Resolves when both sides take more and the upstream owes fewer answers than `answersOwedMax`; undefined if
   * that is so already. Whoever waits for it between messages keeps in memory no more than one message makes,
   * also for a client that never reads.
   */
  ready(): Promise<void> | undefined {
    const wait =
      drained(this.#client) ??
      drained(this.#upstream) ??
      (this.#answers.size >= answersOwedMax ? this.settled() : undefined);
    return wait?.then(() => this.ready());
  }

  /** Resolves when the upstream owes nothing; undefined if that is so already. */
  settled(): Promise<void> | undefined {
    if (this.#answers.size === 0) return undefined;
    this.flush();
    return this.#answers.whenIdle();
  }

  /**
   * Asks the upstream to stop what it is running. Resolves when it has been asked, so that whoever waits for this
   * before the next message never stops that one.
   */
  interrupt(): Promise<void> {
    return this.#cancel();
  }

  /** The client has a part of a message of the upstream's, and can be told nothing before its end. */
  get inMessage(): boolean {
    return this.#reply.inMessage;
  }

  /** The gateway's own words, behind everything that the upstream has said. */
  say(bytes: Buffer): void {
    this.#reply.say(bytes);
  }

  /** The client is gone: answers are still read, so that outcomes become known, and go nowhere. */
  mute(): void {
    this.#reply.mute();
  }

  /** Rejects with `upstream.unreachable` if the question can't be asked or fails. */
  async ask(sql: string, parameters: readonly string[] = []): Promise<readonly AskedRow[]> {
    if (this.#lost !== null) throw unreachable(this.#lost);
    return rowsOf(this, this.#own(sql, parameters));
  }

  /** A statement of the gateway's own, of which nobody but the upstream needs to hear. In order; not awaited. */
  tell(sql: string, sent: Omit<SentOwn, "onRow">, parameters: readonly string[] = []): void {
    exchange(this, this.#own(sql, parameters), {
      onAnswer: ignore,
      onSkipped: ignore,
      onLost: ignore,
      ...sent,
      onRow: null,
    });
  }

  /** To be called between transactions only. */
  setReadOnly(readOnly: boolean): void {
    const value = this.#default.turn(readOnly);
    if (value === null) return;
    this.#insist(`set ${readOnlySetting} to ${value}`, "The upstream refused the read-only lock.");
  }

  /**
   * What was prepared keeps the relations that its names led to, also where others come before them since: from here on the names are
   * looked up anew. To be called between transactions only.
   */
  forgetPlans(): void {
    this.#insist("discard plans", "The upstream kept the plans of what was prepared.");
  }

  /** The session can't go on where it fails. The answer need not be awaited: the server takes it in order. */
  #insist(sql: string, refused: string): void {
    const failed = () => {
      this.#onFailure(new GatewayError("postgres.upstream_protocol", refused));
    };
    exchange(this, this.#own(sql), {
      onRow: null,
      onAnswer: ({ error }) => {
        if (error !== null) failed();
      },
      onSkipped: failed,
      onLost: ignore,
    });
  }

  /** Something ran that may have changed any setting. */
  forgetLock(): void {
    this.#default.doubted();
  }

  #own(sql: string, parameters: readonly string[] = []): OwnStatement {
    this.#asked += 1;
    return { sql, parameters, number: this.#asked };
  }

  #expect(bytes: Buffer, answer: Expected): void {
    if (this.#lost !== null) {
      answer.onLost(this.#lost);
      return;
    }
    this.#answers.expect(answer);
    this.#unsynced = answer.kind !== "sync" && answer.kind !== "query";
    this.#post(bytes);
  }

  /** What is sent in one turn of the event loop leaves in one write at its end. */
  #post(bytes: Buffer): void {
    if (this.#out.bytes === 0) process.nextTick(this.#write);
    this.#out.add(bytes);
    if (this.#out.bytes > outgoingBytesMax) this.#out.write();
  }

  #close(): void {
    this.#lost = new Error("the upstream closed the connection");
    this.#answers.abandon(this.#lost);
    this.#onFailure(unreachable(this.#lost));
  }
}

/** What waits for the end of the turn. More leaves at once, so that the upstream can say that it is too much. */
const outgoingBytesMax = 64 * 1024;
/** Answers that the upstream owes before it is waited for. */
const answersOwedMax = 1024;
