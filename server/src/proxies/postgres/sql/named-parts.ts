/**
 * Columns, constraints and types that a statement about tables speaks of and that the server looks up before it changes or checks anything
 * else of what is written there, in the server's order. Is one of them not there, the statement can only fail, and with that error.
 *
 * A table of the server's own order (`src/backend/commands/tablecmds.c`, `indexcmds.c`, `src/backend/parser/parse_utilcmd.c`, the same in 14
 * to 18). What it does not hold is not known.
 */
import type { ColumnDef, ConstrType, Node, RangeVar } from "libpg-query";
import { type ObjectAddress, objectAddress } from "./object-address.ts";
import { stringsOf } from "./tree.ts";

export interface NamedPart {
  readonly address: ObjectAddress;
  /** Where the server's error points, in bytes of the text; null where it does not. */
  readonly at: number | null;
  /** Of which code the error is, and its words where they are no question's. */
  readonly code: string;
  readonly words: string | null;
}

export interface NamedParts {
  /** What the server asks of the session and of the table first: whose it is, of which kind, who uses it. */
  readonly after: "changing" | "indexing" | "creating";
  /** That table, or the one that is created. */
  readonly relation: RangeVar;
  /** In the order in which they are looked up. */
  readonly parts: readonly NamedPart[];
}

/** Parts of one statement that are looked up. */
const partsMax = 50;

/** Null where nothing is known of it. */
export function namedParts(stmt: Node): NamedParts | null {
  const named = partsOf(stmt);
  if (named === null || named.parts.length === 0) return null;
  if (named.relation.catalogname !== undefined || isTemporary(named.relation)) return null;
  return { ...named, parts: named.parts.slice(0, partsMax) };
}

/** The session's own temporary tables and their schema go by other rules. */
function isTemporary({ relpersistence, schemaname }: RangeVar): boolean {
  return relpersistence === "t" || schemaname?.startsWith("pg_temp") === true;
}

function partsOf(stmt: Node): NamedParts | null {
  if ("AlterTableStmt" in stmt) return ofAlter(stmt.AlterTableStmt);
  if ("CreateStmt" in stmt) return ofCreate(stmt.CreateStmt);
  if ("IndexStmt" in stmt) return ofIndex(stmt.IndexStmt);
  return "RenameStmt" in stmt ? ofRename(stmt.RenameStmt) : null;
}

type Of<Type extends string> = Extract<Node, Readonly<Record<Type, unknown>>>[Type];

/** Of several changes some are made before others, whatever their order. */
function ofAlter({ relation, cmds = [], objtype }: Of<"AlterTableStmt">): NamedParts | null {
  const [only, more] = cmds;
  if (relation === undefined || objtype !== "OBJECT_TABLE" || more !== undefined) return null;
  if (only === undefined || !("AlterTableCmd" in only)) return null;
  const { subtype, name = "", def, missing_ok } = only.AlterTableCmd;
  const column = def !== undefined && "ColumnDef" in def ? def.ColumnDef : null;
  if (missing_ok) return null;
  switch (subtype) {
    case "AT_AddColumn":
      return changing(relation, column === null ? [] : (typesOf(column)?.parts ?? []));
    case "AT_AlterColumnType":
      return changing(relation, column?.raw_default ? [] : [columnOf(relation, name, null)]);
    case "AT_ColumnDefault":
    case "AT_DropColumn":
    case "AT_DropNotNull":
    case "AT_SetNotNull":
      return changing(relation, [columnOf(relation, name, null)]);
    case "AT_DropConstraint": {
      const words = `constraint "${name}" of relation "${relation.relname}" does not exist`;
      const names = [...namesOf(relation), name];
      const address = { type: "table constraint", names, args: [] };
      return changing(relation, [{ address, at: null, code: "42704", words }]);
    }
    default:
      return null;
  }
}

function ofRename({
  renameType,
  relationType,
  relation,
  subname = "",
  missing_ok,
}: Of<"RenameStmt">) {
  if (renameType !== "OBJECT_COLUMN" || relationType !== "OBJECT_TABLE" || missing_ok) return null;
  return relation === undefined
    ? null
    : changing(relation, [columnOf(relation, subname, withoutRelation(subname))]);
}

