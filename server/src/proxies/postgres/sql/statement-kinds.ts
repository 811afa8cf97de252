/**
 * What each kind of statement is called and does. Closed: a statement that is not here is opaque.
 *
 * Those that read or write rows, set something or run other statements have rules of their own (`statements.ts`);
 * here are those of which the kind alone tells the verb.
 */
import type { ObjectType } from "libpg-query";
import type { Verb } from "#/core/verb.ts";

export interface StatementRule {
  readonly verb: Verb;
  readonly kind: string;
}

const read = (kind: string): StatementRule => ({ verb: "sql.read", kind });
const write = (kind: string): StatementRule => ({ verb: "sql.write", kind });
const schema = (kind: string): StatementRule => ({ verb: "sql.schema", kind });
const admin = (kind: string): StatementRule => ({ verb: "sql.admin", kind });

export const plainStatements: Readonly<Record<string, StatementRule>> = {
  // The session's own state.
  ConstraintsSetStmt: read("set_constraints"),
  ListenStmt: read("listen"),
  UnlistenStmt: read("unlisten"),
  VariableShowStmt: read("show"),

  // Other sessions notice.
  NotifyStmt: write("notify"),
  RefreshMatViewStmt: write("refresh_materialized_view"),

  // Definitions.
  AlterCollationStmt: schema("alter_collation"),
  AlterDomainStmt: schema("alter_domain"),
  AlterEnumStmt: schema("alter_type"),
  AlterEventTrigStmt: schema("alter_event_trigger"),
  AlterExtensionContentsStmt: schema("alter_extension"),
  AlterExtensionStmt: schema("alter_extension"),
  AlterOpFamilyStmt: schema("alter_operator_family"),
  AlterOperatorStmt: schema("alter_operator"),
  AlterSeqStmt: schema("alter_sequence"),
  AlterStatsStmt: schema("alter_statistics"),
  AlterTSConfigurationStmt: schema("alter_text_search_configuration"),
  AlterTSDictionaryStmt: schema("alter_text_search_dictionary"),
  AlterTypeStmt: schema("alter_type"),
  CompositeTypeStmt: schema("create_type"),
  CreateCastStmt: schema("create_cast"),
  CreateConversionStmt: schema("create_conversion"),
  CreateDomainStmt: schema("create_domain"),
  CreateEnumStmt: schema("create_type"),
  CreateEventTrigStmt: schema("create_event_trigger"),
  CreateExtensionStmt: schema("create_extension"),
  CreateOpClassStmt: schema("create_operator_class"),
  CreateOpFamilyStmt: schema("create_operator_family"),
  CreateRangeStmt: schema("create_type"),
  CreateSchemaStmt: schema("create_schema"),
  CreateSeqStmt: schema("create_sequence"),
  CreateStatsStmt: schema("create_statistics"),
  CreateStmt: schema("create_table"),
  CreateTransformStmt: schema("create_transform"),
  CreateTrigStmt: schema("create_trigger"),
  IndexStmt: schema("create_index"),
  RuleStmt: schema("create_rule"),
  ViewStmt: schema("create_view"),

  // Who may do what, what lies outside the database, and what works on the server as a whole.
  AlterDatabaseRefreshCollStmt: admin("alter_database"),
  AlterDatabaseStmt: admin("alter_database"),
  AlterDefaultPrivilegesStmt: admin("alter_default_privileges"),
  AlterFdwStmt: admin("alter_foreign_data_wrapper"),
  AlterForeignServerStmt: admin("alter_server"),
  AlterPolicyStmt: admin("alter_policy"),
  AlterPublicationStmt: admin("alter_publication"),
  AlterRoleStmt: admin("alter_role"),
  AlterSubscriptionStmt: admin("alter_subscription"),
  AlterTableMoveAllStmt: admin("alter_tablespace"),
  AlterTableSpaceOptionsStmt: admin("alter_tablespace"),
  AlterUserMappingStmt: admin("alter_user_mapping"),
  CheckPointStmt: admin("checkpoint"),
  ClusterStmt: admin("cluster"),
  CreateAmStmt: admin("create_access_method"),
  CreateFdwStmt: admin("create_foreign_data_wrapper"),
  CreateForeignServerStmt: admin("create_server"),
  CreatePLangStmt: admin("create_language"),
  CreatePolicyStmt: admin("create_policy"),
  CreatePublicationStmt: admin("create_publication"),
  CreateRoleStmt: admin("create_role"),
  CreateSubscriptionStmt: admin("create_subscription"),
  CreateTableSpaceStmt: admin("create_tablespace"),
  CreateUserMappingStmt: admin("create_user_mapping"),
  CreatedbStmt: admin("create_database"),
  DropOwnedStmt: admin("drop_owned"),
  DropRoleStmt: admin("drop_role"),
  DropSubscriptionStmt: admin("drop_subscription"),
  DropTableSpaceStmt: admin("drop_tablespace"),
  DropUserMappingStmt: admin("drop_user_mapping"),
  DropdbStmt: admin("drop_database"),
  ImportForeignSchemaStmt: admin("import_foreign_schema"),
  LoadStmt: admin("load"),
  ReassignOwnedStmt: admin("reassign_owned"),
  ReindexStmt: admin("reindex"),
  SecLabelStmt: admin("security_label"),
};

