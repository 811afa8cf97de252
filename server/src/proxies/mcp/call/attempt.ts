/**
 * One call on its way through enforcement: what enforcement may ask of it, how its client is kept waiting, and how it, or the edit
 * that was approved in its place, is sent.
 *
 * Guarantees that what runs is what was decided, with the very bytes that came; that a client that has gone is told of in the way
 * of its revision; and that its answer passes under the masks of its decision.
 */
import assert from "node:assert/strict";
import type { Action } from "#/core/action.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Callee } from "#/core/facts.ts";
import type { CallerId } from "#/core/ids.ts";
import type { Mask } from "#/core/obligation.ts";
import type {
  Attempt,
  Departure,
  Edit,
  Edited,
  Outcome,
  SaidBefore,
  Standing,
  Told,
  WaitLimit,
} from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import type { RowLimit } from "#/core/row-limit.ts";
import type { Answered } from "#/proxies/mcp/answer/read-answer.ts";
import type { EditedRun } from "./edited-run.ts";

export interface CallAttemptOptions {
  readonly action: Action;
  readonly caller: CallerId;
  readonly fingerprint: () => string;
  /** By what its server says now. */
  readonly callee: () => Callee;
  readonly saidBefore: (joinKey: string) => Promise<SaidBefore | null>;
  /** How long this client can be kept; null where only the gateway's own limit counts. */
  readonly waitLimit: WaitLimit | null;
  readonly onHeld: (review: Review, told: Told) => void;
  readonly edited: (edit: Edit) => Edited;
  /** What runs in place of the call. */
  readonly overridden: (review: Review) => EditedRun;
  /** Sends it, or what runs in its place, and passes the answer on. Rejects with an `upstream.…` error. */
  readonly run: (masks: readonly Mask[], edit: EditedRun | null) => Promise<RunAnswer>;
  /** Where nothing was sent: the client has been answered. */
  readonly onUnsent: (failure: GatewayError) => void;
}

export interface RunAnswer {
  readonly answered: Answered;
  readonly masked: Readonly<Record<string, number>>;
}

export class CallAttempt implements Attempt {
  readonly action: Action;
  readonly caller: CallerId;
  /** What a server does when it is asked only the server knows. */
  readonly proven = false;
  readonly preview = "none";
  readonly #options: CallAttemptOptions;
  /** Null until somebody waits or it is given up: what runs at once needs none. */
  #waiting: AbortController | null = null;
  #isCancelled = false;
  #isSent = false;
  #edit: EditedRun | null = null;

  constructor(options: CallAttemptOptions) {
    this.action = options.action;
    this.caller = options.caller;
    this.#options = options;
  }

  get signal(): AbortSignal {
    this.#waiting ??= new AbortController();
    return this.#waiting.signal;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Whether the server may have been sent it. */
  get isSent(): boolean {
    return this.#isSent;
  }

  giveUp(departure: Departure): void {
    if (departure === "cancelled") this.#isCancelled = true;
    this.#waiting ??= new AbortController();
    this.#waiting.abort(departure);
  }

  fingerprint(): Promise<string> {
    return Promise.resolve(this.#options.fingerprint());
  }

  callee(): Callee {
    return this.#options.callee();
  }

  saidBefore(joinKey: string): Promise<SaidBefore | null> {
    return this.#options.saidBefore(joinKey);
  }

  standing(): Promise<Standing> {
    return Promise.resolve({ transaction: null, limit: this.#options.waitLimit, isBound: false });
  }

  blocks(): Promise<null> {
    return nothing;
  }

  held(review: Review, told: Told): void {
    this.#options.onHeld(review, told);
  }

  edited(edit: Edit): Promise<Edited> {
    return Promise.resolve(this.#options.edited(edit));
  }

  effect(): Promise<null> {
    return nothing;
  }

  touched(): Promise<null> {
    return nothing;
  }

  overridden(review: Review): void {
    this.#edit = this.#options.overridden(review);
  }

  async execute(
    action: Action,
    gate: Promise<void>,
    limit: RowLimit | null,
    masks: readonly Mask[],
  ): Promise<Outcome> {
    const meant = this.#edit ?? this.action;
    assert(action.command === meant.command, "what was approved is what runs");
    assert(limit === null, "no rows of a call are counted");
    await gate;
    const { run, onUnsent } = this.#options;
    try {
      this.#isSent = true;
      return outcomeOf(await run(masks, this.#edit));
    } catch (error) {
      if (!(error instanceof GatewayError) || error.details["sent"] !== false) throw error;
      onUnsent(error);
      const detail = this.#isCancelled ? "cancelled before it was sent" : error.code;
      return { state: "failed", detail };
    }
  }
}

const nothing: Promise<null> = Promise.resolve(null);

/** A tool's own error does not say that nothing was done. */
function outcomeOf({ answered, masked }: RunAnswer): Outcome {
  switch (answered.kind) {
    case "result":
      return { state: "executed", detail: detailOf(answered), rows: null, masked };
    case "error":
      return { state: "failed", detail: answered.code };
    case "refused":
      return { state: "failed", detail: `http_${answered.status}` };
    case "none":
      throw new GatewayError(
        "mcp.upstream_protocol",
        "The tool server ended its answer without one.",
      );
  }
}

/** A server's own words have no place on record. */
function detailOf({ isError, resultType }: Extract<Answered, { kind: "result" }>): string | null {
  if (isError) return "tool_error";
  if (resultType === null || resultType === "complete") return null;
  return resultType === "input_required" || resultType === "task" ? resultType : "other";
}
