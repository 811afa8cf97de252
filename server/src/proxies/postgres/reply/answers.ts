/**
 * Which answer the upstream owes next, and for which message: the order of the wire, kept as a queue.
 *
 * Guarantees that every frame of the upstream is attributed to the message that caused it, that an error in
 * a pipeline skips what the upstream skips (up to the next Sync), and that nothing of an answer is passed on
 * before its gate is open. Must not know policy or sockets.
 *
 * Source: PostgreSQL documentation, "Message Flow": Extended Query, Simple Query, Pipelining.
 */
import { GatewayError } from "#/core/errors.ts";
import type {
  BackendMessage,
  TransactionStatus,
} from "#/proxies/postgres/wire/backend-messages.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import { decodeBackend } from "#/proxies/postgres/wire/decode-backend.ts";
import type { Frame, Run } from "#/proxies/postgres/wire/frame.ts";
import type { Answer, AnswerKind, Expected, Passage } from "./expected.ts";
import type { Gate } from "./gate.ts";

interface Progress {
  tags: string[];
  error: string | null;
  rows: number;
  suspended: boolean;
}

export class Answers {
  #queue: Expected[] = [];
  #progress: Progress = fresh();
  #idleCalls: (() => void)[] = [];
  /** An error was answered and no Sync has been sent since: whatever is sent now is never answered. */
  #skipping = false;
  /** As of the last ReadyForQuery. */
  status: TransactionStatus = "idle";
  /** What is said instead of errors, notices, notifications and settings of the upstream; null: they pass as they are. */
  spoken: ((frame: Frame) => Buffer) | null = null;
  /**
   * Why the upstream has gone, in its own words. They don't pass: how what was under way ended is for the session to say, once
   * it is on record, and one session ends with one error.
   */
  farewell: Buffer | null = null;

  expect(expected: Expected): void {
    if (expected.kind === "sync") this.#skipping = false;
    if (this.#skipping) expected.onSkipped();
    else this.#queue.push(expected);
  }

  get size(): number {
    return this.#queue.length;
  }

  /** The gate of the next answer. */
  get gate(): Gate | undefined {
    return this.#queue[0]?.gate;
  }

  /** Whether the next answer is the gateway's own. */
  get hiddenNow(): boolean {
    return this.#queue[0]?.hidden === true;
  }

  /** Whether rows of the next answer are to be taken one by one, each as it passes. */
  get byRowNow(): boolean {
    return this.#queue[0]?.passing?.byRow === true;
  }

  /** Whether nobody looks into what is owed, let alone keeps a part of it: it only passes. */
  get onlyPasses(): boolean {
    return this.#queue.every(({ hidden, passing }) => !hidden && passing === null);
  }

  /** Resolves when nothing is owed. */
  whenIdle(): Promise<void> | undefined {
    if (this.#queue.length === 0) return undefined;
    return new Promise((resolve) => this.#idleCalls.push(resolve));
  }

  /** Rows and COPY data that pass in bulk. */
  takeRun(run: Run): Passage {
    const head = this.#head();
    if (run.type === backend.dataRow) this.#progress.rows += run.framesEnded;
    return head.hidden ? drop : (head.passing?.run(run) ?? pass);
  }

  take(frame: Frame): Passage {
    switch (frame.type) {
      case backend.noticeResponse:
        return this.#queue[0]?.hidden === true ? drop : this.#said(frame, pass);
      case backend.notificationResponse:
        return this.#said(frame, pass);
      case backend.parameterStatus:
        return this.#said(frame, pass);
      case backend.dataRow:
        return this.#row(frame);
      case backend.readyForQuery:
        return this.#ready(frame);
      case backend.errorResponse:
        return this.#failed(frame);
      default:
        return this.#progressed(frame);
    }
  }

  /** The upstream is gone: nothing more will be answered. */
  abandon(cause: Error): void {
    for (const { onLost } of this.#queue.splice(0)) onLost(cause);
    this.#tellIdle();
  }

  #head(): Expected {
    const head = this.#queue[0];
    if (head === undefined) throw unexpected("sent an answer that nothing asked for");
    return head;
  }

  #row(frame: Frame): Passage {
    const head = this.#head();
    this.#progress.rows += 1;
    if (!head.hidden) return passageOf(head, frame);
    if (head.onRow !== null) {
      const message = decodeBackend(frame);
      if (message.kind === "data_row") head.onRow(message.values);
    }
    return drop;
  }

  #progressed(frame: Frame): Passage {
    const head = this.#head();
    const passage = head.told.includes(frame.type) ? drop : passageOf(head, frame);
    if (head.hidden && head.onDescribed !== null) head.onDescribed(decodeBackend(frame));
    switch (frame.type) {
      case backend.commandComplete:
        this.#progress.tags.push(tagOf(decodeBackend(frame)));
        break;
      case backend.portalSuspended:
        this.#progress.suspended = true;
        break;
      case backend.copyInResponse:
        // From a text that could not be read, so that nobody knew of any data.
        if (head.onCopyIn === null) throw unexpected("asked for data");
        head.onCopyIn();
        break;
      case backend.copyBothResponse:
        throw unexpected("asked for data");
    }
    if (endOf[head.kind].includes(frame.type)) this.#complete(null);
    return passage;
  }

  #ready(frame: Frame): Passage {
    const head = this.#head();
    if (head.kind !== "sync" && head.kind !== "query") throw unexpected("was ready too early");
    const message = decodeBackend(frame);
    if (message.kind !== "ready_for_query") throw unexpected("sent a malformed ReadyForQuery");
    this.status = message.status;
    const passage = passageOf(head, frame);
    this.#complete(message.status);
    return passage;
  }

