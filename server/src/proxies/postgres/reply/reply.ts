/**
 * Passes the upstream's answers on to the client: in order, in constant memory, and nothing before its gate.
 *
 * Guarantees that the client gets the upstream's own bytes, less the gateway's own traffic; that reading
 * stops while a gate is closed, as soon as more than a short answer waits there, or the client is slow; and that an answer whose record failed never passes.
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { asGatewayError, GatewayError } from "#/core/errors.ts";
import type { Party } from "#/platform/busy-poll.ts";
import { readOnlySetting } from "#/proxies/postgres/dialogue/own-default.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import { decodeBackend } from "#/proxies/postgres/wire/decode-backend.ts";
import type { Frame, Run } from "#/proxies/postgres/wire/frame.ts";
import { FrameSplitter } from "#/proxies/postgres/wire/frame-splitter.ts";
import type { Answers } from "./answers.ts";
import type { Passage } from "./expected.ts";
import { Outgoing } from "./outgoing.ts";

export interface ReplyOptions {
  readonly upstream: Socket;
  readonly client: Socket;
  readonly answers: Answers;
  readonly messageBytesMax: number;
  readonly party: Party;
  /** The upstream broke the protocol, or an answer may not be shown: the session is over. */
  readonly onFailure: (failure: GatewayError) => void;
  /** What the server says of `default_transaction_read_only`, whoever changed it. Whether the client hears it. */
  readonly onReadOnly: (value: string) => boolean;
  /** The session's search path has become another. Servers before 18 do not tell. */
  readonly onSearchPath: () => void;
}

export class Reply {
  readonly #options: ReplyOptions;
  readonly #splitter: FrameSplitter;
  #gateClosed = false;
  #clientFull = false;
  #over = false;
  #muted = false;
  #passedAs: PassedAs = "frames";
  readonly #out: Outgoing;
  /** Whether what has been written to the client ends within a message, and what has been added to that. */
  #inMessage = false;
  #willBeInMessage = false;

  constructor(options: ReplyOptions) {
    this.#options = options;
    this.#out = new Outgoing(options.client);
    const { messageBytesMax } = options;
    this.#splitter = new FrameSplitter({ direction: "backend", messageBytesMax });
    options.client.on("drain", () => {
      this.#clientFull = false;
      this.#resume();
    });
  }