function changing(relation: RangeVar, parts: readonly NamedPart[]): NamedParts {
  return { after: "changing", relation, parts };
}

function ofIndex(index: Of<"IndexStmt">): NamedParts | null {
  const { relation, indexParams = [], accessMethod = "btree" } = index;
  const isPlain =
    accessMethod === "btree" &&
    [index.tableSpace, index.whereClause, index.excludeOpNames].every((each) => each === undefined);
  if (relation === undefined || !isPlain || index.concurrent || index.if_not_exists) return null;
  const parts: NamedPart[] = [];
  for (const node of indexParams) {
    const { name = null, collation, opclass } = "IndexElem" in node ? node.IndexElem : {};
    if (name === null || collation !== undefined || opclass !== undefined) break;
    parts.push(columnOf(relation, name, withoutRelation(name)));
  }
  return { after: "indexing", relation, parts };
}

function ofCreate(table: Of<"CreateStmt">): NamedParts | null {
  const { relation, tableElts = [], inhRelations = [], ofTypename, partbound } = table;
  const isPlain = inhRelations.length === 0 && ofTypename === undefined && partbound === undefined;
  if (relation === undefined || !isPlain || table.if_not_exists) return null;
  const parts: NamedPart[] = [];
  for (const node of tableElts) {
    if ("Constraint" in node && laterConstraints.has(node.Constraint.contype)) continue;
    const types = "ColumnDef" in node ? typesOf(node.ColumnDef) : null;
    parts.push(...(types?.parts ?? []));
    if (types?.goesOn !== true) break;
  }
  return { after: "creating", relation, parts };
}

/** `goesOn`: nothing of the column is complained of before the next one is looked at. Null where its type is not looked up by a name. */
function typesOf({ typeName, constraints = [], collClause }: ColumnDef) {
  const { names, typmods: _, ...rest } = typeName ?? {};
  if (typeName === undefined) return null;
  const kinds = constraints.map((node) =>
    "Constraint" in node ? node.Constraint.contype : undefined,
  );
  const goesOn =
    collClause === undefined &&
    new Set(kinds).size === kinds.length &&
    kinds.every((kind) => kind === "CONSTR_NOTNULL" || laterConstraints.has(kind));
  const parts = stringsOf(names);
  const [first = "", ...more] = parts;
  if (first === "pg_catalog" || (more.length === 0 && serials.has(first)))
    return { parts: [], goesOn };
  const address = objectAddress("OBJECT_TYPE", { TypeName: { ...rest, names: names ?? [] } });
  if (address === null) return null;
  const part = { address, at: typeName.location ?? 0, code: "42704", words: null };
  return { parts: [part], goesOn };
}

/** They are looked at once all columns are there. */
const laterConstraints: ReadonlySet<ConstrType | undefined> = new Set<ConstrType>([
  "CONSTR_CHECK",
  "CONSTR_DEFAULT",
  "CONSTR_FOREIGN",
  "CONSTR_PRIMARY",
  "CONSTR_UNIQUE",
]);
/** No types, but other words for columns with a sequence. */
const serials: ReadonlySet<string> = new Set([
  "bigserial",
  "serial",
  "serial2",
  "serial4",
  "serial8",
  "smallserial",
]);

function columnOf(relation: RangeVar, name: string, words: string | null): NamedPart {
  const address = { type: "table column", names: [...namesOf(relation), name], args: [] };
  return { address, at: null, code: "42703", words: words ?? withoutSchema(relation, name) };
}

/** Where the relation is looked up by a schema, the look-up names that too. */
function withoutSchema({ schemaname, relname }: RangeVar, name: string): string | null {
  return schemaname === undefined
    ? null
    : `column "${name}" of relation "${relname}" does not exist`;
}

function withoutRelation(name: string): string {
  return `column "${name}" does not exist`;
}

function namesOf({ schemaname, relname = "" }: RangeVar): readonly string[] {
  return schemaname === undefined ? [relname] : [schemaname, relname];
}
