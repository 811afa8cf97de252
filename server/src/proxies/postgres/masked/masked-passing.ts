/**
 * What passes of an answer whose values are masked: rows and the data of a COPY as they are rewritten, everything else as it is. What passes
 * under a limit of rows besides is for that to say first.
 *
 * Guarantees that no row passes before its columns are known.
 */
import { GatewayError } from "#/core/errors.ts";
import { RowMasker, type RowPlan } from "#/proxies/postgres/masked/rows/row-masker.ts";
import type { Passage, Passing } from "#/proxies/postgres/reply/expected.ts";
import type {
  BackendMessage,
  ColumnDescription,
  CopyResponse,
} from "#/proxies/postgres/wire/backend-messages.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import { decodeBackend } from "#/proxies/postgres/wire/decode-backend.ts";
import type { Frame, Run } from "#/proxies/postgres/wire/frame.ts";

/** Rewrites a stream of messages of one type; null: a piece stays as it came. */
export interface Rewriter {
  push(piece: Buffer): Buffer | null;
  /** What is left at the end. */
  end?(): Buffer | null;
}

export interface ResultPlans {
  /** Of the statement with this number within its message. */
  rows(columns: readonly ColumnDescription[], statement: number): RowPlan;
  /** Throws where such data can't be masked. */
  copy(response: CopyResponse, statement: number): Rewriter;
  /** What the client is told once about values that became NULL, also in these columns; null where none did. */
  notice(nulled: ReadonlySet<number>): Buffer | null;
}

export class MaskedPassing implements Passing {
  readonly #plans: ResultPlans;
  readonly #inner: Passing | null;
  #rows: RowMasker | null = null;
  #copy: Rewriter | null = null;
  #statement = 0;

  constructor(plans: ResultPlans, inner: Passing | null) {
    this.#plans = plans;
    this.#inner = inner;
  }

  get byRow(): boolean {
    return this.#inner?.byRow === true;
  }

  /** So many statements of its message have been answered before. */
  after(statements: number): this {
    this.#statement = statements;
    return this;
  }

  /** The columns of a portal, as the gateway asked for them itself. */
  described(message: BackendMessage): void {
    if (message.kind === "row_description") this.#describe(message.columns);
  }

  run(run: Run): Passage {
    const passage = this.#inner?.run(run) ?? pass;
    if (passage.kind === "drop" || passage.kind === "replace") return passage;
    return behind(passage, this.#rewriter(run.type).push(run.bytes));
  }

  frame(frame: Frame): Passage {
    switch (frame.type) {
      case backend.rowDescription: {
        const message = decodeBackend(frame);
        if (message.kind === "row_description") this.#describe(message.columns);
        break;
      }
      case backend.copyOutResponse: {
        const message = decodeBackend(frame);
        if (message.kind === "copy_out_response") {
          this.#copy = this.#plans.copy(message, this.#statement);
        }
        break;
      }
      case backend.dataRow:
      case backend.copyData: {
        const passage = this.#inner?.frame(frame) ?? pass;
        if (passage.kind === "drop" || passage.kind === "replace") return passage;
        return behind(passage, this.#rewriter(frame.type).push(frame.bytes));
      }
      case backend.copyDone: {
        const rest = this.#copy?.end?.() ?? null;
        const passage = this.#inner?.frame(frame) ?? pass;
        return rest === null ? passage : before(rest, passage);
      }
      case backend.commandComplete: {
        const notice = this.#plans.notice(this.#rows?.nulled ?? none);
        this.#statement += 1;
        this.#rows = null;
        this.#copy = null;
        const passage = this.#inner?.frame(frame) ?? pass;
        return notice === null ? passage : before(notice, passage);
      }
      default:
        break;
    }
    return this.#inner?.frame(frame) ?? pass;
  }

  #describe(columns: readonly ColumnDescription[]): void {
    this.#rows = new RowMasker(this.#plans.rows(columns, this.#statement));
  }

  #rewriter(type: number): Rewriter {
    const rewriter = type === backend.dataRow ? this.#rows : this.#copy;
    if (rewriter === null) throw unplanned();
    return rewriter;
  }
}

const none: ReadonlySet<number> = new Set();
const pass: Passage = { kind: "pass" };
const drop: Passage = { kind: "drop" };

/** `rewritten` in place of what passes; null: that itself. */
function behind(passage: Passage, rewritten: Buffer | null): Passage {
  if (rewritten === null) return passage;
  if (passage.kind === "behind") {
    return { kind: "replace", bytes: Buffer.concat([passage.first, rewritten]) };
  }
  return rewritten.length === 0 ? drop : { kind: "replace", bytes: rewritten };
}

/** Something of the gateway's own before what passes. */
function before(first: Buffer, passage: Passage): Passage {
  switch (passage.kind) {
    case "pass":
      return { kind: "behind", first };
    case "drop":
      return { kind: "replace", bytes: first };
    case "behind":
      return { kind: "behind", first: Buffer.concat([first, passage.first]) };
    case "replace":
      return { kind: "replace", bytes: Buffer.concat([first, passage.bytes]) };
  }
}

function unplanned(): GatewayError {
  return new GatewayError(
    "postgres.upstream_protocol",
    "The upstream database sent values of which it had not said what they are.",
  );
}
