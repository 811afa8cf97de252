/**
 * The data of a COPY FROM STDIN that policy allows: passed on to the upstream as it comes, in constant memory.
 *
 * Guarantees that its digest is taken over exactly what was sent, that data whose client left in the midst of it is
 * never ended for it, and that a message of it which the upstream has begun to read is also the next that it gets the rest of:
 * whatever else came there would be read as data.
 */
import { createHash } from "node:crypto";
import type { DataIdentity } from "#/core/digest.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { encodeCopyFail } from "#/proxies/postgres/wire/encode-frontend.ts";
import type { Received } from "#/proxies/postgres/wire/inbox.ts";
import { CopyPayload } from "./copy-payload.ts";
import { type Intake, misplaced } from "./intake.ts";
import type { Loading } from "./loading.ts";

/** What a stream needs of the conversation with the upstream. */
type Feeding = Pick<Dialogue, "feed" | "pass" | "hangUp">;

export class CopyStream implements Intake, Loading {
  readonly #dialogue: Feeding;
  readonly #onBegin: (intake: Intake) => void;
  readonly #payload = new CopyPayload();
  readonly #hash = createHash("sha256");
  readonly #ended = Promise.withResolvers<void>();
  #bytes = 0;
  #sent: DataIdentity | null = null;
  /** `ending`: nothing more of it is wanted, and the upstream has a part of a message. */
  #state: "closed" | "open" | "ending" = "closed";
  /** Why it is failed once the message has come to its end. */
  #failure: string | null = null;
  isWhole = false;

  constructor(dialogue: Feeding, onBegin: (intake: Intake) => void) {
    this.#dialogue = dialogue;
    this.#onBegin = onBegin;
  }

  get done(): Promise<void> {
    return this.#ended.promise;
  }

  get sent(): DataIdentity | null {
    return this.#sent;
  }

  get isOpen(): boolean {
    return this.#state !== "closed";
  }

  begin(): void {
    this.#state = "open";
    this.#onBegin(this);
  }

  stop(): void {
    if (this.isOpen && this.#payload.isWithin) this.#state = "ending";
    else this.#close();
  }

  take({ message, bytes }: Received): Promise<void> | undefined {
    switch (message.kind) {
      case "copy_data": {
        const data = this.#payload.of(bytes);
        this.#hash.update(data);
        this.#bytes += data.length;
        const wait = this.#dialogue.pass(bytes);
        return this.#state === "ending" && !this.#payload.isWithin ? this.#leaveOff() : wait;
      }
      case "copy_done":
        this.isWhole = true;
        this.#sent = { sha256: this.#hash.digest("hex"), bytes: this.#bytes };
        return this.#end(bytes);
      case "copy_fail":
        return this.#end(bytes);
      case "flush":
      case "sync":
        // As the server: clients may send one behind every Execute, without a look at what it is of.
        return undefined;
      default:
        throw misplaced();
    }
  }

  /** A server notices a cancel request between the messages of the data. */
  cancel(): void {
    if (this.#state !== "open") return;
    this.#failure = "its client cancelled it";
    if (this.#payload.isWithin) this.#state = "ending";
    else void this.#leaveOff();
  }

  abandon(): void {
    if (!this.isOpen) return;
    this.#failure ??= "its client left";
    if (this.#payload.isWithin) {
      // Nobody can end the message.
      this.#dialogue.hangUp();
      this.#close();
    } else void this.#leaveOff();
  }

  #leaveOff(): Promise<void> | undefined {
    if (this.#failure !== null) return this.#end(encodeCopyFail(this.#failure));
    this.#close();
    return undefined;
  }

  #end(bytes: Buffer): Promise<void> | undefined {
    const wait = this.#dialogue.feed(bytes);
    this.#close();
    return wait;
  }

  #close(): void {
    this.#state = "closed";
    this.#ended.resolve();
  }
}
