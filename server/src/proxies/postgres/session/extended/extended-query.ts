/**
 * The extended protocol: messages that make up a pipeline, each taken by itself up to the Sync.
 *
 * Parse and Describe of a statement that policy does not deny are forwarded ahead of the decision, because
 * drivers wait for their answers; they run nothing. The Bind of a statement that people are asked about
 * waits for the decision on its Execute, because planning may already run functions, and nothing that runs may come
 * between the two.
 */

import { isUsableName } from "#/proxies/postgres/names.ts";
import type { Prepared } from "#/proxies/postgres/prepared/prepared.ts";
import { refusalError, sessionError } from "#/proxies/postgres/present.ts";
import { letGo } from "#/proxies/postgres/session/let-go.ts";
import { isLater, type MaybeLater } from "#/proxies/postgres/session/maybe-later.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import { namesPortal, onFailure, type Pipeline } from "#/proxies/postgres/session/pipeline.ts";
import { leftBy } from "#/proxies/postgres/session/proposal/not-carried.ts";
import { refuseInPipeline, tooManyStatements } from "#/proxies/postgres/session/refuse.ts";
import type {
  BindMessage,
  CloseMessage,
  DescribeMessage,
  ExecuteMessage,
  ParseMessage,
} from "#/proxies/postgres/wire/frontend-messages.ts";
import type { Received } from "#/proxies/postgres/wire/inbox.ts";
import { settleWaiting, takeBind } from "./bind.ts";
import { takeExecute } from "./execute.ts";
import { mayBeParted } from "./parted.ts";
import { readsAhead } from "./reads-ahead.ts";

export class ExtendedQuery {
  readonly #parts: SessionParts;
  #pipeline: Pipeline | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** What goes on since the last Sync; null between two of them. */
  get pipeline(): Pipeline | null {
    return this.#pipeline;
  }

  /** A message of the simple protocol ends it as a Sync does. */
  leave(): void {
    this.#pipeline = null;
  }

  parse(parse: ParseMessage, received: Received): MaybeLater {
    return this.#within(received, (pipeline) => this.#parse(pipeline, parse, received));
  }

