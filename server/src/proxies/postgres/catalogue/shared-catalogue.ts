/**
 * A database's catalogue as one session of a connection read it last, for all of them, and whether anything that the gateway
 * has sent since may have changed it.
 *
 * Guarantees that a catalogue counts as sure only if no session of this gateway with the same database has run what may change
 * it since it began to be read, nor is in a transaction in which it has. What others change past the gateway shows when it is read again,
 * after `catalogueAgeMaxMs` at the latest.
 */
import type { Clock } from "#/platform/clock.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import { type Catalogue, catalogueAgeMaxMs, readCatalogue, sinceRead } from "./catalogue.ts";

/** How soon after a look the catalogue is read again because a session has changed it. Until then it is not sure. */
export const changedCatalogueAgeMaxMs = 1_000;

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
  /** Reads it through the asking session; several at a time read once. */
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
}

export function shareCatalogue({ clock, changes, columnsAs, onRead }: Sources): SharedCatalogue {
  let current: { readonly catalogue: Catalogue; readonly readAt: number } | null = null;
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
      const { catalogue, readAt } = current;
      const isSettled = changes.mark === null || isSure(catalogue);
      const ageMaxMs = isSettled ? catalogueAgeMaxMs : changedCatalogueAgeMaxMs;
      if (clock.now() - readAt > ageMaxMs) return null;
      return catalogue.relations === "unread" && columnsAs() !== null ? null : catalogue;
    },
    async refresh(ask) {
      const [readAt, mark] = [clock.now(), changes.mark];
      // The gateway's own look-ups are on record before they are made, like everybody's.
      await onRead();
      const read = await readCatalogue(ask, columnsAs());
      const catalogue = sinceRead(current?.catalogue ?? null, read);
      marks.set(catalogue, mark);
      current = { catalogue, readAt };
      return catalogue;
    },
  };
}
