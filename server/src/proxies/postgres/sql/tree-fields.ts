/**
 * Which types of nodes, and which of their fields, a walk has to know. Closed: what is not here is not understood.
 *
 * Fields whose type the grammar fixes hold their node bare: `insert into t` holds its target so, and a walk that looks for
 * the name of a type alone misses it.
 */

/** Types that hold neither names, constants nor other nodes that matter here. */
export const leafNodes: ReadonlySet<string> = new Set([
  "A_Star",
  "AccessPriv",
  "BitString",
  "Boolean",
  "CurrentOfExpr",
  "Float",
  "Integer",
  "ReplicaIdentityStmt",
  "ReturningOption",
  "RoleSpec",
  "SQLValueFunction",
  "SetToDefault",
  "String",
  "TriggerTransition",
]);

/** Types that mean what their parts mean. */
export const transparentNodes: ReadonlySet<string> = new Set([
  "ATAlterConstraint",
  "A_ArrayExpr",
  "A_Indices",
  "Alias",
  "AlterTableCmd",
  "BoolExpr",
  "BooleanTest",
  "CTECycleClause",
  "CTESearchClause",
  "CaseWhen",
  "CollateClause",
  "ColumnDef",
  "CommonTableExpr",
  "Constraint",
  "CreateOpClassItem",
  "DefElem",
  "FunctionParameter",
  "GroupingFunc",
  "GroupingSet",
  "IndexElem",
  "InferClause",
  "JsonAggConstructor",
  "JsonArgument",
  "JsonBehavior",
  "JsonFormat",
  "JsonIsPredicate",
  "JsonKeyValue",
  "JsonOutput",
  "JsonReturning",
  "JsonTableColumn",
  "JsonTablePathSpec",
  "JsonValueExpr",
  "List",
  "MinMaxExpr",
  "MultiAssignRef",
  "NamedArgExpr",
  "NullTest",
  "ObjectWithArgs",
  "PartitionBoundSpec",
  "PartitionCmd",
  "PartitionElem",
  "PartitionRangeDatum",
  "PartitionSpec",
  "PublicationObjSpec",
  "PublicationTable",
  "RangeFunction",
  "RangeSubselect",
  "RangeTableFunc",
  "RangeTableFuncCol",
  "ResTarget",
  "ReturningClause",
  "RowExpr",
  "StatsElem",
  "TableLikeClause",
  "VacuumRelation",
  "WindowDef",
  "WithClause",
  "XmlExpr",
  "XmlSerialize",
]);

