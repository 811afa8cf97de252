/** Findings in a text of any length, found in pieces between which others get their turn. */
import type { Finder } from "./finder.ts";
import type { Finding } from "./finding.ts";

/** So much is looked at in one go: a few milliseconds. */
const pieceBytes = 64 * 1024;

export async function scanInPieces(
  finder: Finder,
  bytes: Uint8Array,
  pause: () => Promise<void>,
): Promise<readonly Finding[]> {
  if (bytes.length <= pieceBytes) return finder.find(bytes);
  const findings: Finding[] = [];
  const stream = finder.start((finding) => findings.push(finding));
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    stream.push(bytes.subarray(at, at + pieceBytes));
    await pause();
  }
  stream.end();
  return findings;
}
