import type { Masker } from "#/core/obligation.ts";

/** Where a column comes from, by the catalogue; `hidden` where that is not known, or it may hold what is masked. */
export type Origin =
  | { readonly kind: "clear"; readonly from: OriginName | null }
  | { readonly kind: "masked"; readonly from: OriginName | null; readonly masker: Masker }
  | { readonly kind: "hidden" };

export interface OriginName {
  readonly table: string;
  readonly column: string;
}
