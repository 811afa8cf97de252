/** What definitions, administration and COPY do. */
import type {
  AlterObjectDependsStmt,
  AlterObjectSchemaStmt,
  AlterOwnerStmt,
  AlterTableStmt,
  CommentStmt,
  CopyStmt,
  CreateForeignTableStmt,
  CreateFunctionStmt,
  CreateTableAsStmt,
  DefineStmt,
  DropStmt,
  GrantRoleStmt,
  GrantStmt,
  LockStmt,
  Node,
  ObjectType,
  RenameStmt,
  VacuumStmt,
} from "libpg-query";
import type { Verb } from "#/core/verb.ts";
import { visitQuery } from "./query-rules.ts";
import { changes } from "./relation-rules.ts";
import {
  isPartOfRelation,
  isRelation,
  objectRule,
  plainStatements,
  type StatementRule,
} from "./statement-kinds.ts";
import { stringsOf } from "./tree.ts";
import { markOpaque, note, type Place, type Rule, type Rules, type Walk } from "./walk.ts";

export const statementRules: Rules = [
  ...Object.entries(plainStatements).map(([type, rule]) => [type, plainRule(type, rule)] as const),
  ["AlterDatabaseSetStmt", storedRule("AlterDatabaseSetStmt", "sql.admin", "alter_database")],
  ["AlterFunctionStmt", storedRule("AlterFunctionStmt", "sql.schema", "alter_function")],
  ["AlterObjectDependsStmt", alterObject("AlterObjectDependsStmt")],
  ["AlterObjectSchemaStmt", alterObject("AlterObjectSchemaStmt")],
  ["AlterOwnerStmt", alterOwner],
  ["AlterRoleSetStmt", storedRule("AlterRoleSetStmt", "sql.admin", "alter_role")],
  ["AlterSystemStmt", storedRule("AlterSystemStmt", "sql.admin", "alter_system")],
  ["AlterTableStmt", alterTable],
  ["CallStmt", call],
  ["CommentStmt", comment],
  ["CopyStmt", copy],
  ["CreateForeignTableStmt", createForeignTable],
  ["CreateFunctionStmt", createFunction],
  ["CreateTableAsStmt", createTableAs],
  ["DefineStmt", define],
  ["DoStmt", doBlock],
  ["DropStmt", drop],
  ["GrantRoleStmt", grantRole],
  ["GrantStmt", grant],
  ["LockStmt", lock],
  ["RenameStmt", rename],
  ["VacuumStmt", vacuum],
];

/** Relations in it are changed by it, except in queries and where the tree says otherwise. */
function plainRule(type: string, rule: StatementRule): Rule {
  return (node: object, place, walk) => {
    note(rule, walk);
    walk.visitFields(type, node, { ...place, access: "write" });
  };
}

/** Settings in it are stored for later: the session's own stay as they are. */
function storedRule(type: string, verb: Verb, kind: string): Rule {
  return (node: object, place, walk) => {
    note({ verb, kind }, walk);
    walk.visitFields(type, node, { ...place, access: "write", runs: false });
  };
}

function createTableAs(node: CreateTableAsStmt, place: Place, walk: Walk): void {
  const isView = node.objtype === "OBJECT_MATVIEW";
  if (place.runs) {
    const kind = isView ? "create_materialized_view" : "create_table_as";
    note({ verb: "sql.schema", kind }, walk);
  }
  walk.findings.provable = false;
  walk.visitBare("IntoClause", node.into, place);
  visitQuery(node.query, place, walk);
}

function copy(node: CopyStmt, place: Place, walk: Walk): void {
  const writes = node.is_from === true;
  note({ verb: writes ? "sql.write" : "sql.read", kind: writes ? "copy_from" : "copy_to" }, walk);
  if (node.is_program === true) note({ verb: "sql.admin", kind: "copy_program" }, walk);
  else if (node.filename !== undefined) note({ verb: "sql.admin", kind: "copy_file" }, walk);
  visitQuery(node.query, place, walk);
  const access = writes ? "write" : "read";
  walk.visitFields("CopyStmt", node, { ...place, access }, ["query"]);
}

/** The server's AccessShareLock: what every SELECT takes, and keeps to the end of its transaction. */
const accessShare = 1;

function lock(node: LockStmt, place: Place, walk: Walk): void {
  const isShared = node.mode === accessShare;
  note({ verb: isShared ? "sql.read" : "sql.write", kind: "lock_table" }, walk);
  walk.findings.provable = false;
  walk.visitFields("LockStmt", node, { ...place, access: isShared ? "read" : "write" });
}

function doBlock(_: object, __: Place, { findings }: Walk): void {
  findings.kinds.add("do");
  markOpaque(findings, "It runs code that can't be read.");
}

function call(node: object, place: Place, walk: Walk): void {
  walk.findings.kinds.add("call");
  markOpaque(walk.findings, "It calls a procedure.");
  walk.visitFields("CallStmt", node, place);
}