  /** An error ends a simple query at its ReadyForQuery, and a pipeline at its Sync. */
  #failed(frame: Frame): Passage {
    const head = this.#queue[0];
    const message = decodeBackend(frame);
    const fields = message.kind === "error_response" ? message.fields : {};
    const code = sqlstateForm.test(fields.code ?? "") ? (fields.code ?? "") : "XX000";
    const isFarewell = fields.severity === "FATAL" || fields.severity === "PANIC";
    if (isFarewell) this.farewell = this.spoken?.(frame) ?? Buffer.from(frame.bytes);
    // Without a message to blame.
    if (head === undefined) return isFarewell ? drop : this.#said(frame, pass);
    const passage: Passage =
      head.errorInstead !== null
        ? { kind: "replace", bytes: head.errorInstead }
        : isFarewell
          ? drop
          : this.#said(frame, passageOf(head, frame));
    if (head.hidden) head.onError?.(fields);
    this.#progress.error ??= code;
    if (head.kind === "query" || head.kind === "sync") return passage;
    this.#skip();
    this.#complete(null);
    return passage;
  }

  /** The upstream's own words, where they pass. */
  #said(frame: Frame, passage: Passage): Passage {
    if (this.spoken === null) return passage;
    switch (passage.kind) {
      case "pass":
        return { kind: "replace", bytes: this.spoken(frame) };
      case "behind":
        return { kind: "replace", bytes: Buffer.concat([passage.first, this.spoken(frame)]) };
      default:
        return passage;
    }
  }

  /** What stands behind the head is taken back before it, and the last first: each knows what was before it. */
  #skip(): void {
    const sync = this.#queue.findIndex(({ kind }) => kind === "sync");
    this.#skipping = sync === -1;
    const skipped = this.#queue.splice(1, this.#skipping ? this.#queue.length : sync - 1);
    for (const { onSkipped } of skipped.toReversed()) onSkipped();
  }

  #complete(status: TransactionStatus | null): void {
    const head = this.#queue.shift();
    const answer: Answer = { ...this.#progress, status };
    this.#progress = fresh();
    head?.onAnswer(answer);
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#queue.length > 0 || this.#idleCalls.length === 0) return;
    const calls = this.#idleCalls;
    this.#idleCalls = [];
    for (const call of calls) call();
  }
}

/** The frames that end an answer of each kind; ReadyForQuery and ErrorResponse are handled apart. */
const endOf: Readonly<Record<AnswerKind, readonly number[]>> = {
  parse: [backend.parseComplete],
  bind: [backend.bindComplete],
  describe: [backend.rowDescription, backend.noData],
  execute: [backend.commandComplete, backend.emptyQueryResponse, backend.portalSuspended],
  close: [backend.closeComplete],
  sync: [],
  query: [],
};

function passageOf({ hidden, passing }: Expected, frame: Frame): Passage {
  return hidden ? drop : (passing?.frame(frame) ?? pass);
}

const pass: Passage = { kind: "pass" };
const drop: Passage = { kind: "drop" };

function fresh(): Progress {
  return { tags: [], error: null, rows: 0, suspended: false };
}

/** What the upstream says here goes into leaves: only in the form that PostgreSQL gives it, no text of anybody's. */
const sqlstateForm = /^[0-9A-Z]{5}$/;
const tagForm = /^[A-Z][A-Z0-9 ]{0,62}$/;

export function tagOf(message: BackendMessage): string {
  if (message.kind !== "command_complete") return "";
  return tagForm.test(message.tag) ? message.tag : "UNKNOWN";
}

function unexpected(what: string): GatewayError {
  return new GatewayError("postgres.upstream_protocol", `The upstream database ${what}.`);
}