  #parse(
    pipeline: Pipeline,
    { name, sql, parameterTypes }: ParseMessage,
    { bytes }: Received,
  ): MaybeLater {
    const { dialogue, statements, knowledge, proposer } = this.#parts;
    const taken = name !== "" && statements.statement(name) !== undefined;
    if (statements.full) return refuseInPipeline(this.#parts, pipeline, tooManyStatements);
    if (taken || !isUsableName(name)) {
      const why = taken
        ? `prepared statement "${name}" already exists`
        : `the name "${name}" can't be used`;
      return refuseInPipeline(this.#parts, pipeline, sessionError("ERROR", "42P05", why));
    }
    const classified = knowledge.classify(sql);
    const prepared: Prepared = { sql, classified, parameterTypes };
    const denied = proposer.denied({ command: sql, parameters: [], classified }, pipeline);
    if (denied !== null) {
      return denied.then((refusal) =>
        refuseInPipeline(this.#parts, pipeline, refusalError(refusal), leftBy(classified)),
      );
    }
    const undo = statements.prepare(name, prepared);
    dialogue.send("parse", bytes, onFailure(pipeline, undo));
    return undefined;
  }

  bind(bind: BindMessage, received: Received): MaybeLater {
    return this.#within(received, (pipeline) =>
      takeBind(this.#parts, pipeline, { bind, received }),
    );
  }

  describe(describe: DescribeMessage, received: Received): MaybeLater {
    return this.#within(received, (pipeline) => this.#describe(pipeline, describe, received));
  }

  #describe(pipeline: Pipeline, { target, name }: DescribeMessage, received: Received): undefined {
    const { dialogue, statements } = this.#parts;
    const portal = target === "portal" ? statements.portal(name) : undefined;
    if (portal !== undefined && portal.deferred.length > 0) {
      portal.deferred = [...portal.deferred, received];
      return undefined;
    }
    dialogue.send("describe", received.bytes, onFailure(pipeline));
    return undefined;
  }

  execute({ portal }: ExecuteMessage, received: Received): MaybeLater {
    return this.#within(received, (pipeline) =>
      takeExecute(this.#parts, pipeline, { name: portal, received }),
    );
  }

  close(close: CloseMessage, received: Received): MaybeLater {
    return this.#within(received, (pipeline) => this.#close(pipeline, close, received));
  }

  #close(pipeline: Pipeline, { target, name }: CloseMessage, { bytes }: Received): MaybeLater {
    const { dialogue, statements } = this.#parts;
    if (!isUsableName(name)) {
      const why = `${target} "${name}" does not exist`;
      return refuseInPipeline(this.#parts, pipeline, sessionError("ERROR", "26000", why));
    }
    const undo =
      target === "portal" ? statements.closePortal(name) : statements.closeStatement(name);
    dialogue.send("close", bytes, onFailure(pipeline, undo));
    return undefined;
  }

  sync(received: Received): MaybeLater {
    const pipeline = this.#enter(received);
    return isLater(pipeline)
      ? pipeline.then((entered) => this.#sync(entered, received))
      : this.#sync(pipeline, received);
  }

  #sync(pipeline: Pipeline, { bytes }: Received): undefined {
    const { dialogue, progress } = this.#parts;
    this.#pipeline = null;
    dialogue.send("sync", bytes, {
      onAnswer: (answer) => progress.ready(answer, pipeline.failed || answer.error !== null),
    });
    return undefined;
  }

  async flush({ message }: Received): Promise<void> {
    const pipeline = this.#pipeline;
    if (pipeline !== null) {
      await settleWaiting(this.#parts, pipeline, message);
      pipeline.flushed = true;
    }
    this.#parts.dialogue.flush();
  }

  /** Of a pipeline that has failed nothing is looked at up to its Sync. */
  #within(received: Received, take: (pipeline: Pipeline) => MaybeLater): MaybeLater {
    const pipeline = this.#enter(received);
    if (isLater(pipeline)) {
      return pipeline.then((entered) => (entered.failed ? undefined : take(entered)));
    }
    return pipeline.failed ? undefined : take(pipeline);
  }

  /** Joins the pipeline, or begins one: between two of them nothing may be owed. At once where nothing is to be waited for. */
  #enter(received: Received): Pipeline | Promise<Pipeline> {
    const pipeline = this.#pipeline;
    if (pipeline === null) {
      const beginning = this.#parts.knowledge.begin();
      return beginning === undefined
        ? this.#begin(received)
        : beginning.then(() => this.#begin(received));
    }
    const { flushed } = pipeline;
    pipeline.flushed = false;
    if (flushed && this.#looksAround(pipeline, received)) {
      return this.#beginReading(pipeline, received);
    }
    const { waiting, unsettled } = pipeline;
    const goesOn = waiting === null || namesPortal(received.message, waiting);
    return goesOn && !unsettled ? pipeline : this.#join(pipeline, received);
  }

  /** Drivers ask about a write, and then about the types of its parameters: nothing would keep that from writing where the write was parsed. */
  #looksAround(pipeline: Pipeline, received: Received): boolean {
    const { failed, ran, readOnly, inBlock, waiting } = pipeline;
    const { kind } = received.message;
    if ((kind !== "parse" && kind !== "bind") || failed || ran || readOnly || inBlock) return false;
    return waiting === null && this.#readsAhead(received) === "only";
  }

  async #beginReading(pipeline: Pipeline, received: Received): Promise<Pipeline> {
    const { dialogue, knowledge } = this.#parts;
    await dialogue.settled();
    if (pipeline.failed || !(await letGo(this.#parts, pipeline, 0))) return pipeline;
    await knowledge.begin();
    return this.#begin(received);
  }

  #readsAhead(received: Received): ReturnType<typeof readsAhead> {
    return readsAhead([received, ...(this.#parts.inbox.untilAsked() ?? [])], this.#parts);
  }

  #begin(received: Received): Pipeline | Promise<Pipeline> {
    const { dialogue } = this.#parts;
    const idle = dialogue.status === "idle";
    const ahead = idle ? this.#readsAhead(received) : "no";
    if (ahead !== "first") return this.#beginAs(idle, ahead === "only");
    return mayBeParted(dialogue).then((isParted) => this.#beginAs(idle, isParted));
  }

  #beginAs(idle: boolean, readOnly: boolean): Pipeline {
    const { dialogue, statements } = this.#parts;
    if (idle) dialogue.setReadOnly(readOnly);
    const keepsUnnamed = statements.statement("") !== undefined;
    const isNew = {
      failed: false,
      ran: false,
      waiting: null,
      unsettled: false,
      mended: false,
      flushed: false,
    };
    const isReading = { readOnly, leavesNothing: true };
    this.#pipeline = { ...isNew, ...isReading, inBlock: !idle, keepsUnnamed };
    return this.#pipeline;
  }

  async #join(pipeline: Pipeline, { message }: Received): Promise<Pipeline> {
    const { waiting } = pipeline;
    if (waiting !== null && !namesPortal(message, waiting)) {
      await settleWaiting(this.#parts, pipeline, message);
    }
    if (pipeline.unsettled) {
      pipeline.unsettled = false;
      await this.#parts.dialogue.settled();
      if (!pipeline.failed) await this.#parts.knowledge.readSettings();
    }
    return pipeline;
  }
}
