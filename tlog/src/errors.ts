/** Every stable error code, with what it means. Callers branch on the code, never on the message. */
export const tlogErrors = {
  "bundle.leaf_unproven": "a leaf of the bundle is not proven by its checkpoint",
  "bundle.malformed": "the bundle inside the proof file is not in its one canonical form",
  "bundle.order_wrong": "leaf indexes do not ascend, or the file's own leaf is not the last one",
  "checkpoint.malformed": "the note's text is not a checkpoint",
  "checkpoint.origin_mismatch": "the checkpoint's origin is not the name of the key",
  "input.too_large": "a text, a leaf or a list is over its bound",
  "key.malformed": "a key's text is broken, or its name or key id does not fit",
  "key.unsupported": "a key's type is not Ed25519 (0x01)",
  "note.malformed": "the text is not a signed note",
  "note.signature_invalid": "a known key's signature does not verify",
  "note.unsigned": "no known key signed the note",
  "proof.length_wrong": "a proof has more or fewer hashes than its tree size demands",
  "proof.malformed": "the text is not a proof file, or a hash is not 32 bytes long",
  "proof.range_invalid":
    "an index or size lies outside the tree, or a consistency proof starts at size 0",
  "proof.root_mismatch": "a proof does not lead to the root",
  "tree.size_invalid": "a tree size is not a safe integer of at least 0",
} as const;

export type TlogErrorCode = keyof typeof tlogErrors;

/** An expected failure. `message` is safe to show: it never quotes a key, a leaf or other input. */
export class TlogError extends Error {
  override readonly name = "TlogError";
  readonly code: TlogErrorCode;

  constructor(code: TlogErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
