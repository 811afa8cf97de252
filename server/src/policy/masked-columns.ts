/** Which columns the rules of a set mask on a connection. */
import type { Resource } from "#/core/action.ts";
import type { ColumnName } from "#/core/obligation.ts";
import type { LoadedPolicy, PolicySet } from "./load.ts";
import { connectionType, environmentType } from "./schema.ts";

/**
 * Of every permit whose head can apply to the connection, whoever asks and whatever its conditions are: a column is no less
 * sensitive where another rule, or none, speaks of the action.
 */
export function maskedColumns(
  { policies }: PolicySet,
  resource: Pick<Resource, "connection" | "environment">,
): readonly ColumnName[] {
  return [...policies.values()]
    .filter((policy) => canApply(policy, resource))
    .flatMap(({ obligations }) => obligations.masks)
    .flatMap(({ target }) => (target.kind === "column" ? [target] : []));
}

function canApply(
  { about }: LoadedPolicy,
  { connection, environment }: Pick<Resource, "connection" | "environment">,
): boolean {
  if (about === null) return true;
  if (about.type === connectionType) return about.id === connection;
  return about.type !== environmentType || about.id === environment;
}
