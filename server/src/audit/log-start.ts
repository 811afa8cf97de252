/**
 * Before the first append after a start: does what is stored continue what was signed?
 *
 * A folder that was restored only in part, edited, or given another key would otherwise get a new signature
 * over a history that contradicts the old one.
 */
import { verifyCheckpoint } from "@countersign/tlog/checkpoint";
import { TlogError } from "@countersign/tlog/errors";
import { equalHashes, rootOf } from "@countersign/tlog/merkle";
import { GatewayError } from "#/core/errors.ts";
import type { LogHead } from "#/store/stored.ts";

/** Throws `audit.log_forked` unless the head is signed by this key and its root is the stored tree's. */
export function checkLogStart(
  head: LogHead,
  readNode: (level: number, index: number) => Uint8Array | null,
  verifierKey: string,
): void {
  const signed = readCheckpoint(head.checkpoint, verifierKey);
  if (signed.size !== head.size) {
    throw forked(`${head.size} records are stored, ${signed.size} are signed.`);
  }
  const root = rootOf(head.size, (level, index) => {
    const node = readNode(level, index);
    if (node === null) throw forked(`The tree's node (${level}, ${index}) is missing.`);
    return node;
  });
  if (!equalHashes(root, signed.root))
    throw forked("The stored tree is not the one that was signed.");
}

function readCheckpoint(text: string, verifierKey: string) {
  try {
    return verifyCheckpoint(text, verifierKey);
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    throw forked(
      `The stored checkpoint was not signed by the gateway's key: ${cause.message}.`,
      cause,
    );
  }
}

function forked(problem: string, cause?: unknown): GatewayError {
  return new GatewayError(
    "audit.log_forked",
    `The log does not continue the history that was signed before. ${problem}`,
    { cause },
  );
}
