/** A list whose items have names, in pages by name: what is added or removed meanwhile moves no other item. */
import { z } from "@hono/zod-openapi";

const namesPageMax = 200;
const namesPageDefault = 50;
const nameCharsMax = 63;

export const namePageQuery = z.object({
  cursor: z.string().max(nameCharsMax).optional().describe("`next` of the page before"),
  limit: z.coerce.number().int().min(1).max(namesPageMax).default(namesPageDefault),
});

export const nameParams = z.object({ name: z.string().min(1).max(nameCharsMax) });

/** The names after the cursor, and where the next page begins. `sorted` is in the order of code units. */
export function pageOfNames(
  sorted: readonly string[],
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): { readonly names: readonly string[]; readonly next: string | null } {
  const start = cursor === undefined ? 0 : sorted.findIndex((name) => name > cursor);
  if (start === -1) return { names: [], next: null };
  const names = sorted.slice(start, start + limit);
  return { names, next: start + limit < sorted.length ? (names.at(-1) ?? null) : null };
}