function createFunction(node: CreateFunctionStmt, place: Place, walk: Walk): void {
  const kind = node.is_procedure === true ? "create_procedure" : "create_function";
  note({ verb: "sql.schema", kind }, walk);
  walk.visitFields("CreateFunctionStmt", node, { ...place, runs: false });
}

function createForeignTable(node: CreateForeignTableStmt, place: Place, walk: Walk): void {
  note({ verb: "sql.schema", kind: "create_foreign_table" }, walk);
  const inner: Place = { ...place, access: "write" };
  walk.visitFields("CreateStmt", node.base ?? {}, inner);
  walk.visitFields("CreateForeignTableStmt", node, inner, ["base"]);
}

function define(node: DefineStmt, place: Place, walk: Walk): void {
  noteObject("create", node.kind, walk);
  walk.visitFields("DefineStmt", node, place);
}

function drop(node: DropStmt, place: Place, walk: Walk): void {
  noteObject("drop", node.removeType, walk);
  for (const object of node.objects ?? []) changeNamed(object, node.removeType, walk);
  walk.visitFields("DropStmt", node, place);
}

function comment(node: CommentStmt, place: Place, walk: Walk): void {
  note({ verb: "sql.schema", kind: "comment" }, walk);
  changeNamed(node.object, node.objtype, walk);
  walk.visitFields("CommentStmt", node, place);
}

/** A relation that is named by a list of strings, alone or in front of the name of its part. */
function changeNamed(
  object: Node | undefined,
  type: ObjectType | undefined,
  { findings }: Walk,
): void {
  const isPart = isPartOfRelation(type);
  if (object === undefined || !("List" in object) || (!isPart && !isRelation(type))) return;
  const names = stringsOf(object.List.items);
  const [relname, schemaname] = (isPart ? names.slice(0, -1) : names).toReversed();
  if (relname === undefined) return;
  changes(findings, schemaname === undefined ? { relname } : { schemaname, relname });
}

/** The object is called by its relation where the statement is about a part of one. */
function rename(node: RenameStmt, place: Place, walk: Walk): void {
  const isPart = ["OBJECT_ATTRIBUTE", "OBJECT_COLUMN", "OBJECT_TABCONSTRAINT"].includes(
    node.renameType ?? "",
  );
  noteObject("alter", isPart ? node.relationType : node.renameType, walk);
  walk.visitFields("RenameStmt", node, { ...place, access: "write" });
}

function alterObject(type: string): Rule {
  return (node: AlterObjectSchemaStmt | AlterObjectDependsStmt, place: Place, walk: Walk) => {
    noteObject("alter", node.objectType, walk);
    walk.visitFields(type, node, { ...place, access: "write" });
  };
}

/** Whoever owns a thing may do anything with it. */
function alterOwner(node: AlterOwnerStmt, place: Place, walk: Walk): void {
  noteObject("alter", node.objectType, walk);
  note({ verb: "sql.admin", kind: "alter_owner" }, walk);
  walk.visitFields("AlterOwnerStmt", node, { ...place, access: "write" });
}

function alterTable(node: AlterTableStmt, place: Place, walk: Walk): void {
  noteObject("alter", node.objtype, walk);
  for (const command of node.cmds ?? []) {
    const subtype = "AlterTableCmd" in command ? command.AlterTableCmd.subtype : undefined;
    if (subtype !== undefined && guards.some((guard) => subtype.includes(guard))) {
      walk.findings.verbs.add("sql.admin");
    }
  }
  walk.visitFields("AlterTableStmt", node, { ...place, access: "write" });
}

/** Subcommands that decide who may see rows, who owns them, or whether triggers and rules watch over them. */
const guards = [
  "ChangeOwner",
  "RowSecurity",
  "EnableTrig",
  "EnableAlwaysTrig",
  "EnableReplicaTrig",
  "DisableTrig",
  "EnableRule",
  "EnableAlwaysRule",
  "EnableReplicaRule",
  "DisableRule",
] as const;

function noteObject(action: string, type: ObjectType | undefined, walk: Walk): void {
  const rule = objectRule(action, type);
  if (rule === null) markOpaque(walk.findings, "It is about an object that is not known here.");
  else note(rule, walk);
}

function grant(node: GrantStmt, place: Place, walk: Walk): void {
  note({ verb: "sql.admin", kind: node.is_grant === true ? "grant" : "revoke" }, walk);
  walk.visitFields("GrantStmt", node, { ...place, access: "write" });
}

function grantRole(node: GrantRoleStmt, place: Place, walk: Walk): void {
  note({ verb: "sql.admin", kind: node.is_grant === true ? "grant_role" : "revoke_role" }, walk);
  walk.visitFields("GrantRoleStmt", node, place);
}

function vacuum(node: VacuumStmt, place: Place, walk: Walk): void {
  note({ verb: "sql.admin", kind: node.is_vacuumcmd === true ? "vacuum" : "analyze" }, walk);
  walk.visitFields("VacuumStmt", node, { ...place, access: "write" });
}
