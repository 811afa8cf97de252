/**
 * Which objects a statement speaks of that the server looks up before it does, or checks, anything else, in the server's order. Is one
 * of them not there, the statement can only fail, and with that error.
 *
 * A table of the server's own order (`src/backend/commands`, the same in 14 to 18). What it does not hold is not known, and so
 * is what forgives a missing object (IF EXISTS). CREATE is only here as far as it names a relation on which something is made.
 */
import type { Node, ObjectType, RangeVar } from "libpg-query";
import {
  before,
  byName,
  given,
  known,
  type NamedObjects,
  ofObject,
  ofRelation,
  onlyRoles,
  rangeOf,
  roles,
  rolesOf,
} from "./looked-up.ts";
import { type ObjectAddress, roleAddress } from "./object-address.ts";
import { stringsOf } from "./tree.ts";

/** Null where nothing is known of it. */
export function namedObjects(stmt: Node): NamedObjects | null {
  const [[type, node] = ["", null]] = Object.entries(stmt);
  const named = byStatement[type]?.(node as never) ?? null;
  return named === null || (named.addresses.length === 0 && named.anyFunction === null)
    ? null
    : named;
}

const byStatement: Readonly<Record<string, (node: never) => NamedObjects | null>> = {
  AlterDatabaseSetStmt: ({ dbname }: Of<"AlterDatabaseSetStmt">) => byName("database", dbname),
  AlterDomainStmt: ({ typeName }: Of<"AlterDomainStmt">) =>
    ofObject("OBJECT_TYPE", { TypeName: { names: typeName ?? [] } }),
  AlterEnumStmt: ({ typeName }: Of<"AlterEnumStmt">) =>
    ofObject("OBJECT_TYPE", { TypeName: { names: typeName ?? [] } }),
  AlterExtensionContentsStmt: ({ extname }: Of<"AlterExtensionContentsStmt">) =>
    byName("extension", extname),
  AlterExtensionStmt: ({ extname }: Of<"AlterExtensionStmt">) => byName("extension", extname),
  AlterFunctionStmt: ({ objtype, func }: Of<"AlterFunctionStmt">) =>
    func === undefined ? null : ofObject(objtype, { ObjectWithArgs: func }),
  AlterObjectSchemaStmt: ({
    objectType,
    relation,
    object,
    missing_ok,
  }: Of<"AlterObjectSchemaStmt">) => (missing_ok ? null : ofChanged(objectType, relation, object)),
  AlterOwnerStmt: ({ objectType, relation, object, newowner }: Of<"AlterOwnerStmt">) =>
    before(roles([newowner]), ofChanged(objectType, relation, object)),
  AlterPolicyStmt: ({ table, roles: theirs = [] }: Of<"AlterPolicyStmt">) =>
    theirs.length > 0 ? null : ofRelation(table),
  AlterPublicationStmt: ({ pubname }: Of<"AlterPublicationStmt">) => byName("publication", pubname),
  AlterRoleSetStmt: ({ role }: Of<"AlterRoleSetStmt">) => onlyRoles([role]),
  AlterRoleStmt: ({ role, options = [] }: Of<"AlterRoleStmt">) =>
    areOnce(options) ? onlyRoles([role]) : null,
  AlterSeqStmt: ({ sequence, missing_ok }: Of<"AlterSeqStmt">) =>
    missing_ok ? null : ofRelation(sequence),
  AlterTableStmt: ({ relation, missing_ok, cmds = [], objtype }: Of<"AlterTableStmt">) =>
    missing_ok || cmds.some(detaches) || !isAltered(objtype) ? null : ofRelation(relation),
  ClusterStmt: ({ relation, params = [] }: Of<"ClusterStmt">) =>
    params.length > 0 ? null : ofRelation(relation),
  // Of a database that is not there it warns, and goes on.
  CommentStmt: ({ objtype, object }: Of<"CommentStmt">) =>
    objtype === "OBJECT_DATABASE" ? null : ofObject(objtype, object),
  CreateTrigStmt: ({ relation }: Of<"CreateTrigStmt">) => ofRelation(relation),
  DropOwnedStmt: ({ roles: theirs }: Of<"DropOwnedStmt">) => onlyRoles(rolesOf(theirs)),
  DropRoleStmt: ({ roles: theirs, missing_ok }: Of<"DropRoleStmt">) =>
    missing_ok ? null : given(onlyRoles(rolesOf(theirs).slice(0, 1)), { right: "createrole" }),
  DropStmt: drop,
  DropSubscriptionStmt: ({ subname, missing_ok }: Of<"DropSubscriptionStmt">) =>
    missing_ok ? null : byName("subscription", subname),
  DropTableSpaceStmt: ({ tablespacename, missing_ok }: Of<"DropTableSpaceStmt">) =>
    missing_ok ? null : given(byName("tablespace", tablespacename), { within: "own transaction" }),
  DropdbStmt: ({ dbname, missing_ok }: Of<"DropdbStmt">) =>
    missing_ok ? null : given(byName("database", dbname), { within: "own transaction" }),
  GrantRoleStmt: grantRole,
  GrantStmt: grant,
  IndexStmt: ({ relation, concurrent }: Of<"IndexStmt">) =>
    given(ofRelation(relation), { within: concurrent ? "own transaction" : "anywhere" }),
  LockStmt: ({ relations: [first] = [] }: Of<"LockStmt">) =>
    given(ofRelation(rangeOf(first)), { within: "client's transaction" }),
  ReassignOwnedStmt: ({ roles: theirs }: Of<"ReassignOwnedStmt">) => onlyRoles(rolesOf(theirs)),
  RefreshMatViewStmt: ({ relation }: Of<"RefreshMatViewStmt">) => ofRelation(relation),
  ReindexStmt: ({ relation, params = [] }: Of<"ReindexStmt">) =>
    params.length > 0 ? null : ofRelation(relation),
  RenameStmt: rename,
  RuleStmt: ({ relation }: Of<"RuleStmt">) => ofRelation(relation),
  TruncateStmt: ({ relations: [first] = [] }: Of<"TruncateStmt">) => ofRelation(rangeOf(first)),
  VacuumStmt: vacuum,
};

