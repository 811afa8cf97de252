import type { Masker } from "#/core/obligation.ts";

/** Where a column comes from, by the catalogue; `hidden` where that is not known, or it may hold what is masked. */
export type Origin =
  | { readonly kind: "clear"; readonly from: OriginName | null }
  /** Clear, and out of what describes the database: what the query calls it tells nothing. */
  | { readonly kind: "definition"; readonly from: OriginName | null }
  | { readonly kind: "masked"; readonly from: OriginName | null; readonly masker: Masker }
  | { readonly kind: "hidden" };

export interface OriginName {
  readonly table: string;
  readonly column: string;
}

/** Of a message that reads nothing else. */
export function ofDefinitions(origin: Origin): Origin {
  return origin.kind === "clear" ? { kind: "definition", from: origin.from } : origin;
}
