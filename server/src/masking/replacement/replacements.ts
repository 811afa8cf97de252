/** What stands in place of a value under each masker: keyed hashes under one key, pseudonyms of one session. */
import type { Masker } from "#/core/obligation.ts";
import { createMemoryVault, createPseudonyms, type PseudonymVault } from "./pseudonyms.ts";
import { hashUnder, partial, type Replace, redact, tokeniseIn } from "./replace.ts";

export type Replacements = Readonly<Record<Masker, Replace>>;

export function replacementsOf(
  hashKey: Uint8Array,
  vault: PseudonymVault = createMemoryVault(),
): Replacements {
  return {
    redact,
    partial,
    hash: hashUnder(hashKey),
    tokenise: tokeniseIn(createPseudonyms(vault)),
  };
}
