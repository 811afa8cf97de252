/** What an open transaction costs others, in words. Of what the server calls things: made visible by whoever shows it. */
import type { OpenTransaction } from "./wire/effect.ts";

/** Without its age. */
export function transactionText({ locks, locksMore, blocks }: OpenTransaction): string {
  return `${locksText(locks, locksMore)}; ${blocksText(blocks)}`;
}

function locksText(locks: OpenTransaction["locks"], more: number): string {
  if (locks === null) return "it is not known what it locks";
  if (locks.length === 0) return "it locks nothing";
  const named = locks.map(({ on, mode }) => `${on} (${mode})`).join(", ");
  return `it locks ${named}${more === 0 ? "" : ` and ${more} more`}`;
}

function blocksText(blocks: number | null): string {
  if (blocks === null) return "it is not known who waits for it";
  if (blocks === 0) return "no other session waits for it";
  return blocks === 1 ? "1 other session waits for it" : `${blocks} other sessions wait for it`;
}
