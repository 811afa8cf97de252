/** What sessions have read, in its table. */
import type { DatabaseSync } from "node:sqlite";
import type { KeptLabels } from "#/core/label.ts";
import type { Sealer } from "#/store/ledger.ts";
import type { StoredLabels } from "#/store/stored.ts";
import { type Applied, done } from "./verbs.ts";

export function prepareLabelWrites(db: DatabaseSync, sealer: Sealer) {
  const put = db.prepare(
    "INSERT OR REPLACE INTO session_labels (scope, kept_at, document) VALUES (?, ?, ?)",
  );
  const forget = db.prepare("DELETE FROM session_labels WHERE kept_at < ?");
  return {
    keep({ scope, at, document }: KeptLabels): Applied {
      put.run(scope, at, sealer.seal(Buffer.from(document)));
      return done;
    },
    forget(before: number): Applied {
      forget.run(before);
      return done;
    },
  };
}

interface LabelRow {
  readonly scope: string;
  readonly at: number;
  readonly document: Uint8Array;
}

export function prepareLabelReader(db: DatabaseSync, sealer: Sealer) {
  const behind = db.prepare(`
    SELECT scope, kept_at AS at, document FROM session_labels WHERE scope > ? ORDER BY scope LIMIT ?`);
  return (after: string, limit: number): readonly StoredLabels[] =>
    behind.all(after, limit).map((row) => {
      const { scope, at, document } = row as unknown as LabelRow;
      return { scope, at, document: opened(document, sealer) };
    });
}

/** One that is not whole must not keep the others from being read. */
function opened(document: Uint8Array, sealer: Sealer): string | null {
  try {
    return Buffer.from(sealer.open(document)).toString("utf8");
  } catch {
    return null;
  }
}
