/**
 * Pseudonyms: typed, consistent, reversible.
 *
 * The vault keeps what they stand for, for as long as it lives; this folder knows its shape alone, and one that
 * forgets with the process. What is kept on disk has to be encrypted.
 */
import { type Entity, labelOf, parseLabel } from "#/core/entity.ts";
import { normalised } from "./normalised.ts";

export interface PseudonymVault {
  /** The number of a value, from 1 on for each kind; a new one if it has none. Null if there is no room. */
  readonly put: (entity: Entity, key: string, value: string) => number | null;
  readonly get: (entity: Entity, number: number) => string | null;
}

/** Vaults by what they belong to: whoever asks for the same gets the same, for as long as it lives. */
export interface SessionVaults {
  readonly open: (scope: string) => OpenedVault;
}

export interface OpenedVault extends PseudonymVault {
  /** Until what was put there before is back, when that is; null as soon as it is. Until then values are redacted. Never rejects. */
  readonly opening: () => Promise<void> | null;
}

export interface Pseudonyms {
  readonly numberOf: (entity: Entity, value: string) => number | null;
  /**
   * A text with the values again, for the session that they came from and no other. It takes a pseudonym in other case, with blanks
   * or a Markdown escape in it, as models tend to write. What the vault does not know stays.
   */
  readonly restore: (text: string) => string;
}

export function createPseudonyms(vault: PseudonymVault): Pseudonyms {
  return {
    numberOf: (entity, value) => vault.put(entity, normalised(entity, value), value),
    restore: (text) =>
      text.replaceAll(pseudonymForm, (whole, label: string, digits: string) => {
        const entity = parseLabel(label.replaceAll(/\\/g, "").replaceAll(/[ -]/g, "_"));
        const value = entity === null ? null : vault.get(entity, Number(digits));
        return value ?? whole;
      }),
  };
}

const pseudonymForm =
  /(?:\\?<|&lt;) ?([A-Za-z][A-Za-z_\\ -]{1,40}?)\\?[_ -] ?(\d{1,7}) ?(?:\\?>|&gt;)/g;
/** The longest text that is one. */
const formCharsMax = 64;

export interface RestoringStream {
  readonly push: (piece: string) => void;
  readonly end: () => void;
}

/** The same of a text that comes in pieces, however it is cut: what may become a pseudonym waits for its end. */
export function startRestoring(
  pseudonyms: Pseudonyms,
  emit: (piece: string) => void,
): RestoringStream {
  let kept = "";
  return {
    push(piece) {
      const text = kept + piece;
      const end = openFrom(text);
      kept = text.slice(end);
      if (end > 0) emit(pseudonyms.restore(text.slice(0, end)));
    },
    end() {
      if (kept !== "") emit(pseudonyms.restore(kept));
      kept = "";
    },
  };
}

/** Where a pseudonym may have begun that has not ended. */
function openFrom(text: string): number {
  for (let at = Math.max(0, text.length - formCharsMax); at < text.length; at += 1) {
    const isOpening = text[at] === "<" || text[at] === "&" || text[at] === "\\";
    if (isOpening && !/>|&gt;/.test(text.slice(at))) return at;
  }
  return text.length;
}

/** Values of a session that forgets with the process. */
const memoryVaultValuesMax = 100_000;

export function createMemoryVault(): OpenedVault {
  const numbers = new Map<string, number>();
  const values = new Map<string, string>();
  const counts = new Map<Entity, number>();
  return {
    put(entity, key, value) {
      const known = numbers.get(`${entity}\0${key}`);
      if (known !== undefined) return known;
      if (numbers.size >= memoryVaultValuesMax) return null;
      const number = (counts.get(entity) ?? 0) + 1;
      counts.set(entity, number);
      numbers.set(`${entity}\0${key}`, number);
      values.set(`${labelOf(entity)}_${number}`, value);
      return number;
    },
    get: (entity, number) => values.get(`${labelOf(entity)}_${number}`) ?? null,
    opening: () => null,
  };
}
