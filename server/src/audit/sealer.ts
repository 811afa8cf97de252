/** Encrypts the documents in which personal data rests, under a domain of their own. */
import type { Sealer } from "#/store/ledger.ts";
import { createSealedBox } from "./sealed-box.ts";

const documentTag = "countersign/document/v1\0";

/** `open` throws `audit.seal_broken` for what was changed, or sealed under another key. */
export function createSealer(key: Uint8Array): Sealer {
  return createSealedBox(key, documentTag);
}
