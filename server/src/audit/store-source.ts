/**
 * The log of a running gateway as something to verify: read in pages through its store, while it grows.
 *
 * What is appended meanwhile lies beyond the head that was taken first, and is left out. A payload that is
 * erased meanwhile looks as if it were missing, because the record that says so is beyond that head: verify
 * again.
 */
import type { NodeAddress } from "#/store/ledger.ts";
import type { Store } from "#/store/store.ts";
import type { StoredRecord } from "#/store/stored.ts";
import type { LogSource } from "./verify-records.ts";

/** So many records are in memory at a time. */
const recordsPageMax = 500;

export type LogStore = Pick<Store, "logHead" | "nodes" | "payloads" | "records">;

export async function openStoreSource(store: LogStore): Promise<LogSource> {
  const head = await store.logHead();
  // Nodes and payloads are asked for with their record, so those of one page are enough.
  let nodes: ReadonlyMap<string, Uint8Array | null> = new Map();
  let payloads: ReadonlyMap<number, Uint8Array | null> = new Map();

  async function* records(): AsyncGenerator<StoredRecord> {
    for (let from = 0; from < head.size; ) {
      const page = await store.records(from, Math.min(recordsPageMax, head.size - from));
      const last = page.at(-1);
      if (last === undefined) return;
      nodes = await readNodes(store, page);
      payloads = await readPayloads(store, page);
      yield* page;
      from = last.index + 1;
    }
  }

  return {
    head,
    records: records(),
    node: (level, index) => nodes.get(`${level}/${index}`) ?? null,
    payload: (index) => payloads.get(index) ?? null,
  };
}

async function readPayloads(store: LogStore, page: readonly StoredRecord[]) {
  const indexes = page.map(({ index }) => index);
  const sealed = await store.payloads(indexes);
  return new Map(indexes.map((index, at) => [index, sealed[at] ?? null] as const));
}

async function readNodes(store: LogStore, page: readonly StoredRecord[]) {
  const addresses = page.flatMap(({ index }) => completedBy(index));
  const hashes = await store.nodes(addresses);
  return new Map(
    addresses.map(({ level, index }, at) => [`${level}/${index}`, hashes[at] ?? null] as const),
  );
}

/** The leaf itself, and one subtree more for each trailing 1 bit of its index. */
function completedBy(leaf: number): readonly NodeAddress[] {
  const addresses = [{ level: 0, index: leaf }];
  for (let level = 1, index = leaf; index % 2 === 1; level += 1) {
    index = (index - 1) / 2;
    addresses.push({ level, index });
  }
  return addresses;
}
