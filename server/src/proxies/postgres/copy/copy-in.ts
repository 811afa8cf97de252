/** The COPY FROM STDIN that a session takes data for, if it does. */
import type { Clock } from "#/platform/clock.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { CopyCollection } from "./collect.ts";
import type { CopyColumn } from "./copy-columns.ts";
import type { CopyDataForm } from "./copy-statement.ts";
import type { Intake } from "./intake.ts";
import type { Spool } from "./spool.ts";
import { CopyStream } from "./stream.ts";

export class CopyIn {
  readonly #dialogue: Dialogue;
  readonly #clock: Clock;
  readonly #onOpen: () => void;
  #intake: Intake | null = null;

  /** `onOpen` is called when messages that are there already may be its data. */
  constructor(dialogue: Dialogue, clock: Clock, onOpen: () => void) {
    this.#dialogue = dialogue;
    this.#clock = clock;
    this.#onOpen = onOpen;
  }

  /** Who takes the next message of the client's; null: the protocol does. */
  get intake(): Intake | null {
    if (this.#intake?.isOpen === false) this.#intake = null;
    return this.#intake;
  }

  stream(): CopyStream {
    return new CopyStream(this.#dialogue, (intake) => this.#open(intake));
  }

  collect(
    spool: Spool,
    what: { readonly form: CopyDataForm; readonly columns: readonly CopyColumn[] },
  ): CopyCollection {
    const collection = new CopyCollection(spool, what, this.#clock);
    this.#open(collection);
    return collection;
  }

  /** False: no data is being taken. */
  cancel(): boolean {
    const { intake } = this;
    intake?.cancel();
    return intake !== null;
  }

  /** The session is over. */
  abandon(): void {
    this.intake?.abandon();
  }

  #open(intake: Intake): void {
    this.#intake = intake;
    // Behind what the upstream has just said, which is still to be passed on.
    queueMicrotask(this.#onOpen);
  }
}