  /**
   * Bytes from the upstream. True: nothing refers to their memory any more, because they have left for the client, or
   * because the few of them that wait were copied.
   */
  push(chunk: Buffer): boolean {
    this.#options.party.heard();
    const isCopied = chunk.length <= copiedBytesMax && this.#keepsLong();
    this.#splitter.push(isCopied ? Buffer.from(chunk) : chunk);
    if (this.#gateClosed) this.#stopAtGate();
    const passes = this.#options.answers.onlyPasses;
    this.#pump();
    if (isCopied) return true;
    if (!passes || this.#options.client.writableLength > 0) return false;
    if (this.#splitter.bytesWaiting === 0) return true;
    if (chunk.length > copiedBytesMax) return false;
    this.#splitter.detach();
    return true;
  }

  /** Whether it is no surprise if bytes are still referred to when they have passed: TLS and who looks into them do. */
  #keepsLong(): boolean {
    const { answers, client } = this.#options;
    return client instanceof TLSSocket || client.writableLength > 0 || !answers.onlyPasses;
  }

  /** The client is gone: answers are still taken in, and shown to nobody. */
  mute(): void {
    this.#muted = true;
    this.#clientFull = false;
    this.#resume();
  }

  /**
   * The client has a part of a message: whatever comes next, it takes for the rest. Where that is lost with the
   * upstream, nothing can be said any more.
   */
  get inMessage(): boolean {
    return this.#inMessage;
  }

  /** The gateway's own words to the client, behind everything that has passed. */
  say(bytes: Buffer): void {
    if (!this.#over && !this.#muted && !this.#inMessage) this.#options.client.write(bytes);
  }

  #pump(): void {
    if (this.#over) return;
    try {
      while (!this.#gateClosed && this.#splitter.bytesWaiting > 0 && this.#atOpenGate()) {
        const item = this.#next();
        if (item === undefined) break;
        this.#pass(item);
      }
    } catch (error) {
      this.#fail(asGatewayError(error, "The session failed."));
      return;
    }
    this.#write();
  }

  /** Rows of hidden traffic are wanted whole, those under a limit one by one, all others in bulk. */
  #next(): Frame | Run | undefined {
    const { hiddenNow, byRowNow } = this.#options.answers;
    const passedAs = hiddenNow ? "frames" : byRowNow ? "rows" : "bulk";
    if (passedAs !== this.#passedAs) {
      this.#passedAs = passedAs;
      const framesMax = passedAs === "rows" ? 1 : undefined;
      this.#splitter.passInRuns(passedAs === "frames" ? [] : bulkTypes, framesMax);
    }
    return this.#splitter.next();
  }

  #atOpenGate(): boolean {
    const gate = this.#options.answers.gate;
    if (gate === undefined) return true;
    switch (gate.state()) {
      case "open":
        return true;
      case "failed":
        throw new GatewayError(
          "audit.recording_failed",
          "The audit record could not be made durable, so the answer is withheld.",
        );
      case "waiting":
        this.#gateClosed = true;
        this.#stopAtGate();
        this.#options.party.expects();
        gate.onSettled(() => {
          this.#gateClosed = false;
          this.#resume();
        });
        return false;
    }
  }

  /** To stop reading and begin again costs more than to keep what a short answer has. */
  #stopAtGate(): void {
    if (this.#splitter.bytesWaiting > closedGateBytesMax) this.#options.upstream.pause();
  }

  #pass(item: Frame | Run): void {
    const { answers } = this.#options;
    if (item.kind === "run") {
      const passage = answers.takeRun(item);
      this.#add(passage, item.bytes, 0, item.bytes.length);
      // What stands in place of it is whole messages.
      if (passage.kind === "replace") this.#willBeInMessage = false;
      else if (passage.kind !== "drop") this.#willBeInMessage = item.unfinished;
      return;
    }
    if (item.type === backend.parameterStatus && this.#isOwnSetting(item)) return;
    this.#add(answers.take(item), item.source, item.start, item.end);
  }

  #add(passage: Passage, chunk: Buffer, from: number, to: number): void {
    if (passage.kind === "drop") return;
    if (passage.kind === "behind") this.#out.add(passage.first);
    if (passage.kind === "replace") this.#out.add(passage.bytes);
    else this.#out.add(chunk, from, to);
  }

  /**
   * What the gateway sets on the session stays its own affair, and a session that leaves the encoding in which commands
   * are judged is over.
   */
  #isOwnSetting(frame: Frame): boolean {
    const message = decodeBackend(frame);
    if (message.kind !== "parameter_status") return false;
    const expected = requiredSettings[message.name];
    if (expected !== undefined && expected !== message.value.toLowerCase()) {
      throw new GatewayError(
        "postgres.unsupported_session",
        `The session's ${message.name} became ${message.value}; the gateway can't judge commands in it.`,
      );
    }
    if (message.name === "search_path") this.#options.onSearchPath();
    return message.name === readOnlySetting && !this.#options.onReadOnly(message.value);
  }

  #write(): void {
    if (this.#muted) this.#out.discard();
    else this.#inMessage = this.#willBeInMessage;
    if (this.#out.write()) {
      // Of a long answer more comes without that anybody waits up for it.
      if (this.#options.answers.size === 0) this.#options.party.expects();
      return;
    }
    this.#clientFull = true;
    this.#options.upstream.pause();
  }

  #resume(): void {
    if (this.#gateClosed || this.#clientFull || this.#over) return;
    if (this.#options.upstream.isPaused()) this.#options.upstream.resume();
    this.#pump();
  }

  #fail(failure: GatewayError): void {
    this.#over = true;
    this.#out.discard();
    this.#options.onFailure(failure);
  }
}

/** Settings without which the text that is judged would not be the text that runs. */
export const requiredSettings: Readonly<Record<string, string>> = {
  client_encoding: "utf8",
  standard_conforming_strings: "on",
};

/** More than this is handed over with its memory rather than copied. */
const copiedBytesMax = 8 * 1024;

/** What has been read of answers whose gate is closed. More is not read before it opens. */
const closedGateBytesMax = 16 * 1024;

type PassedAs = "frames" | "rows" | "bulk";

const bulkTypes = [backend.dataRow, backend.copyData];
