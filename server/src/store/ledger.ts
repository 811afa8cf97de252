/** What the engine needs of the log, and does not do itself: spelling, hashing, encryption, signing. */
import type { ActionId } from "#/core/ids.ts";
import type { RecordDraft } from "#/core/record.ts";

/** Turns drafts into leaves and leaves into a signed tree. Implemented by `audit/`, run where the engine runs. */
export interface Ledger {
  /** Throws for a draft that can't become a leaf. What it returns can be sealed. */
  spell(draft: RecordDraft): RecordText;
  /** In their order. */
  seal(records: readonly SpelledRecord[]): readonly SealedRecord[];
  /** What a commit adds to the tree of `size` leaves: nodes, and the checkpoint of the new size. */
  integrate(
    size: number,
    leaves: readonly SealedRecord[],
    readNode: (level: number, index: number) => Uint8Array,
  ): {
    readonly nodes: readonly (NodeAddress & { readonly hash: Uint8Array })[];
    readonly checkpoint: string;
  };
}

/** A record in canonical JSON: its leaf in front of what refers to the payload, and behind it; and the payload. */
export interface RecordText {
  readonly head: string;
  readonly tail: string;
  readonly payload: string | null;
  readonly mark: ExecutionMark | null;
}

/** The same in UTF-8. */
export interface SpelledRecord {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly payload: Uint8Array | null;
  readonly mark: ExecutionMark | null;
}

/** What a record changes besides the log. */
export type ExecutionMark =
  | { readonly kind: "begun"; readonly action: ActionId; readonly beganAt: number }
  | { readonly kind: "ended"; readonly action: ActionId };

export interface SealedRecord {
  readonly leaf: Uint8Array;
  readonly leafHash: Uint8Array;
  /** The encrypted salt and payload, for the engine to keep. */
  readonly payload: Uint8Array | null;
}

/** Encrypts what personal data rests in: review documents, labels. */
export interface Sealer {
  seal(plain: Uint8Array): Uint8Array;
  /** Throws where the bytes are not whole. */
  open(sealed: Uint8Array): Uint8Array;
}

export interface NodeAddress {
  readonly level: number;
  readonly index: number;
}
