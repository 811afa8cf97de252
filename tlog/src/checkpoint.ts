/**
 * C2SP tlog-checkpoint v1.0.0: a tree head as a signed note of three lines.
 *
 * Stricter than C2SP asks: the origin must be the name of the signing key, and extension lines,
 * which no monitor can audit, are refused. Never to sign a tree that contradicts an earlier one is
 * the duty of the log that calls `signCheckpoint`; one checkpoint alone can't show it.
 */
import { TlogError } from "./errors.ts";
import type { TreeHead } from "./merkle.ts";
import { checkKeyName, type NoteSignature, type SigningKey, signNote, verifyNote } from "./note.ts";
import { parseDecimal, parseHash, toBase64 } from "./parse.ts";

export type Checkpoint = TreeHead & { readonly origin: string };
export type SignedCheckpoint = Checkpoint & { readonly signatures: readonly NoteSignature[] };

/** The unsigned text of the note. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const body = `${checkpoint.origin}\n${checkpoint.size}\n${toBase64(checkpoint.root)}\n`;
  parseCheckpoint(body);
  return body;
}

/** Reads the unsigned text of a note; nothing in the result is authenticated. */
export function parseCheckpoint(body: string): Checkpoint {
  const [origin = "", size = "", root = "", ...end] = body.split("\n");
  if (end.length !== 1 || end[0] !== "") {
    throw new TlogError(
      "checkpoint.malformed",
      "a checkpoint is three lines: origin, tree size and root hash",
    );
  }
  checkKeyName(origin, "checkpoint.malformed");
  return {
    origin,
    size: parseDecimal(size, "checkpoint.malformed", "the tree size"),
    root: parseHash(root, "checkpoint.malformed", "the root"),
  };
}

export function signCheckpoint(checkpoint: Checkpoint, key: SigningKey): string {
  checkOrigin(checkpoint, key.name);
  return signNote(formatCheckpoint(checkpoint), [key]);
}

/** Returns only what the key `vkey` has signed. */
export function verifyCheckpoint(note: string, vkey: string): SignedCheckpoint {
  const { text, signatures } = verifyNote(note, [vkey]);
  const checkpoint = parseCheckpoint(text);
  for (const { name } of signatures) checkOrigin(checkpoint, name);
  return { ...checkpoint, signatures };
}

function checkOrigin({ origin }: Checkpoint, keyName: string): void {
  if (origin !== keyName) {
    throw new TlogError("checkpoint.origin_mismatch", "the origin is not the name of the key");
  }
}
