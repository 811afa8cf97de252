/**
 * What passes of an answer under a limit of rows: no row beyond it, and no completion before it is known whether
 * the limit was kept.
 *
 * Holds one completion at most: the last one waits, because the end of the message decides about all of it. Rows
 * up to the limit pass as they come; what follows them may be an error, as with any statement.
 */
import type { RowLimit } from "#/core/row-limit.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import { decodeBackend, rowsOfTag } from "#/proxies/postgres/wire/decode-backend.ts";
import type { Frame, Run } from "#/proxies/postgres/wire/frame.ts";
import { tagOf } from "./answers.ts";
import type { Passage, Passing } from "./expected.ts";

/** A limit, and where it comes from if people were asked. */
export interface Limited {
  readonly limit: RowLimit;
  /** Of the review. */
  readonly url: string | null;
}

/** Over all that is executed of one action: a portal may be executed several times. */
export class RowCount {
  readonly max: number;
  #returned = 0;
  #told = 0;

  constructor(max: number) {
    this.max = max;
  }

  /** What came back and what the tags say speak of the same rows, so that the larger one counts. */
  get rows(): number {
    return Math.max(this.#returned, this.#told);
  }

  get isExceeded(): boolean {
    return this.rows > this.max;
  }

  rowReturned(): void {
    this.#returned += 1;
  }

  completed(tag: string): void {
    this.#told += rowsOfTag(tag) ?? 0;
  }
}

/** How the limit was not kept; `unfetched`: it changes rows, and not all that it returns was fetched. */
export type Excess = "exceeded" | "unfetched";

export class LimitedPassing implements Passing {
  readonly byRow = true;
  readonly #count: RowCount;
  readonly #classified: Pick<Classified, "statements" | "verbs">;
  readonly #onExcess: () => void;
  #excess: Excess | null = null;
  #withheld: Buffer | null = null;
  #statement = 0;
  /** Whether the row that goes on in the next run passes. */
  #unfinished: Passage | null = null;

  constructor(
    count: RowCount,
    classified: Pick<Classified, "statements" | "verbs">,
    onExcess: () => void = () => {},
  ) {
    this.#count = count;
    this.#classified = classified;
    this.#onExcess = onExcess;
  }

  get excess(): Excess | null {
    return this.#excess;
  }

  /** Rows of which it is known that it touched them; null where it was stopped before its end. */
  get rows(): number | null {
    return this.#changes && this.#excess !== "unfetched" ? this.#count.rows : null;
  }

  /** The completion that is due if the limit was kept. */
  takeWithheld(): Buffer {
    const bytes = this.#withheld ?? Buffer.alloc(0);
    this.#withheld = null;
    return bytes;
  }

  run({ unfinished }: Run): Passage {
    // One row at a time, so that none begins in what another ends with.
    const passage = this.#unfinished ?? this.#rowBegins();
    this.#unfinished = unfinished ? (passage.kind === "drop" ? drop : pass) : null;
    return passage;
  }

  frame(frame: Frame): Passage {
    switch (frame.type) {
      case backend.readyForQuery:
        return drop;
      case backend.dataRow:
      case backend.copyData:
        return this.#rowBegins();
      case backend.commandComplete: {
        this.#count.completed(tagOf(decodeBackend(frame)));
        this.#statement += 1;
        return this.#count.isExceeded ? this.#exceed("exceeded") : this.#withhold(frame);
      }
      case backend.portalSuspended:
        return this.#changes ? this.#exceed("unfetched") : this.#withhold(frame);
      default:
        return this.#excess === null ? this.#behindWithheld() : drop;
    }
  }

  #rowBegins(): Passage {
    // What EXPLAIN returns are lines of a plan.
    if (this.#classified.statements[this.#statement]?.kind !== "explain") {
      this.#count.rowReturned();
    }
    if (this.#excess !== null) return drop;
    return this.#count.isExceeded ? this.#exceed("exceeded") : this.#behindWithheld();
  }

  get #changes(): boolean {
    return this.#classified.verbs.includes("sql.write");
  }

  #exceed(excess: Excess): Passage {
    if (this.#excess !== null) return drop;
    this.#excess = excess;
    this.#onExcess();
    // As the server does where a later statement of the message fails.
    return this.#withheld === null ? drop : { kind: "replace", bytes: this.takeWithheld() };
  }

  #withhold({ bytes }: Frame): Passage {
    if (this.#excess !== null) return drop;
    const passage = this.#behindWithheld();
    this.#withheld = Buffer.from(bytes);
    return passage.kind === "behind" ? { kind: "replace", bytes: passage.first } : drop;
  }

  /** An earlier completion of the same message is not its end. */
  #behindWithheld(): Passage {
    if (this.#withheld === null) return pass;
    return { kind: "behind", first: this.takeWithheld() };
  }
}

/** Of a COMMIT of the gateway's own: what failed at it is the client's, its completion is not. */
export const errorsOnly: Passing = {
  byRow: false,
  run: () => drop,
  frame: ({ type }) => (type === backend.errorResponse ? pass : drop),
};

const pass: Passage = { kind: "pass" };
const drop: Passage = { kind: "drop" };
