/**
 * What a connection's sessions know of the columns that masks name: read on a session of the gateway's own, kept for a while, for all of
 * them. The client's own session is never asked: a look-up would take the snapshot that is the client's to take.
 */
import { type Mask, targetText } from "#/core/obligation.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import { asksOf, beginOwn, setLocal } from "#/proxies/postgres/effect/own-meaning.ts";
import { openOwnSession } from "#/proxies/postgres/effect/own-session.ts";
import type { Classifier } from "#/proxies/postgres/sql/facts.ts";
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { partOf } from "#/proxies/postgres/touched/node.ts";
import type { UpstreamAddress } from "#/proxies/postgres/upstream.ts";
import { type ColumnMasks, maskColumns, viewsBehind } from "./column-masks.ts";
import { readDefinitions, readRelations } from "./read-relations.ts";

type Trees = Pick<Classifier, "trees">;

export interface KnownColumns {
  /** Null where nobody has read it, or it is too old to be relied on. */
  fresh(masks: readonly Mask[]): ColumnMasks | null;
  /** Null where it can't be read: then no origin is proven. Several at a time read once. */
  read(masks: readonly Mask[], classifier: Trees): Promise<ColumnMasks | null>;
  /** Somebody has changed the catalogue. */
  forget(): void;
}

const knownColumnsAgeMaxMs = 30_000;
/** For one reading. */
const knownColumnsReadMs = 20_000;
/** Sets of masks of which the columns are kept. */
const knownSetsMax = 16;

export function createKnownColumns({
  address,
  clock,
  onRead,
  onFailed,
}: {
  readonly address: UpstreamAddress;
  readonly clock: Clock;
  /** The gateway's own look-ups are on record before they are made. */
  readonly onRead: () => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}): KnownColumns {
  interface Known {
    readonly reading: Promise<ColumnMasks | null>;
    readonly readAt: number;
    columns: ColumnMasks | null;
  }
  const known = new Map<string, Known>();
  const current = (key: string) => {
    const found = known.get(key);
    return found === undefined || clock.now() - found.readAt > knownColumnsAgeMaxMs ? null : found;
  };
  return {
    fresh: (masks) => current(keyOf(masks))?.columns ?? null,
    read(masks, classifier) {
      const key = keyOf(masks);
      const before = current(key);
      if (before !== null) return before.reading;
      if (known.size >= knownSetsMax) known.clear();
      const reading = readOwn({ address, clock, onRead }, masks, classifier).then(
        (columns) => {
          made.columns = columns;
          return columns;
        },
        (error: unknown) => {
          onFailed(error);
          if (known.get(key) === made) known.delete(key);
          return null;
        },
      );
      const made: Known = { reading, readAt: clock.now(), columns: null };
      known.set(key, made);
      return reading;
    },
    forget: () => known.clear(),
  };
}

function keyOf(masks: readonly Mask[]): string {
  return masks
    .flatMap(({ target, masker }) =>
      target.kind === "column" ? [`${targetText(target)}: ${masker}`] : [],
    )
    .join(", ");
}

async function readOwn(
  {
    address,
    clock,
    onRead,
  }: {
    readonly address: UpstreamAddress;
    readonly clock: Clock;
    readonly onRead: () => Promise<void>;
  },
  masks: readonly Mask[],
  classifier: Trees,
): Promise<ColumnMasks> {
  await onRead();
  const late = new AbortController();
  const stopClock = clock.after(knownColumnsReadMs, () => late.abort());
  try {
    const session = await openOwnSession(address, late.signal);
    try {
      const ask = asksOf(session);
      await beginOwn(session, "begin isolation level repeatable read read only");
      await ask(setLocal, ["search_path", "pg_catalog"]);
      return await readColumns(ask, masks, classifier);
    } finally {
      session.close();
    }
  } finally {
    stopClock();
  }
}

async function readColumns(
  ask: Ask,
  masks: readonly Mask[],
  classifier: Trees,
): Promise<ColumnMasks> {
  const read = await readRelations(ask);
  const texts = await readDefinitions(ask, viewsBehind(read, masks));
  const definitions = new Map<number, Fields | null>();
  for (const [oid, text] of texts) {
    const [tree, ...more] = classifier.trees(text) ?? [];
    definitions.set(oid, more.length > 0 ? null : partOf(tree?.stmt, "SelectStmt"));
  }
  return maskColumns(read, masks, definitions);
}
