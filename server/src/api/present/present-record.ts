/** From the log to the wire: the leaf as it is hashed, and what it says. No payload. */
import type { LogEntry } from "@countersign/sdk/wire/log";
import { parseLeaf } from "#/audit/leaf.ts";
import type { StoredRecord } from "#/store/stored.ts";

export function presentRecord({ index, leaf, leafHash }: StoredRecord): LogEntry {
  const parsed = parseLeaf(leaf);
  return {
    index,
    type: parsed?.type ?? null,
    at: parsed?.at ?? null,
    actionId: parsed?.action ?? null,
    reviewId: parsed?.review ?? null,
    leafHash: Buffer.from(leafHash).toString("hex"),
    leaf: parsed === null ? null : { ...parsed },
    bytes: Buffer.from(leaf).toString("base64"),
  };
}
