/**
 * The data of a COPY FROM STDIN that policy allows: passed on to the upstream as it comes, in constant memory.
 *
 * Guarantees that its digest is taken over exactly what was sent, and that data whose client left in the midst of it
 * is never ended for it.
 */
import { createHash } from "node:crypto";
import type { DataIdentity } from "#/core/digest.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { encodeCopyFail } from "#/proxies/postgres/wire/codec-frontend.ts";
import type { Received } from "#/proxies/postgres/wire/inbox.ts";
import { CopyPayload } from "./copy-payload.ts";
import { type Intake, misplaced } from "./intake.ts";
import type { Loading } from "./loading.ts";

export class CopyStream implements Intake, Loading {
  readonly #dialogue: Pick<Dialogue, "feed" | "pass">;
  readonly #onBegin: (intake: Intake) => void;
  readonly #payload = new CopyPayload();
  readonly #hash = createHash("sha256");
  readonly #ended = Promise.withResolvers<void>();
  #bytes = 0;
  #sent: DataIdentity | null = null;
  isOpen = false;
  isWhole = false;

  constructor(dialogue: Pick<Dialogue, "feed" | "pass">, onBegin: (intake: Intake) => void) {
    this.#dialogue = dialogue;
    this.#onBegin = onBegin;
  }

  get done(): Promise<void> {
    return this.#ended.promise;
  }

  get sent(): DataIdentity | null {
    return this.#sent;
  }

  begin(): void {
    this.isOpen = true;
    this.#onBegin(this);
  }

  stop(): void {
    this.isOpen = false;
    this.#ended.resolve();
  }

  take({ message, bytes }: Received): Promise<void> | undefined {
    switch (message.kind) {
      case "copy_data": {
        const data = this.#payload.of(bytes);
        this.#hash.update(data);
        this.#bytes += data.length;
        return this.#dialogue.pass(bytes);
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

  /** A server that waits for data notices a cancel request only when some comes. */
  cancel(): void {
    this.#fail("its client cancelled it");
  }

  abandon(): void {
    this.#fail("its client left");
  }

  #fail(why: string): void {
    if (this.isOpen) void this.#end(encodeCopyFail(why));
  }

  #end(bytes: Buffer): Promise<void> | undefined {
    const wait = this.#dialogue.feed(bytes);
    this.stop();
    return wait;
  }
}
