/** What the automaton finds: a sequence of sets of bytes. */
export interface Anchor {
  readonly sets: readonly (readonly number[])[];
}

export function literalAnchor(text: string | Uint8Array, fold = false): Anchor {
  const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
  return { sets: Array.from(bytes, (byte) => (fold ? bothCases(byte) : [byte])) };
}

function bothCases(byte: number): readonly number[] {
  const low = byte | 0x20;
  return low >= 0x61 && low <= 0x7a ? [low, low - 0x20] : [byte];
}
