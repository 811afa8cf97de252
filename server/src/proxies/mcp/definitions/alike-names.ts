/** Names of one server's tools that a reader, or the server itself, may take for one another. The first that is known keeps the name. */
import { plainText } from "./plain-text.ts";

export interface AlikeNames {
  note(name: string): void;
  /** The one that it reads as; null where there is none, or it is that one. */
  other(name: string): string | null;
}

/** Of one server, by what they are taken for. Further names are told apart as they are written. */
const namesNotedMax = 4_000;

export function createAlikeNames(first: readonly string[]): AlikeNames {
  const known = new Map<string, string>();
  const note = (name: string) => {
    const plain = plainText(name);
    if (known.size < namesNotedMax && !known.has(plain)) known.set(plain, name);
  };
  first.forEach(note);
  return {
    note,
    other(name) {
      const other = known.get(plainText(name)) ?? name;
      return other === name ? null : other;
    },
  };
}
