/** An embedded store in a folder of its own, with the gateway's own writer and keys. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type GatewayKeys, loadKeys } from "#/audit/keys.ts";
import { openEmbeddedStore } from "#/embedded-store.ts";
import { type Clock, systemClock } from "#/platform/clock.ts";
import type { OpenedStore } from "#/store/conformance/harness.ts";
import type { Store } from "#/store/store.ts";

export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "countersign-store-"));
}

/** By a clock that stands still nothing that is journaled comes into the log before it is asked for. */
export function openFolder(
  dir: string,
  clock: Clock = systemClock,
  keys: GatewayKeys = loadKeys(dir),
): Promise<Store> {
  return openEmbeddedStore(dir, keys, clock);
}

export async function openTestStore(): Promise<OpenedStore> {
  const dir = temporaryFolder();
  let store = await openFolder(dir);
  return {
    store,
    async reopen() {
      await store.close();
      store = await openFolder(dir);
      return store;
    },
    async cleanup() {
      await store.close();
      fs.rmSync(dir, { recursive: true });
    },
  };
}