/** How a statement about an object of this type is called (`drop_table`, `alter_view`), and what it does. */
export function objectRule(action: string, type: ObjectType | undefined): StatementRule | null {
  const [word, verb] = objects[type ?? "OBJECT_DEFACL"] ?? [null, "sql.schema"];
  return word === null ? null : { verb, kind: `${action}_${word}` };
}

export const objectTypes = (): readonly ObjectType[] => Object.keys(objects) as ObjectType[];

export function isRelation(type: ObjectType | undefined): boolean {
  return type !== undefined && relationTypes.has(type);
}

/** Objects that are named as the last part of their relation's name. */
export function isPartOfRelation(type: ObjectType | undefined): boolean {
  return type !== undefined && partTypes.has(type);
}

const partTypes: ReadonlySet<ObjectType> = new Set<ObjectType>([
  "OBJECT_COLUMN",
  "OBJECT_POLICY",
  "OBJECT_RULE",
  "OBJECT_TABCONSTRAINT",
  "OBJECT_TRIGGER",
]);

const relationTypes: ReadonlySet<ObjectType> = new Set<ObjectType>([
  "OBJECT_FOREIGN_TABLE",
  "OBJECT_INDEX",
  "OBJECT_MATVIEW",
  "OBJECT_SEQUENCE",
  "OBJECT_TABLE",
  "OBJECT_VIEW",
]);

type ObjectRule = readonly [word: string | null, verb: Verb];

const objects: Readonly<Record<ObjectType, ObjectRule>> = {
  OBJECT_ACCESS_METHOD: ["access_method", "sql.admin"],
  OBJECT_AGGREGATE: ["aggregate", "sql.schema"],
  OBJECT_AMOP: [null, "sql.schema"],
  OBJECT_AMPROC: [null, "sql.schema"],
  OBJECT_ATTRIBUTE: ["type", "sql.schema"],
  OBJECT_CAST: ["cast", "sql.schema"],
  OBJECT_COLLATION: ["collation", "sql.schema"],
  OBJECT_COLUMN: ["column", "sql.schema"],
  OBJECT_CONVERSION: ["conversion", "sql.schema"],
  OBJECT_DATABASE: ["database", "sql.admin"],
  OBJECT_DEFACL: [null, "sql.schema"],
  OBJECT_DEFAULT: [null, "sql.schema"],
  OBJECT_DOMAIN: ["domain", "sql.schema"],
  OBJECT_DOMCONSTRAINT: ["domain", "sql.schema"],
  OBJECT_EVENT_TRIGGER: ["event_trigger", "sql.schema"],
  OBJECT_EXTENSION: ["extension", "sql.schema"],
  OBJECT_FDW: ["foreign_data_wrapper", "sql.admin"],
  OBJECT_FOREIGN_SERVER: ["server", "sql.admin"],
  OBJECT_FOREIGN_TABLE: ["foreign_table", "sql.schema"],
  OBJECT_FUNCTION: ["function", "sql.schema"],
  OBJECT_INDEX: ["index", "sql.schema"],
  OBJECT_LANGUAGE: ["language", "sql.admin"],
  OBJECT_LARGEOBJECT: ["large_object", "sql.admin"],
  OBJECT_MATVIEW: ["materialized_view", "sql.schema"],
  OBJECT_OPCLASS: ["operator_class", "sql.schema"],
  OBJECT_OPERATOR: ["operator", "sql.schema"],
  OBJECT_OPFAMILY: ["operator_family", "sql.schema"],
  OBJECT_PARAMETER_ACL: [null, "sql.schema"],
  OBJECT_POLICY: ["policy", "sql.admin"],
  OBJECT_PROCEDURE: ["procedure", "sql.schema"],
  OBJECT_PUBLICATION: ["publication", "sql.admin"],
  OBJECT_PUBLICATION_NAMESPACE: [null, "sql.schema"],
  OBJECT_PUBLICATION_REL: [null, "sql.schema"],
  OBJECT_ROLE: ["role", "sql.admin"],
  OBJECT_ROUTINE: ["routine", "sql.schema"],
  OBJECT_RULE: ["rule", "sql.schema"],
  OBJECT_SCHEMA: ["schema", "sql.schema"],
  OBJECT_SEQUENCE: ["sequence", "sql.schema"],
  OBJECT_STATISTIC_EXT: ["statistics", "sql.schema"],
  OBJECT_SUBSCRIPTION: ["subscription", "sql.admin"],
  OBJECT_TABCONSTRAINT: ["constraint", "sql.schema"],
  OBJECT_TABLE: ["table", "sql.schema"],
  OBJECT_TABLESPACE: ["tablespace", "sql.admin"],
  OBJECT_TRANSFORM: ["transform", "sql.schema"],
  OBJECT_TRIGGER: ["trigger", "sql.schema"],
  OBJECT_TSCONFIGURATION: ["text_search_configuration", "sql.schema"],
  OBJECT_TSDICTIONARY: ["text_search_dictionary", "sql.schema"],
  OBJECT_TSPARSER: ["text_search_parser", "sql.schema"],
  OBJECT_TSTEMPLATE: ["text_search_template", "sql.schema"],
  OBJECT_TYPE: ["type", "sql.schema"],
  OBJECT_USER_MAPPING: ["user_mapping", "sql.admin"],
  OBJECT_VIEW: ["view", "sql.schema"],
};
