/** What stands in a view in place of a value, so that an edit of what is shown can be read as what is meant. */
import type { LiteralSpan } from "./facts.ts";

export interface Pseudonym {
  /** As it is shown: `<EMAIL_1>`. */
  readonly name: string;
  /** What it stands for. Never in what anybody is told. */
  readonly value: string;
  /** Of the command: in what, and of which column, as written. An edit keeps it there. */
  readonly places: readonly PseudonymPlace[];
}

export interface PseudonymPlace {
  readonly kind: LiteralSpan["kind"] | "comment";
  readonly column: string | null;
}
