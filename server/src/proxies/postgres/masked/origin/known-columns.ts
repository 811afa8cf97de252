/**
 * What a connection's sessions know of the columns that masks name: read on a session of the gateway's own, kept for a while, for all of
 * them. The client's own session is never asked: a look-up would take the snapshot that is the client's to take.
 */
import { type Mask, targetText } from "#/core/obligation.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import { asksOf, beginOwn, setLocal } from "#/proxies/postgres/effect/own-meaning.ts";
import { openOwnSession } from "#/proxies/postgres/effect/own-session.ts";
import { readDefinitions } from "#/proxies/postgres/relations/read-relations.ts";
import type { Classifier } from "#/proxies/postgres/sql/facts.ts";
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { partOf } from "#/proxies/postgres/touched/node.ts";
import type { UpstreamAddress } from "#/proxies/postgres/upstream/upstream.ts";
import type { TellAbsent } from "./absent-columns.ts";
import { type ColumnMasks, maskColumns, viewsBehind } from "./column-masks.ts";
import { readRelations } from "./read-relations.ts";

type Trees = Pick<Classifier, "trees">;

export interface KnownColumns {
  /**
   * At once where it is known, and else once it has been read; null where it can't be read: then no origin is proven. Several at a time
   * read once, and what is half as old as it may be is read again meanwhile.
   */
  take(masks: readonly Mask[], classifier: Trees): ColumnMasks | Promise<ColumnMasks | null>;
  /** Somebody has changed the catalogue. */
  forget(): void;
  /** A session is about to commit what changes the catalogue; what it returns is to be called when that is over. */
  changing(): () => void;
  /** Another number each time something may have changed. */
  readonly state: number;
  /** Something may be changing right now. */
  readonly isChanging: boolean;
}

const knownColumnsAgeMaxMs = 30_000;
/** For one reading. */
const knownColumnsReadMs = 20_000;
/** Behind one that failed, which may have taken its time. */
const knownColumnsRetryMs = 2_000;
/** Sets of masks of which the columns are kept. */
const knownSetsMax = 16;

export function createKnownColumns({
  address,
  clock,
  onRead,
  onFailed,
  onKnown,
}: {
  readonly address: UpstreamAddress;
  readonly clock: Clock;
  /** The gateway's own look-ups are on record before they are made. */
  readonly onRead: () => Promise<void>;
  readonly onFailed: (error: unknown) => void;
  readonly onKnown: TellAbsent;
}): KnownColumns {
  interface Known {
    readonly readAt: number;
    /** Null while it is being read. */
    columns: ColumnMasks | null;
    reading: Promise<ColumnMasks | null>;
    isRenewed: boolean;
    /** When it was found that it can't be read. */
    failedAt: number | null;
  }
  const known = new Map<string, Known>();
  let changing = 0;
  let state = 0;
  const forget = () => {
    state += 1;
    known.clear();
  };
  const read = (masks: readonly Mask[], classifier: Trees) => {
    const readAt = clock.now();
    const reading = readOwn({ address, clock, onRead }, masks, classifier)
      .then((columns) => {
        onKnown(columns.read, masks);
        return columns;
      })
      .catch((error: unknown) => {
        onFailed(error);
        return null;
      });
    return { readAt, reading };
  };
  const begin = (key: string, masks: readonly Mask[], classifier: Trees) => {
    if (known.size >= knownSetsMax) known.clear();
    const made: Known = {
      ...read(masks, classifier),
      columns: null,
      isRenewed: false,
      failedAt: null,
    };
    known.set(key, made);
    made.reading = made.reading.then((columns) => {
      made.columns = columns;
      if (columns === null) made.failedAt = clock.now();
      return columns;
    });
    return made.reading;
  };
  /** In the background, so that nobody waits for it. What was forgotten meanwhile stays forgotten. */
  const renew = (key: string, before: Known, masks: readonly Mask[], classifier: Trees) => {
    before.isRenewed = true;
    const { readAt, reading } = read(masks, classifier);
    void reading.then((columns) => {
      if (columns === null || known.get(key) !== before) return;
      known.set(key, { readAt, reading, columns, isRenewed: false, failedAt: null });
    });
  };
  return {
    take(masks, classifier) {
      const key = keyOf(masks);
      const found = known.get(key);
      if (found === undefined) return begin(key, masks, classifier);
      const now = clock.now();
      const age = now - found.readAt;
      if (found.columns === null) {
        const isAgain = found.failedAt !== null && now - found.failedAt > knownColumnsRetryMs;
        return isAgain ? begin(key, masks, classifier) : found.reading;
      }
      if (age > knownColumnsAgeMaxMs) return begin(key, masks, classifier);
      if (age > knownColumnsAgeMaxMs / 2 && !found.isRenewed) renew(key, found, masks, classifier);
      return found.columns;
    },
    forget,
    changing() {
      changing += 1;
      state += 1;
      return () => {
        changing -= 1;
        forget();
      };
    },
    get state() {
      return state;
    },
    get isChanging() {
      return changing > 0;
    },
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
