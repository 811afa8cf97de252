/**
 * C2SP tlog-proof@v1: one file that proves, offline, that a log holds a leaf.
 *
 * The file names no leaf: who verifies brings the leaf's bytes and the log's key. `extra` is not
 * authenticated by the format, so `verifyProof` does not return it.
 */
import { type Checkpoint, verifyCheckpoint } from "./checkpoint.ts";
import { TlogError } from "./errors.ts";
import { leafHash, verifyInclusion } from "./merkle.ts";
import {
  checkBound,
  parseBase64,
  parseDecimal,
  parseHash,
  proofCharsMax,
  proofHashesMax,
  toBase64,
} from "./parse.ts";

export type Proof = {
  readonly extra: Uint8Array | null;
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** The signed note, verbatim. */
  readonly checkpoint: string;
};

export function formatProof({ extra, index, hashes, checkpoint }: Proof): string {
  const lines = [
    header,
    ...(extra === null ? [] : [`${extraPrefix}${toBase64(extra)}`]),
    `${indexPrefix}${index}`,
    ...hashes.map(toBase64),
    "",
    checkpoint,
  ];
  const text = lines.join("\n");
  parseProof(text);
  return text;
}

/** Nothing in the result is authenticated. */
export function parseProof(text: string): Proof {
  checkBound("the length of a proof file", text.length, proofCharsMax);
  const blankLine = text.indexOf("\n\n");
  if (blankLine === -1) throw malformed("the blank line before the checkpoint is missing");
  const [first, ...lines] = text.slice(0, blankLine).split("\n");
  if (first !== header) throw malformed(`the file does not start with ${header}`);
  const extra = lines[0]?.startsWith(extraPrefix) ? lines.shift() : undefined;
  const index = lines.shift();
  if (!index?.startsWith(indexPrefix)) throw malformed("the line with the index is missing");
  checkBound("the number of hashes in a proof", lines.length, proofHashesMax);
  return {
    extra: extra === undefined ? null : parseField(extra, extraPrefix, parseBase64),
    index: parseField(index, indexPrefix, parseDecimal),
    hashes: lines.map((line) => parseHash(line, "proof.malformed", "a line of the proof")),
    checkpoint: text.slice(blankLine + 2),
  };
}

/** Throws unless the log of `vkey` holds exactly these bytes at the index that is returned. */
export function verifyProof(
  text: string,
  leaf: Uint8Array,
  vkey: string,
): Checkpoint & { readonly index: number } {
  const { index, hashes, checkpoint } = parseProof(text);
  const { origin, size, root } = verifyCheckpoint(checkpoint, vkey);
  verifyInclusion({ index, hash: leafHash(leaf) }, hashes, { size, root });
  return { origin, size, root, index };
}

const header = "c2sp.org/tlog-proof@v1";
const extraPrefix = "extra ";
const indexPrefix = "index ";

function parseField<T>(
  line: string,
  prefix: string,
  parse: (text: string, code: "proof.malformed", what: string) => T,
): T {
  return parse(line.slice(prefix.length), "proof.malformed", `the line "${prefix.trim()}"`);
}

function malformed(message: string): TlogError {
  return new TlogError("proof.malformed", message);
}
