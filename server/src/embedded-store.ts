/** The composition of the embedded store, from the main thread's side; `writer.ts` is that of its own. */
import { createJournalCipher } from "#/audit/journal-cipher.ts";
import type { GatewayKeys } from "#/audit/keys.ts";
import { createSpelling } from "#/audit/spell-record.ts";
import type { Clock } from "#/platform/clock.ts";
import { openSqliteStore } from "#/store/sqlite/client.ts";
import type { Store } from "#/store/store.ts";
import type { WriterData } from "./writer.ts";

/** The store's thread gets the keys that it works with, and no other. */
export function openEmbeddedStore(dir: string, keys: GatewayKeys, clock: Clock): Promise<Store> {
  const { origin, signingKey, verifierKey, payloadKey, sealerKey, journalKey } = keys;
  const writerData: WriterData = {
    dir,
    origin,
    signingKey,
    verifierKey,
    payloadKey,
    sealerKey,
    journalKey,
  };
  return openSqliteStore({
    writer: new URL("./writer.ts", import.meta.url),
    writerData,
    clock,
    journal: { dir, cipher: createJournalCipher(journalKey), spell: createSpelling() },
  });
}
