/**
 * One statement on its way through enforcement: what enforcement may ask of the session that it came from, and how it,
 * or the edit that was approved in its place, is sent.
 *
 * Guarantees that what runs is what was decided, or the edit that was approved in its place.
 * An object of a class, not of closures: one is made for every statement, and most need nothing of it but `execute`.
 */
import assert from "node:assert/strict";
import type { Action } from "#/core/action.ts";
import type { PreviewMode } from "#/core/effect.ts";
import { GatewayError } from "#/core/errors.ts";
import type { CallerId } from "#/core/ids.ts";
import type { Mask } from "#/core/obligation.ts";
import type {
  Attempt,
  Departure,
  Edit,
  Edited,
  EffectAsked,
  EffectFound,
  Outcome,
  Standing,
  Told,
  TouchedFound,
} from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import type { RowLimit } from "#/core/row-limit.ts";
import { randomBytes } from "#/platform/random.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { readEdit } from "#/proxies/postgres/edit/edit.ts";
import {
  isBoundToSession,
  type Meaning,
  readFingerprint,
  readMeaning,
} from "#/proxies/postgres/fingerprint/fingerprint.ts";
import { countMasked } from "#/proxies/postgres/masked/count-masked.ts";
import type { MaskedRun } from "#/proxies/postgres/masked/masked-run.ts";
import type { SessionMasks } from "#/proxies/postgres/masked/session-masks.ts";
import {
  heldNotice,
  limitNotice,
  overriddenNotice,
  overrideFailedDetail,
} from "#/proxies/postgres/present.ts";
import { gateOf } from "#/proxies/postgres/reply/gate.ts";
import type { Limited } from "#/proxies/postgres/reply/limited.ts";
import type { SessionContext } from "#/proxies/postgres/session/context.ts";
import type { Judged, Knowledge } from "#/proxies/postgres/session/knowledge/knowledge.ts";
import { nothingKnown, readStanding } from "#/proxies/postgres/standing/standing.ts";
import { asSql, type SqlAction } from "#/proxies/postgres/to-action.ts";
import { loadsData, whyNotCarried } from "./not-carried.ts";
import type { EditedStatement, Proposed, Statement } from "./proposed.ts";

export interface AttemptOptions {
  readonly context: SessionContext;
  readonly dialogue: Dialogue;
  readonly knowledge: Knowledge;
  readonly masks: Pick<SessionMasks, "begin">;
  /** Called when it begins to wait for people. */
  readonly onHeld: () => void;
  /** Called when nobody is waited for any more, and it is about to be sent. */
  readonly onRuns: () => void;
  /** Called when it has been sent; what has a limit, when it has been judged as well. */
  readonly onSent: () => void;
}

export class StatementAttempt implements Attempt {
  readonly action: SqlAction;
  readonly caller: CallerId;
  readonly proven: boolean;
  readonly preview: PreviewMode;
  readonly #proposed: Proposed;
  readonly #options: AttemptOptions;
  #waiting: AbortController | null = null;
  #isCancelled = false;
  /** What a reviewer put in its place. */
  #edit: EditedStatement | null = null;
  #meaning: Meaning | null = null;
  #standing = nothingKnown;
  /** Told apart from all others by it where its meaning is its session's alone. */
  #own: string | null = null;

  constructor(proposed: Proposed, options: AttemptOptions) {
    const { context, knowledge } = options;
    this.action = knowledge.action(proposed);
    this.caller = context.caller;
    this.proven = proposed.lock === "session" && knowledge.isProven(proposed.classified);
    this.preview = context.connection.preview;
    this.#proposed = proposed;
    this.#options = options;
  }

  get signal(): AbortSignal {
    return this.#wait().signal;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  giveUp(departure: Departure): void {
    this.#wait().abort(departure);
  }

  /** Its client stays, and wants it no more. */
  cancel(): void {
    this.#isCancelled = true;
    this.giveUp("cancelled");
  }

