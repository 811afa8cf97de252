import { parseEntity } from "#/core/entity.ts";
import type { RevealRight } from "#/core/view.ts";
import type { Config } from "./load.ts";

/** Who may reveal what, of reviews on a connection. */
export function revealRightsOf(
  { reveal, connections }: Pick<Config, "reveal" | "connections">,
  connection: string,
): readonly RevealRight[] {
  const own = connections.find(({ name }) => name === connection)?.reveal ?? [];
  return [...reveal, ...own].map(({ groups, entities }) => ({
    groups,
    entities: entities.includes("*")
      ? "all"
      : entities.map(parseEntity).filter((entity) => entity !== null),
  }));
}
