/** The names that WITH gives to queries: where each is visible, and what its query does. */
import type { WithClause } from "libpg-query";
import type { Place, Scope, Walk } from "./walk.ts";

/**
 * The names that WITH gives, and a visit to their queries. Without RECURSIVE a name is not visible in its own query
 * nor before it: there it is a relation.
 */
export function scopeOf(clause: WithClause | undefined, place: Place, walk: Walk): Scope | null {
  if (clause === undefined) return place.scope;
  const names = new Map<string, number>();
  const tables = (clause.ctes ?? []).flatMap((node) =>
    "CommonTableExpr" in node ? [node.CommonTableExpr] : [],
  );
  for (const [index, { ctename }] of tables.entries()) {
    if (!names.has(ctename ?? "")) names.set(ctename ?? "", index);
  }
  const outer = place.scope;
  for (const [index, table] of tables.entries()) {
    const count = clause.recursive === true ? tables.length : index;
    const scope: Scope = { names, count, outer };
    const inner: Place = { ...place, scope, access: "read", column: null, columns: null };
    walk.visitFields("CommonTableExpr", table, inner);
  }
  return { names, count: tables.length, outer };
}

/** Whether the name is one that WITH gives here, rather than a relation's. */
export function isNamed(scope: Scope | null, name: string): boolean {
  for (let at = scope; at !== null; at = at.outer) {
    const index = at.names.get(name);
    if (index !== undefined && index < at.count) return true;
  }
  return false;
}
