/**
 * A database's catalogue as one session of a connection read it last, for all of them, and whether anything that the gateway
 * has sent since may have changed it.
 *
 * Guarantees that a catalogue counts as sure only if no session of this gateway with the same database has run what may change
 * it since it began to be read, nor is in a transaction in which it has. What others change past the gateway shows within two seconds:
 * after `confirmedAgeMaxMs` the next session asks whether it still stands, and none relies on it for longer than twice that.
 */
import type { Clock } from "#/platform/clock.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import { type Catalogue, sinceRead } from "./catalogue.ts";
import { readCatalogueVersion } from "./catalogue-version.ts";
import { readCatalogue } from "./read-catalogue.ts";

/** How old a catalogue may be that decisions rely on, whatever its version. */
export const catalogueAgeMaxMs = 30_000;
/** How soon after a look the catalogue is read again because a session has changed it. Until then it is not sure. */
export const changedCatalogueAgeMaxMs = 1_000;

/** How long a catalogue is relied on without asking whether it still stands. Where many sessions come, one of them asks. */
export const confirmedAgeMaxMs = 1_000;
/** Asking takes no more than this part of the time, however large the database is. */
const confirmingShare = 1 / 50;

/** What sessions change in one database. */
export class CatalogueChanges {
  #going = 0;
  #over = 0;

  /** The result is to be called when nothing of the change can come any more. */
  begin(): () => void {
    this.#going += 1;
    let isGoing = true;
    return () => {
      if (!isGoing) return;
      isGoing = false;
      this.#going -= 1;
      this.#over += 1;
    };
  }

  /** The same as long as nothing changes; null while something may. */
  get mark(): number | null {
    return this.#going === 0 ? this.#over : null;
  }
}

export interface SharedCatalogue {
  /** Null while nobody has read it, or when it is too old to be relied on. */
  fresh(): Catalogue | null;
  /** Has the asking session see whether it still stands, and reads it anew where it does not. */
  refresh(ask: Ask): Promise<Catalogue>;
  /** Whether it still stands, as far as it goes through the gateway. */
  isSure(catalogue: Catalogue): boolean;
  /** To be called before what may change it is sent. */
  changing(): () => void;
}

interface Sources {
  readonly clock: Clock;
  readonly changes: CatalogueChanges;
  /** As which role relations are to be read with their columns; null where they are not. */
  readonly columnsAs: () => string | null;
  /** Before it is read. */
  readonly onRead: () => Promise<void>;
  /** Somebody has changed it, whether past the gateway or not. */
  readonly onChanged: () => void;
}

interface Read {
  readonly catalogue: Catalogue;
  readonly version: string;
  readonly readAt: number;
  readonly confirmedAt: number;
  /** How long it took to ask. */
  readonly tookMs: number;
  /** For how long it need not be asked about again. */
  readonly standsMs: number;
}

export function shareCatalogue(sources: Sources): SharedCatalogue {
  const { clock, changes, columnsAs, onRead, onChanged } = sources;
  let current: Read | null = null;
  let confirming = 0;
  const marks = new WeakMap<Catalogue, number | null>();
  const isSure = (catalogue: Catalogue) => {
    const mark = marks.get(catalogue) ?? null;
    return mark !== null && mark === changes.mark;
  };
  return {
    isSure,
    changing: () => changes.begin(),
    fresh() {
      if (current === null) return null;
      const { catalogue, readAt, confirmedAt, standsMs } = current;
      const isSettled = changes.mark === null || isSure(catalogue);
      const ageMaxMs = isSettled ? catalogueAgeMaxMs : changedCatalogueAgeMaxMs;
      const now = clock.now();
      if (now - readAt > ageMaxMs) return null;
      // While one session asks, the others go on, if not for long.
      if (now - confirmedAt > (confirming > 0 ? 2 : 1) * standsMs) return null;
      return catalogue.relations === "unread" && columnsAs() !== null ? null : catalogue;
    },
    async refresh(ask) {
      const [askedAt, mark, before] = [clock.now(), changes.mark, current];
      const role = columnsAs();
      const mayStand = (read: Read | null): read is Read =>
        read !== null && isSure(read.catalogue) && askedAt - read.readAt <= catalogueAgeMaxMs;
      // The gateway's own look-ups are on record before they are made, like everybody's. Whether it stands is asked of what was looked up.
      const isRecorded = !mayStand(before);
      if (isRecorded) await onRead();
      confirming += 1;
      // Before the catalogue is read, so that what changes meanwhile makes it another.
      const version = await readCatalogueVersion(ask, role !== null).finally(() => {
        confirming -= 1;
      });
      const tookMs = clock.now() - askedAt;
      // Once alone may be chance.
      const standsMs = standsFor(Math.min(tookMs, before?.tookMs ?? 0));
      const isSame = before?.version === version;
      if (isSame && mayStand(before)) {
        current = { ...before, confirmedAt: askedAt, tookMs, standsMs };
        return before.catalogue;
      }
      if (!isSame) onChanged();
      if (!isRecorded) await onRead();
      const read = await readCatalogue(ask, role);
      const catalogue = sinceRead(current?.catalogue ?? null, read);
      marks.set(catalogue, mark);
      current = { catalogue, version, readAt: askedAt, confirmedAt: askedAt, tookMs, standsMs };
      return catalogue;
    },
  };
}

function standsFor(askedMs: number): number {
  return Math.min(Math.max(confirmedAgeMaxMs, askedMs / confirmingShare), catalogueAgeMaxMs);
}
