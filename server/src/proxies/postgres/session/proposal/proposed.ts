/** A statement on its way to a decision, and how it, or a reviewer's edit of it, is sent upstream. */
import type { LoadedData, Parameter } from "#/core/action.ts";
import type { MaskedRun } from "#/proxies/postgres/masked/masked-run.ts";
import type { Gate } from "#/proxies/postgres/reply/gate.ts";
import type { Limited } from "#/proxies/postgres/reply/limited.ts";
import type { LockPlace } from "#/proxies/postgres/session/lockable.ts";
import type { ReadLock } from "#/proxies/postgres/session/read-lock.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import type { Fate } from "#/proxies/postgres/transaction.ts";

export interface Statement {
  readonly command: string;
  readonly parameters: readonly Parameter[];
  readonly classified: Classified;
}

/** What a reviewer put in place of the statement. */
export interface EditedStatement extends Statement {
  readonly lock: ReadLock;
  /** Tells the client what runs instead; to be said when it is sent. */
  readonly notice: Buffer;
  /** The DETAIL of an error where it could not run. */
  readonly failedDetail: string;
}

/** Where an edit would run. */
export interface EditPlace {
  /** In a message of its own, or in place of what is bound to a portal; or not at all, as for a COPY with its data. */
  readonly kind: "message" | "portal" | "nowhere" | "copy";
  /** Asks the upstream why it can't run here; null where it can, or where that shows only when it runs. */
  check(edit: Statement): Promise<string | null>;
}

export const nowhere: EditPlace = { kind: "nowhere", check: async () => null };
export const besideData: EditPlace = { kind: "copy", check: async () => null };

export interface RunHow {
  readonly edit: EditedStatement | null;
  readonly limited: Limited | null;
  /** What of its answer the client does not see as it is. */
  readonly masked: MaskedRun | null;
}

export interface Proposed extends Statement {
  /** What comes with it to be loaded, where that is kept. */
  readonly data?: LoadedData | null;
  /** How the server is kept from writing while it runs, and where that is. */
  readonly lock: ReadLock;
  readonly place: LockPlace;
  readonly editPlace: EditPlace;
  /**
   * Sends it upstream, or the edit in its place; its answer passes when the gate is open. An edit takes time before
   * it is sent, and what has a limit until it is judged.
   */
  readonly run: (gate: Gate, fate: Fate, how: RunHow) => Promise<void> | undefined;
}
