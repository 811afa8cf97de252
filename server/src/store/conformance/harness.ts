/** What the suites of the conformance tests share. */
import { type TestContext, test } from "node:test";
import type { RecordDraft } from "#/core/record.ts";
import type { Store } from "#/store/store.ts";
import type { StoredRecord } from "#/store/stored.ts";

export interface OpenedStore {
  readonly store: Store;
  /** Closes the store that is open and opens the same data again. */
  readonly reopen: () => Promise<Store>;
  /** Closes the store that is open and removes its data. */
  readonly cleanup: () => Promise<void>;
}

/** A test with a new store of its own. */
export type StoreTest = (
  guarantee: string,
  check: (store: Store, reopen: () => Promise<Store>) => Promise<void>,
) => Promise<void>;

export function storeTestOver(open: () => Promise<OpenedStore>): StoreTest {
  return (guarantee, check) =>
    test(guarantee, async (context: TestContext) => {
      const { store, reopen, cleanup } = await open();
      context.after(cleanup);
      await check(store, reopen);
    });
}

/** Where the number of open reviews is not what is tested. */
export const openMax = 1000;

/** As the fixtures put it into the body. */
export function nameOf(record: StoredRecord | undefined): string | undefined {
  if (record === undefined) return undefined;
  const leaf = JSON.parse(Buffer.from(record.leaf).toString()) as Pick<RecordDraft, "body">;
  return leaf.body["name"] as string;
}

export function never(): AbortSignal {
  return new AbortController().signal;
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
