/**
 * The data of a COPY FROM STDIN that was spooled: sent to the upstream when the statement runs.
 *
 * Guarantees that the data is ended only if it is, byte for byte, what its digest says: what was approved. Else it
 * is failed, and the upstream keeps none of it.
 */
import { createHash } from "node:crypto";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import {
  copyDoneFrame,
  encodeCopyData,
  encodeCopyFail,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import type { Loading } from "./loading.ts";
import type { Spool } from "./spool.ts";

export class SpoolUpload implements Loading {
  readonly #spool: Pick<Spool, "read">;
  readonly #sha256: string;
  readonly #dialogue: Pick<Dialogue, "feed">;
  readonly #ended = Promise.withResolvers<void>();
  #stopped = false;
  isWhole = false;
  readonly sent = null;

  constructor(spool: Pick<Spool, "read">, sha256: string, dialogue: Pick<Dialogue, "feed">) {
    this.#spool = spool;
    this.#sha256 = sha256;
    this.#dialogue = dialogue;
  }

  get done(): Promise<void> {
    return this.#ended.promise;
  }

  begin(): void {
    void this.#send().finally(() => this.#ended.resolve());
  }

  stop(): void {
    this.#stopped = true;
    this.#ended.resolve();
  }

  async #send(): Promise<void> {
    const problem = await this.#sendData();
    if (this.#stopped) return;
    this.isWhole = problem === null;
    await this.#dialogue.feed(problem === null ? copyDoneFrame : encodeCopyFail(problem));
  }

  /** Why the data may not be ended, or null. */
  async #sendData(): Promise<string | null> {
    const hash = createHash("sha256");
    try {
      for await (const data of this.#spool.read()) {
        if (this.#stopped) return null;
        hash.update(data);
        await this.#dialogue.feed(encodeCopyData(data));
      }
    } catch {
      return "the gateway could not read the data that it had kept";
    }
    return hash.digest("hex") === this.#sha256 ? null : "the data is not what was approved";
  }
}
