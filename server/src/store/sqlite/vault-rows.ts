/** The vaults of pseudonyms, in their tables. Their keys are sealed here; what is under them was sealed by others. */
import type { DatabaseSync } from "node:sqlite";
import type { Sealer } from "#/store/ledger.ts";
import type { FreshVault, PseudonymAddition, StoredPseudonym } from "#/store/stored.ts";
import type { Applied } from "./verbs.ts";

interface VaultRow {
  readonly expiresAt: number;
  readonly key: Uint8Array | null;
  readonly counts: string;
}

export function prepareVaultWrites(db: DatabaseSync, sealer: Sealer) {
  const one = db.prepare(
    "SELECT expires_at AS expiresAt, key, counts FROM pseudonym_vaults WHERE scope = ?",
  );
  const open = db.prepare("SELECT count(*) AS n FROM pseudonym_vaults WHERE key IS NOT NULL");
  const put = db.prepare(`
    INSERT INTO pseudonym_vaults (scope, expires_at, key, counts) VALUES (?, ?, ?, '{}')
    ON CONFLICT (scope) DO UPDATE SET expires_at = excluded.expires_at, key = excluded.key`);
  const forget = db.prepare("DELETE FROM pseudonyms WHERE scope = ?");
  const insert = db.prepare("INSERT INTO pseudonyms (scope, at, sealed) VALUES (?, ?, ?)");
  const count = db.prepare("UPDATE pseudonym_vaults SET counts = ? WHERE scope = ?");
  const forgetEnded = db.prepare(`
    DELETE FROM pseudonyms WHERE scope IN
      (SELECT scope FROM pseudonym_vaults WHERE key IS NOT NULL AND expires_at < ?)`);
  const ended = db.prepare(
    "SELECT count(*) AS n FROM pseudonym_vaults WHERE key IS NOT NULL AND expires_at < ?",
  );
  const all = db.prepare(
    "SELECT scope, expires_at AS expiresAt, key, counts FROM pseudonym_vaults",
  );
  const clear = db.prepare("DELETE FROM pseudonym_vaults");
  const restore = db.prepare(
    "INSERT INTO pseudonym_vaults (scope, expires_at, key, counts) VALUES (?, ?, ?, ?)",
  );
  const vault = (scope: string) => one.get(scope) as unknown as VaultRow | undefined;

  /**
   * A row that moved to another page has left its bytes behind, which `secure_delete` does not see: so that no key is left anywhere, the
   * table is emptied as a whole, which overwrites all of its pages, and what goes on is put back.
   */
  function end(now: number): boolean {
    if (Number(ended.get(now)?.["n"]) === 0) return false;
    forgetEnded.run(now);
    const rows = all.all() as unknown as readonly (VaultRow & { readonly scope: string })[];
    clear.run();
    for (const { scope, expiresAt, key, counts } of rows) {
      restore.run(scope, expiresAt, expiresAt < now ? null : key, counts);
    }
    return true;
  }

  return {
    open(fresh: FreshVault, now: number, openMax: number): Applied {
      const { scope, expiresAt, key } = fresh;
      const known = vault(scope);
      const counts = JSON.parse(known?.counts ?? "{}") as Record<string, number>;
      if (known !== undefined && known.key !== null && known.expiresAt > now) {
        const sealedKey = sealer.open(known.key);
        const opened = {
          scope,
          expiresAt: known.expiresAt,
          key: Buffer.from(sealedKey).toString("utf8"),
          counts,
        };
        return { answer: { ...opened, isFirst: false }, tookEffect: true };
      }
      if (known !== undefined && known.key !== null) end(now + 1);
      if (Number(open.get()?.["n"]) >= openMax) return { answer: null, tookEffect: false };
      forget.run(scope);
      put.run(scope, expiresAt, sealer.seal(Buffer.from(key)));
      return { answer: { ...fresh, counts, isFirst: known === undefined }, tookEffect: true };
    },
    add({ scope, expiresAt, counts, pseudonyms }: PseudonymAddition): Applied {
      const known = vault(scope);
      if (known === undefined || known.key === null || known.expiresAt !== expiresAt)
        return { answer: "over", tookEffect: false };
      for (const { at, sealed } of pseudonyms) insert.run(scope, at, sealed);
      count.run(JSON.stringify(counts), scope);
      return { answer: "added", tookEffect: true };
    },
    end(now: number): Applied {
      return { answer: null, tookEffect: end(now) };
    },
  };
}

export function preparePseudonymReader(db: DatabaseSync) {
  const behind = db.prepare(
    "SELECT at, sealed FROM pseudonyms WHERE scope = ? AND at > ? ORDER BY at LIMIT ?",
  );
  return (scope: string, after: number, limit: number): readonly StoredPseudonym[] =>
    behind.all(scope, after, limit).map((row) => {
      const { at, sealed } = row as unknown as StoredPseudonym;
      return { at, sealed };
    });
}
