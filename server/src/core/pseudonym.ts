/** What people were shown of what runs, so that an edit of what is shown can be read as what is meant. */
import type { LiteralSpan } from "./facts.ts";
import type { Digest } from "./ids.ts";

export interface ShownRuns {
  /** Of the action that was shown. */
  readonly digest: Digest;
  readonly pseudonyms: readonly Pseudonym[];
  /** Literals of the command in which something stands masked: as shown, and as sent. */
  readonly literals: readonly { readonly shown: string; readonly written: string }[];
  /** As shown; null is SQL's NULL. */
  readonly parameters: readonly (string | null)[];
}

/** A value that is shown as `<EMAIL_1>`. */
export interface Pseudonym {
  readonly name: string;
  /** What it stands for. Never in what anybody is told. */
  readonly value: string;
  /** Of the command: in what, and of which column, as written. An edit keeps it there. */
  readonly places: readonly PseudonymPlace[];
}

export interface PseudonymPlace {
  readonly kind: LiteralSpan["kind"] | "comment" | "key";
  readonly column: string | null;
}

/** As `<EMAIL_1>` is written, and nothing near it: who edits a view keeps it as it stands. */
export const pseudonymForm = /<[A-Z][A-Z_]*_\d{1,7}>/g;