const fieldsByBareType: Readonly<Record<string, readonly string[]>> = {
  Alias: [
    "JoinExpr.alias",
    "JoinExpr.join_using_alias",
    "JsonTable.alias",
    "RangeFunction.alias",
    "RangeSubselect.alias",
    "RangeTableFunc.alias",
    "RangeVar.alias",
  ],
  CTECycleClause: ["CommonTableExpr.cycle_clause"],
  CTESearchClause: ["CommonTableExpr.search_clause"],
  CollateClause: ["ColumnDef.collClause", "CreateDomainStmt.collClause"],
  CreateStmt: ["CreateForeignTableStmt.base"],
  FuncCall: ["CallStmt.funccall"],
  GrantStmt: ["AlterDefaultPrivilegesStmt.action"],
  InferClause: ["OnConflictClause.infer"],
  IntoClause: ["CreateTableAsStmt.into", "SelectStmt.intoClause"],
  JsonAggConstructor: ["JsonArrayAgg.constructor", "JsonObjectAgg.constructor"],
  JsonBehavior: [
    "JsonFuncExpr.on_empty",
    "JsonFuncExpr.on_error",
    "JsonTable.on_error",
    "JsonTableColumn.on_empty",
    "JsonTableColumn.on_error",
  ],
  JsonFormat: [
    "JsonArrayQueryConstructor.format",
    "JsonIsPredicate.format",
    "JsonReturning.format",
    "JsonTableColumn.format",
    "JsonValueExpr.format",
  ],
  JsonKeyValue: ["JsonObjectAgg.arg"],
  JsonOutput: [
    "JsonAggConstructor.output",
    "JsonArrayConstructor.output",
    "JsonArrayQueryConstructor.output",
    "JsonFuncExpr.output",
    "JsonObjectConstructor.output",
    "JsonParseExpr.output",
    "JsonScalarExpr.output",
    "JsonSerializeExpr.output",
  ],
  JsonReturning: ["JsonOutput.returning"],
  JsonTablePathSpec: ["JsonTable.pathspec", "JsonTableColumn.pathspec"],
  JsonValueExpr: [
    "JsonArgument.val",
    "JsonArrayAgg.arg",
    "JsonFuncExpr.context_item",
    "JsonKeyValue.value",
    "JsonParseExpr.expr",
    "JsonSerializeExpr.expr",
    "JsonTable.context_item",
  ],
  ObjectWithArgs: [
    "AlterFunctionStmt.func",
    "AlterOperatorStmt.opername",
    "CreateCastStmt.func",
    "CreateOpClassItem.name",
    "CreateTransformStmt.fromsql",
    "CreateTransformStmt.tosql",
  ],
  OnConflictClause: ["InsertStmt.onConflictClause"],
  PartitionBoundSpec: ["CreateStmt.partbound", "PartitionCmd.bound"],
  PartitionSpec: ["CreateStmt.partspec"],
  PublicationTable: ["PublicationObjSpec.pubtable"],
  RangeVar: [
    "AlterObjectDependsStmt.relation",
    "AlterObjectSchemaStmt.relation",
    "AlterOwnerStmt.relation",
    "AlterPolicyStmt.table",
    "AlterSeqStmt.sequence",
    "AlterTableStmt.relation",
    "ClusterStmt.relation",
    "ColumnDef.identitySequence",
    "CompositeTypeStmt.typevar",
    "Constraint.pktable",
    "CopyStmt.relation",
    "CreatePolicyStmt.table",
    "CreateSeqStmt.sequence",
    "CreateStmt.relation",
    "CreateTrigStmt.constrrel",
    "CreateTrigStmt.relation",
    "DeleteStmt.relation",
    "IndexStmt.relation",
    "InsertStmt.relation",
    "IntoClause.rel",
    "MergeStmt.relation",
    "PartitionCmd.name",
    "PublicationTable.relation",
    "RefreshMatViewStmt.relation",
    "ReindexStmt.relation",
    "RenameStmt.relation",
    "RuleStmt.relation",
    "TableLikeClause.relation",
    "UpdateStmt.relation",
    "VacuumRelation.relation",
    "ViewStmt.view",
  ],
  ReturningClause: [
    "DeleteStmt.returningClause",
    "InsertStmt.returningClause",
    "MergeStmt.returningClause",
    "UpdateStmt.returningClause",
  ],
  RoleSpec: [
    "AlterOwnerStmt.newowner",
    "AlterRoleSetStmt.role",
    "AlterRoleStmt.role",
    "AlterTableCmd.newowner",
    "AlterUserMappingStmt.user",
    "CreateSchemaStmt.authrole",
    "CreateTableSpaceStmt.owner",
    "CreateUserMappingStmt.user",
    "DropUserMappingStmt.user",
    "GrantRoleStmt.grantor",
    "GrantStmt.grantor",
    "ReassignOwnedStmt.newrole",
  ],
  SelectStmt: ["SelectStmt.larg", "SelectStmt.rarg"],
  String: ["AlterObjectDependsStmt.extname"],
  TypeName: [
    "ColumnDef.typeName",
    "CreateCastStmt.sourcetype",
    "CreateCastStmt.targettype",
    "CreateDomainStmt.typeName",
    "CreateFunctionStmt.returnType",
    "CreateOpClassItem.storedtype",
    "CreateOpClassStmt.datatype",
    "CreateStmt.ofTypename",
    "CreateTransformStmt.type_name",
    "FunctionParameter.argType",
    "JsonOutput.typeName",
    "JsonTableColumn.typeName",
    "RangeTableFuncCol.typeName",
    "TypeCast.typeName",
    "XmlSerialize.typeName",
  ],
  VariableSetStmt: [
    "AlterDatabaseSetStmt.setstmt",
    "AlterRoleSetStmt.setstmt",
    "AlterSystemStmt.setstmt",
  ],
  WindowDef: ["FuncCall.over", "JsonAggConstructor.over"],
  WithClause: [
    "DeleteStmt.withClause",
    "InsertStmt.withClause",
    "MergeStmt.withClause",
    "SelectStmt.withClause",
    "UpdateStmt.withClause",
  ],
};

/** Relations here are only looked at, even where the statement around changes others. */
const readFields: readonly string[] = [
  "Constraint.pktable",
  "CreateStmt.inhRelations",
  "CreateTrigStmt.constrrel",
  "TableLikeClause.relation",
];

/** What stands here does not run now, or only looks like a relation. */
const skippedFields: readonly string[] = [
  "ColumnDef.identitySequence",
  "CompositeTypeStmt.typevar",
  "ConstraintsSetStmt.constraints",
  "CreateFunctionStmt.sql_body",
  "RuleStmt.actions",
  "RuleStmt.whereClause",
];

/** How a field differs from one that holds a wrapped node and means what the node means. */
export interface FieldRule {
  /** The type of the bare node in it. */
  readonly bare: string | null;
  readonly reads: boolean;
  readonly skipped: boolean;
}

/** The rules of a type's fields, by its name; nothing for most. */
export const fieldRules: ReadonlyMap<string, ReadonlyMap<string, FieldRule>> = collectFieldRules();

function collectFieldRules(): Map<string, Map<string, FieldRule>> {
  const rules = new Map<string, Map<string, FieldRule>>();
  const put = (path: string, change: Partial<FieldRule>) => {
    const [type = "", field = ""] = path.split(".");
    const fields = rules.get(type) ?? new Map<string, FieldRule>();
    const known = fields.get(field) ?? { bare: null, reads: false, skipped: false };
    rules.set(type, fields.set(field, { ...known, ...change }));
  };
  for (const [bare, paths] of Object.entries(fieldsByBareType)) {
    for (const path of paths) put(path, { bare });
  }
  for (const path of readFields) put(path, { reads: true });
  for (const path of skippedFields) put(path, { skipped: true });
  return rules;
}
