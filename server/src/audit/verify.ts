/**
 * Verifies the log of a data folder with the public key alone, without a gateway: of a stopped one, of a copy,
 * or of one that is in use.
 *
 * Guarantees that the folder stays as it is and that nothing secret is read. A key from outside shows that
 * the log is the one which that key signed; the folder's own `log.pub` shows only that the folder is whole,
 * because whoever can rewrite all of it can put another key there.
 */
import { openSqliteStoreReadOnly } from "#/store/sqlite/read-only.ts";
import { checkVerifierKey, readVerifierKey } from "./keys.ts";
import { type LogVerification, recordProblems, verifyRecords } from "./verify-records.ts";

/** For a log that was read from elsewhere, as from a running gateway. */
export { type LogSource, verifyRecords } from "./verify-records.ts";

export interface VerifyOptions {
  readonly dir: string;
  /** The verifier key, as text; without it, the folder's own is taken. */
  readonly key?: string | undefined;
}

export interface FolderVerification extends LogVerification {
  /** The verifier key that was used. */
  readonly key: string;
  /** Whether the key came from outside, or from the very folder that was verified. */
  readonly keyFrom: "outside" | "folder";
}

/** Throws where the folder or the key can't be read at all; everything else is reported. */
export async function verifyDataFolder({ dir, key }: VerifyOptions): Promise<FolderVerification> {
  const verifierKey =
    key === undefined ? readVerifierKey(dir) : checkVerifierKey(key.trim(), "The given key");
  const log = openSqliteStoreReadOnly(dir);
  try {
    const { head, node, payload } = log;
    const source = { head, records: log.records(), node, payload };
    const verification = withStrays(await verifyRecords(source, verifierKey), log.strays());
    return { ...verification, key: verifierKey, keyFrom: key === undefined ? "folder" : "outside" };
  } finally {
    log.close();
  }
}

/** What the tree does not cover can't be in the log, however it came into the folder. */
function withStrays(verification: LogVerification, strays: readonly number[]): LogVerification {
  if (strays.length === 0) return verification;
  const code = "record.stray";
  const problems = strays.map(
    (index) =>
      ({
        index,
        code,
        message: `${recordProblems[code]} (${index})`,
      }) as const,
  );
  return { ...verification, ok: false, problems: [...verification.problems, ...problems] };
}
