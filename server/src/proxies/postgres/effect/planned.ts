/** Which statements of a command have an effect in rows, and what the planner's answer says of it. Pure. */
import type { RawStmt } from "libpg-query";

export interface Planned {
  /** The text of each, alone. */
  readonly statements: readonly string[];
  /** Why the number of rows of a run would not be all that it writes, or null. */
  readonly unmeasurable: string | null;
}

/** Planned one by one; what holds more is not. The time for all of it bounds them too. */
const plannedStatementsMax = 200;

/** Null where one of them is no plain INSERT, UPDATE, DELETE, MERGE or SELECT, so that there is no such number. */
export function plannedIn(command: string, trees: readonly RawStmt[]): Planned | null {
  if (trees.length === 0 || trees.length > plannedStatementsMax) return null;
  const found = trees.map(({ stmt }) => nodesIn(stmt));
  if (!trees.every(({ stmt }, at) => isPlain(stmt, found[at]))) return null;
  const bytes = Buffer.from(command, "utf8");
  const statements = trees.map(({ stmt_location: start = 0, stmt_len: length = 0 }) =>
    bytes.toString("utf8", start, length === 0 ? undefined : start + length),
  );
  return { statements, unmeasurable: whyNotMeasured(trees, found) };
}

function isPlain(
  stmt: object | undefined,
  nodes: ReadonlyMap<string, number> | undefined,
): boolean {
  const [type = ""] = Object.keys(stmt ?? {});
  return (
    (writes.includes(type) || type === "SelectStmt") &&
    !["IntoClause", "intoClause", "RangeTableSample"].some((name) => nodes?.has(name))
  );
}

const writes: readonly string[] = ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];

function whyNotMeasured(
  trees: readonly RawStmt[],
  found: readonly ReadonlyMap<string, number>[],
): string | null {
  if (trees.length > 1) return "It holds several statements, and only a single one is measured.";
  const [type = ""] = Object.keys(trees[0]?.stmt ?? {});
  if (!writes.includes(type)) return "Only an INSERT, UPDATE, DELETE or MERGE is measured.";
  const count = writes.reduce((sum, name) => sum + (found[0]?.get(name) ?? 0), 0);
  return count > 1 ? "It writes in several places at once, and only one is counted." : null;
}

/** How often each name of a node or field occurs. */
function nodesIn(tree: unknown): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const pending: unknown[] = [tree];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (typeof node !== "object" || node === null) continue;
    for (const [name, child] of Object.entries(node)) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (child !== undefined) pending.push(child);
    }
  }
  return counts;
}

/**
 * Rows that the plan expects to write, in all places where it writes; of a plan that writes nothing, those that
 * it returns. Null where the answer is none of EXPLAIN's.
 */
export function plannedRows(json: string): number | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return null;
  }
  const top = fieldOf(Array.isArray(parsed) ? parsed[0] : null, "Plan");
  const writing: unknown[] = [];
  const pending: unknown[] = [top];
  for (let plan = pending.pop(); plan !== undefined; plan = pending.pop()) {
    if (fieldOf(plan, "Node Type") === "ModifyTable") writing.push(plan);
    pending.push(...plansIn(plan));
  }
  if (writing.length === 0) return rowsOf(top);
  return writing.reduce<number | null>((sum, plan) => {
    const rows = writtenBy(plan);
    return sum === null || rows === null ? null : sum + rows;
  }, 0);
}

/** What a plan writes comes from below it; it may itself return nothing. */
function writtenBy(plan: unknown): number | null {
  const sources = plansIn(plan).filter(
    (each) => !["InitPlan", "SubPlan"].includes(String(fieldOf(each, "Parent Relationship"))),
  );
  return sources.reduce<number | null>((sum, each) => {
    const rows = rowsOf(each);
    return sum === null || rows === null ? null : sum + rows;
  }, 0);
}

function plansIn(plan: unknown): readonly unknown[] {
  const plans = fieldOf(plan, "Plans");
  return Array.isArray(plans) ? plans : [];
}

function rowsOf(plan: unknown): number | null {
  const rows = fieldOf(plan, "Plan Rows");
  return typeof rows === "number" && Number.isFinite(rows) && rows >= 0 ? Math.round(rows) : null;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