/** What a node of this type holds. */
type Of<Type extends string> = Extract<Node, Readonly<Record<Type, unknown>>>[Type];

function drop({ objects: [first] = [], removeType, missing_ok, concurrent }: Of<"DropStmt">) {
  if (missing_ok || concurrent) return null;
  const relation = dropped[removeType ?? ""] ?? null;
  return given(ofObject(removeType, first), { relation });
}

/** All objects first, then to whom. */
function grant({ targtype, objtype, objects = [], grantees, grantor }: Of<"GrantStmt">) {
  if (grantor !== undefined || targtype === "ACL_TARGET_DEFAULTS") return null;
  const inSchema = targtype === "ACL_TARGET_ALL_IN_SCHEMA";
  const addresses: ObjectAddress[] = [];
  for (const object of objects) {
    const named = inSchema ? ofSchema(object) : ofGranted(objtype, object);
    if (named === null || named.anyFunction !== null) return known(addresses);
    addresses.push(...named.addresses);
  }
  return known([...addresses, ...roles(rolesOf(grantees))]);
}

/** The session's own temporary schema goes by another name there. */
function ofSchema(object: Node): NamedObjects | null {
  const [name] = stringsOf([object]);
  return name === "pg_temp" ? null : byName("schema", name);
}

function ofGranted(objtype: ObjectType | undefined, object: Node): NamedObjects | null {
  const range = rangeOf(object);
  if (range !== undefined) return ofRelation(range);
  if (objtype === "OBJECT_DOMAIN" || objtype === "OBJECT_TYPE") {
    const names = "List" in object ? (object.List.items ?? []) : [];
    return ofObject("OBJECT_TYPE", { TypeName: { names } });
  }
  return ofObject(objtype, object);
}

/** Those who get it first, then the first of what they get, of which it is then checked whether it may be given. */
function grantRole({
  granted_roles: [first] = [],
  grantee_roles,
  opt,
  grantor,
}: Of<"GrantRoleStmt">) {
  if (grantor !== undefined || !areOnce(opt ?? [])) return null;
  const granted = first !== undefined && "AccessPriv" in first ? first.AccessPriv : {};
  const isPlain = granted.priv_name !== undefined && granted.cols === undefined;
  const last = isPlain ? [roleAddress(granted.priv_name)] : [];
  return known([...roles(rolesOf(grantee_roles)), ...last]);
}

function rename({
  renameType,
  relationType,
  relation,
  object,
  missing_ok,
  subname,
}: Of<"RenameStmt">) {
  if (missing_ok) return null;
  switch (renameType) {
    case "OBJECT_ATTRIBUTE":
    case "OBJECT_COLUMN":
      return isAltered(relationType) ? ofRelation(relation) : null;
    case "OBJECT_DATABASE":
      return byName("database", subname);
    case "OBJECT_ROLE":
      return byName("role", subname);
    case "OBJECT_SCHEMA":
      return byName("schema", subname);
    case "OBJECT_TABLESPACE":
      return byName("tablespace", subname);
    case "OBJECT_DOMCONSTRAINT":
      return null;
    default:
      return ofChanged(renameType, relation, object);
  }
}

/** With options it may say something of those first. */
function vacuum({ options = [], rels: [first] = [], is_vacuumcmd }: Of<"VacuumStmt">) {
  if (options.length > 0 || first === undefined || !("VacuumRelation" in first)) return null;
  const within = is_vacuumcmd ? "own transaction" : "anywhere";
  return given(ofRelation(first.VacuumRelation.relation), { within });
}

function ofChanged(
  type: ObjectType | undefined,
  relation: RangeVar | undefined,
  object: Node | undefined,
): NamedObjects | null {
  return relation === undefined ? ofObject(type, object) : ofRelation(relation);
}

/** Options that are given twice are complained of first. */
function areOnce(options: readonly Node[]): boolean {
  const names = options.map((option) => ("DefElem" in option ? option.DefElem.defname : null));
  return new Set(names).size === names.length;
}

/** Not within a transaction, which the server says first. */
function detaches(cmd: Node): boolean {
  const type = "AlterTableCmd" in cmd ? cmd.AlterTableCmd.subtype : undefined;
  return type === "AT_DetachPartition" || type === "AT_DetachPartitionFinalize";
}

function isAltered(type: ObjectType | undefined): boolean {
  return type === "OBJECT_TYPE" || (type !== undefined && dropped[type] !== undefined);
}

const noTable = "42P01";
const noObject = "42704";

const dropped: Readonly<Record<string, { readonly word: string; readonly code: string }>> = {
  OBJECT_FOREIGN_TABLE: { word: "foreign table", code: noObject },
  OBJECT_INDEX: { word: "index", code: noObject },
  OBJECT_MATVIEW: { word: "materialized view", code: noTable },
  OBJECT_SEQUENCE: { word: "sequence", code: noTable },
  OBJECT_TABLE: { word: "table", code: noTable },
  OBJECT_VIEW: { word: "view", code: noTable },
};
