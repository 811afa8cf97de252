/**
 * The statement that is measured, made to say besides where each of its rows lies. Pure.
 *
 * Guarantees that it stays the statement that was judged: what is added names system columns alone, and the grammar
 * itself says that nothing else differs.
 */
import type { RawStmt } from "libpg-query";
import { fieldsOf, listOf, partOf, textOf } from "#/proxies/postgres/touched/node.ts";

/** Where a row lay before, and where it lies after. */
export interface Place {
  readonly before: Spot | null;
  readonly after: Spot | null;
}

export interface Spot {
  /** The oid of the table, which may be a partition of what the statement names. */
  readonly table: string;
  readonly ctid: string;
}

/** What is added to the columns that the statement itself returns. */
export const placeColumns = 4;

/** From here on RETURNING knows both versions of a row. */
const bothVersions = 180_000;

/** Null where it can't say it: then nothing is added. */
export function sampledRun(
  statement: string,
  version: number,
  trees: (sql: string) => readonly RawStmt[] | null,
): string | null {
  const judged = writeIn(trees(statement));
  if (judged === null) return null;
  const places = placesFor(judged, version);
  if (places === null) return null;
  const own = returnedBy(judged);
  // On a line of its own: the statement may end in a comment.
  const sql = `${statement}\n${own.length > 0 ? "," : "returning"} ${places}`;
  const added = writeIn(trees(sql));
  if (added === null || bare(added) !== bare(judged)) return null;
  const returned = returnedBy(added);
  return returned.length === own.length + placeColumns &&
    JSON.stringify(returned.slice(0, own.length)) === JSON.stringify(own)
    ? sql
    : null;
}

export function placesOf(rows: readonly (readonly (string | null)[])[]): readonly Place[] {
  return rows.map((row) => {
    const [oldTable, oldCtid, newTable, newCtid] = row.slice(-placeColumns);
    return { before: spot(oldTable, oldCtid), after: spot(newTable, newCtid) };
  });
}

function spot(table: string | null | undefined, ctid: string | null | undefined): Spot | null {
  return table && ctid ? { table, ctid } : null;
}

export interface Write {
  readonly kind: "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt";
  readonly fields: Readonly<Record<string, unknown>>;
}

const kinds = ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"] as const;

export function writeIn(trees: readonly RawStmt[] | null): Write | null {
  if (trees?.length !== 1) return null;
  for (const kind of kinds) {
    const fields = partOf(trees[0]?.stmt, kind);
    if (fields !== null) return { kind, fields };
  }
  return null;
}

/** The table that is written, as SQL writes it. */
export function targetOf({ fields }: Write): string | null {
  const range = fieldsOf(fields["relation"]);
  const name = textOf(range?.["relname"]);
  if (name === null) return null;
  const schema = textOf(range?.["schemaname"]);
  return schema === null ? quoted(name) : `${quoted(schema)}.${quoted(name)}`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function placesFor(write: Write, version: number): string | null {
  if (version >= bothVersions) {
    const renames = listOf(fieldsOf(write.fields["returningClause"])?.["options"]).length > 0;
    return renames || namesVersion(write.fields)
      ? null
      : "old.tableoid, old.ctid, new.tableoid, new.ctid";
  }
  const range = fieldsOf(write.fields["relation"]);
  const name = textOf(fieldsOf(range?.["alias"])?.["aliasname"]) ?? textOf(range?.["relname"]);
  if (name === null) return null;
  const at = `${quoted(name)}.tableoid, ${quoted(name)}.ctid`;
  if (write.kind === "DeleteStmt") return `${at}, null, null`;
  // Which of its rows were there before, such a server does not say.
  const mayUpdate = fieldsOf(write.fields["onConflictClause"])?.["action"] === "ONCONFLICT_UPDATE";
  return write.kind === "InsertStmt" && !mayUpdate ? `null, null, ${at}` : null;
}

/** Then `old` and `new` are somebody's own names. */
function namesVersion(tree: unknown): boolean {
  const pending: unknown[] = [tree];
  while (pending.length > 0) {
    const at = pending.pop();
    if (typeof at !== "object" || at === null) continue;
    for (const [field, value] of Object.entries(at)) {
      if (names.has(field) && (value === "old" || value === "new")) return true;
      pending.push(value);
    }
  }
  return false;
}

const names: ReadonlySet<string> = new Set(["relname", "aliasname", "ctename", "join_using_alias"]);

function returnedBy({ fields }: Write): readonly unknown[] {
  return listOf(fieldsOf(fields["returningClause"])?.["exprs"]);
}

/** All but what it returns. Places in the text count: nothing before the end may differ. */
function bare({ kind, fields }: Write): string {
  const { returningClause: _, ...judged } = fields;
  return JSON.stringify([kind, judged]);
}