  async fingerprint(action: Action): Promise<string> {
    const { command, facts, parameters } = asSql(action);
    const { dialogue } = this.#options;
    const { classified, data } = this.#proposed;
    // The data of which people would be asked goes by.
    if (loadsData(classified) && (data ?? null) === null) {
      throw new GatewayError("internal.unexpected", "Its data was not kept.");
    }
    await dialogue.settled();
    this.#own ??= randomBytes(ownBytes).toString("hex");
    const bound = isBoundToSession(command, facts) ? this.#own : "";
    const { references } = this.#options.knowledge.classify(command);
    const used = { facts, references, parameters };
    const { fingerprint, settings } = await readFingerprint(used, this.#ask(), bound);
    if (this.preview !== "none") {
      const inTransaction = dialogue.status === "transaction";
      const read = await readMeaning(this.#ask());
      this.#meaning = {
        ...read,
        settings: [...read.settings, ...settings],
        keepsSnapshot: inTransaction && read.keepsSnapshot,
      };
    }
    return fingerprint;
  }

  callee(): null {
    return null;
  }

  saidBefore(): Promise<null> {
    return Promise.resolve(null);
  }

  async standing(): Promise<Standing> {
    const { context, dialogue } = this.#options;
    const { status, inPipeline } = dialogue;
    const now = context.clock.now();
    this.#standing = await readStanding(this.#ask(), { status, inPipeline, now });
    const { command, facts } = this.action;
    return { ...this.#standing, isBound: isBoundToSession(command, facts) };
  }

  async blocks(asked: Pick<EffectAsked, "review" | "signal">): Promise<number | null> {
    const { pid } = this.#standing;
    return pid === null ? null : this.#options.context.connection.findBlocks({ ...asked, pid });
  }

  effect(asked: EffectAsked): Promise<EffectFound | null> {
    const { connection, classifier } = this.#options.context;
    const classified = this.#options.knowledge.classify(asked.action.command);
    const meaning = this.#meaning;
    return connection.findEffect({ ...asked, classified, classifier, meaning });
  }

  async touched(asked: Omit<EffectAsked, "how">): Promise<TouchedFound | null> {
    const { context, knowledge } = this.#options;
    if (this.preview === "none") return null;
    const { connection, classifier } = context;
    const classified = knowledge.classify(asked.action.command);
    return connection.findTouched({ ...asked, classified, classifier, meaning: this.#meaning });
  }

  held(review: Review, told: Told): void {
    const { dialogue, onHeld } = this.#options;
    dialogue.say(heldNotice(review, this.#urlOf(review), told));
    onHeld();
  }

  async edited(asked: Edit): Promise<Edited> {
    const { context, knowledge } = this.#options;
    const catalogue = await knowledge.readCatalogueAnew();
    return readEdit(asked, {
      place: this.#proposed.editPlace,
      classify: (sql) => this.#judge(sql).classified,
      trees: context.classifier.trees,
      catalogue,
      whyNotCarried,
      toAction: (statement) => knowledge.action(statement),
    });
  }

  overridden(review: Review): void {
    const { command, parameters } = review.action;
    const url = this.#urlOf(review);
    this.#edit = {
      command,
      parameters,
      ...this.#judge(command),
      notice: overriddenNotice(review, url),
      failedDetail: overrideFailedDetail(review, url),
    };
  }

  execute(
    approved: Action,
    recorded: Promise<void>,
    limit: RowLimit | null,
    masks: readonly Mask[],
  ): Promise<Outcome> {
    assert(isOf(approved, this.#edit ?? this.action), "what was approved is what runs");
    const { onRuns, onSent } = this.#options;
    onRuns();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const limited = limit === null ? null : this.#limited(limit);
    const gate = gateOf(recorded);
    const run = (masked: MaskedRun | null) => {
      const fate = countMasked({ resolve, lost: reject }, masked);
      return this.#proposed.run(gate, fate, { edit: this.#edit, limited, masked });
    };
    const begun = this.#options.masks.begin(masks, this.#edit ?? this.#proposed);
    const sending = begun instanceof Promise ? begun.then(run) : run(begun);
    if (sending === undefined) onSent();
    else void sending.catch(reject).then(onSent);
    return promise;
  }

  /** Whoever was told to wait is told under which limit it runs. */
  #limited(limit: RowLimit): Limited {
    const { context, dialogue } = this.#options;
    if (limit.review === null) return { limit, url: null };
    const url = context.enforcement.reviewUrl(limit.review);
    dialogue.say(limitNotice(limit, url));
    return { limit, url };
  }

  /** In the place where it would run. */
  #judge(sql: string): Judged {
    const { knowledge } = this.#options;
    return knowledge.judge(knowledge.classify(sql), this.#proposed.place);
  }

  #wait(): AbortController {
    this.#waiting ??= new AbortController();
    return this.#waiting;
  }

  #ask(): Ask {
    const { dialogue } = this.#options;
    return dialogue.ask.bind(dialogue);
  }

  #urlOf({ id }: Review): string {
    return this.#options.context.enforcement.reviewUrl(id);
  }
}

const ownBytes = 16;

type Runs = Omit<Statement, "classified"> & Pick<Proposed, "data">;

function isOf(action: Action, what: Runs): boolean {
  if (action === what) return true;
  const { command, parameters, data } = action;
  return (
    command === what.command &&
    JSON.stringify(parameters) === JSON.stringify(what.parameters) &&
    data?.sha256 === what.data?.sha256
  );
}
