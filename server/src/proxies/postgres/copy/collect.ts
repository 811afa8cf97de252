/**
 * The data of a COPY FROM STDIN that people are asked about: taken from the client before anybody is asked, into a
 * spool, with its digest, its size, its rows and the first of them.
 */
import { createHash } from "node:crypto";
import type { LoadedData } from "#/core/action.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Received } from "#/proxies/postgres/wire/inbox.ts";
import { letGo } from "#/proxies/postgres/wire/memory.ts";
import type { CopyColumn } from "./copy-columns.ts";
import { CopyPayload } from "./copy-payload.ts";
import { readRows } from "./copy-rows.ts";
import type { CopyDataForm } from "./copy-statement.ts";
import { type Intake, misplaced } from "./intake.ts";
import type { RowReader } from "./row-reader.ts";
import type { Spool, SpoolFull } from "./spool.ts";

export type Collected =
  | { readonly kind: "whole"; readonly data: LoadedData }
  /** The client failed or cancelled it, or did not go on: a sentence as the server's. */
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "full"; readonly why: SpoolFull }
  | { readonly kind: "left" };

/** How long nothing may come of data that is kept. */
export const copyDataWaitMs = 5 * 60 * 1000;

export class CopyCollection implements Intake {
  readonly #spool: Spool;
  readonly #form: CopyDataForm;
  readonly #columns: readonly CopyColumn[];
  readonly #clock: Clock;
  readonly #payload = new CopyPayload();
  readonly #hash = createHash("sha256");
  readonly #rows: RowReader;
  readonly #ended = Promise.withResolvers<Collected>();
  #lastAt: number;
  #stopClock: () => void = () => {};
  isOpen = true;

  constructor(
    spool: Spool,
    { form, columns }: { readonly form: CopyDataForm; readonly columns: readonly CopyColumn[] },
    clock: Clock,
  ) {
    this.#spool = spool;
    this.#form = form;
    this.#columns = columns;
    this.#clock = clock;
    this.#rows = readRows(form);
    this.#lastAt = clock.now();
    this.#watch(copyDataWaitMs);
  }

  /** Never rejects. */
  get ended(): Promise<Collected> {
    return this.#ended.promise;
  }

  take({ message, bytes }: Received): Promise<void> | undefined {
    this.#lastAt = this.#clock.now();
    switch (message.kind) {
      case "copy_data": {
        const wait = this.#add(this.#payload.of(bytes));
        // The spool has a copy.
        letGo(bytes);
        return wait;
      }
      case "copy_done":
        return this.#end({ kind: "whole", data: this.#data() });
      case "copy_fail":
        return this.#end({ kind: "failed", message: `COPY from stdin failed: ${message.reason}` });
      case "flush":
      case "sync":
        // As the server: clients may send one behind every Execute, without a look at what it is of.
        return undefined;
      default:
        throw misplaced();
    }
  }

  cancel(): void {
    this.#end({ kind: "failed", message: "canceling statement due to user request" });
  }

  abandon(): void {
    this.#end({ kind: "left" });
  }

  #add(data: Buffer): Promise<void> | undefined {
    const full = this.#spool.add(data);
    if (full !== null) return this.#end({ kind: "full", why: full });
    this.#hash.update(data);
    this.#rows.push(data);
    return this.#spool.ready();
  }

  #end(collected: Collected): undefined {
    this.isOpen = false;
    this.#stopClock();
    this.#ended.resolve(collected);
  }

  #data(): LoadedData {
    const { rows, firstRows } = this.#rows.end();
    const format = this.#form.format === "binary" ? "binary" : "text";
    return {
      format: this.#form.format,
      sha256: this.#hash.digest("hex"),
      bytes: this.#spool.bytes,
      rows,
      columns: this.#columns.map(({ name }) => name),
      firstRows: firstRows.map(({ values, isCut }) => ({
        isCut,
        values: values.map((value, at) => ({
          type: this.#columns[at]?.type ?? 0,
          format,
          bytes: value?.toString("base64") ?? null,
        })),
      })),
    };
  }

  #watch(ms: number): void {
    this.#stopClock = this.#clock.after(ms, () => {
      const left = this.#lastAt + copyDataWaitMs - this.#clock.now();
      if (left > 0) this.#watch(left);
      else {
        const minutes = copyDataWaitMs / 60_000;
        this.#end({ kind: "failed", message: `no data came for the COPY for ${minutes} minutes` });
      }
    });
  }
}
