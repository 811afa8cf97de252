/** What statements about the session and its transaction do, and those that run others. */
import type {
  DeclareCursorStmt,
  DefElem,
  ExecuteStmt,
  ExplainStmt,
  Node,
  PrepareStmt,
  TransactionStmt,
  VariableSetStmt,
} from "libpg-query";
import { changeSetting } from "./function-rules.ts";
import { visitQuery } from "./query-rules.ts";
import type { SettingValue } from "./settings.ts";
import { stringsOf } from "./tree.ts";
import { markOpaque, note, type Place, type Rule, type Rules, type Walk } from "./walk.ts";

export const sessionRules: Rules = [
  ["ClosePortalStmt", namesOnly("close")],
  ["DeallocateStmt", namesOnly("deallocate")],
  ["DeclareCursorStmt", declareCursor],
  ["DiscardStmt", namesOnly("discard")],
  ["ExecuteStmt", execute],
  ["ExplainStmt", explain],
  ["FetchStmt", namesOnly("fetch")],
  ["PrepareStmt", prepare],
  ["TransactionStmt", transaction],
  ["VariableSetStmt", setVariable],
];

/** Statements that hold names of the session's own things and nothing else. */
function namesOnly(kind: string): Rule {
  return (_: object, __, walk) => note({ verb: "sql.read", kind }, walk);
}

function explain(node: ExplainStmt, place: Place, walk: Walk): void {
  const runs = (node.options ?? []).some(
    (option) => "DefElem" in option && isAnalyze(option.DefElem),
  );
  note({ verb: "sql.read", kind: runs ? "explain_analyze" : "explain" }, walk);
  if (runs) walk.findings.provable = false;
  // A plan may evaluate functions and shows statistics of the relations: both count although nothing runs.
  visitQuery(node.query, { ...place, runs: runs && place.runs }, walk);
}

/** On unless it is plainly off: the server takes the last of several, this takes any. */
function isAnalyze({ defname, arg }: DefElem): boolean {
  if (defname !== "analyze") return false;
  if (arg === undefined) return true;
  if ("Integer" in arg) return (arg.Integer as { readonly ival?: number }).ival !== undefined;
  const [text = ""] = stringsOf([arg]);
  return !["false", "off", "0"].includes(text.toLowerCase());
}

function prepare(node: PrepareStmt, place: Place, walk: Walk): void {
  walk.findings.kinds.add("prepare");
  walk.findings.provable = false;
  visitQuery(node.query, place, walk);
  walk.visitFields("PrepareStmt", node, place, ["query"]);
}

function execute(node: ExecuteStmt, place: Place, walk: Walk): void {
  walk.findings.kinds.add("execute");
  walk.findings.executes = node.name ?? "";
  walk.findings.provable = false;
  walk.visitFields("ExecuteStmt", node, place);
}

function declareCursor(node: DeclareCursorStmt, place: Place, walk: Walk): void {
  note({ verb: "sql.read", kind: "declare" }, walk);
  visitQuery(node.query, place, walk);
}

function transaction(node: TransactionStmt, place: Place, walk: Walk): void {
  const { findings } = walk;
  switch (node.kind) {
    case "TRANS_STMT_PREPARE":
      findings.kinds.add("prepare_transaction");
      findings.refused ??= "prepare_transaction";
      markOpaque(findings, "It leaves a transaction behind whose end nobody would see.");
      return;
    case "TRANS_STMT_COMMIT_PREPARED":
      return note({ verb: "sql.admin", kind: "commit_prepared" }, walk);
    case "TRANS_STMT_ROLLBACK_PREPARED":
      return note({ verb: "sql.admin", kind: "rollback_prepared" }, walk);
    default: {
      const kind = transactionKinds[node.kind ?? ""];
      if (kind === undefined) markOpaque(findings, "It controls transactions in an unknown way.");
      else note({ verb: "sql.read", kind }, walk);
      walk.visitFields("TransactionStmt", node, place);
    }
  }
}

const transactionKinds: Readonly<Record<string, string>> = {
  TRANS_STMT_BEGIN: "begin",
  TRANS_STMT_COMMIT: "commit",
  TRANS_STMT_RELEASE: "release",
  TRANS_STMT_ROLLBACK: "rollback",
  TRANS_STMT_ROLLBACK_TO: "rollback_to",
  TRANS_STMT_SAVEPOINT: "savepoint",
  TRANS_STMT_START: "begin",
};

function setVariable(node: VariableSetStmt, place: Place, walk: Walk): void {
  const { findings } = walk;
  const { kind, name = "", args = [] } = node;
  walk.visitFields("VariableSetStmt", node, place);
  if (!place.runs) {
    if (name !== "") findings.settings.add(name.toLowerCase());
    return;
  }
  switch (kind) {
    case "VAR_SET_MULTI":
      return setMany(name, args, walk);
    case "VAR_RESET_ALL":
      // Back to what the session began with; the role is not among what it resets.
      findings.settings.add("all");
      return note({ verb: "sql.read", kind: "reset" }, walk);
    case "VAR_RESET":
    case "VAR_SET_DEFAULT":
      findings.kinds.add(kind === "VAR_RESET" ? "reset" : "set");
      return changeSetting(findings, name, { kind: "reset" });
    default:
      findings.kinds.add("set");
      changeSetting(findings, name, valueOf(kind === "VAR_SET_VALUE" ? args : []));
  }
}

/** SET TRANSACTION and SET SESSION CHARACTERISTICS: the settings of this transaction, or of those to come. */
function setMany(name: string, args: readonly Node[], { findings }: Walk): void {
  findings.kinds.add("set");
  if (name === "TRANSACTION") {
    // BEGIN takes the same modes.
    findings.verbs.add("sql.read");
    for (const arg of args) findings.settings.add(("DefElem" in arg && arg.DefElem.defname) || "");
    return;
  }
  if (name === "TRANSACTION SNAPSHOT") {
    findings.verbs.add("sql.read");
    findings.settings.add("transaction_snapshot");
    return;
  }
  if (name !== "SESSION CHARACTERISTICS") {
    return markOpaque(findings, "It sets something that is not known here.");
  }
  for (const arg of args) {
    const { defname = "", arg: value } = "DefElem" in arg ? arg.DefElem : ({} as DefElem);
    changeSetting(findings, `default_${defname}`, valueOf(value === undefined ? [] : [value]));
  }
}

function valueOf(args: readonly Node[]): SettingValue {
  const values = args.map(constantText);
  return values.length > 0 && values.every((value) => value !== null)
    ? { kind: "values", values }
    : { kind: "unknown" };
}

function constantText(node: Node): string | null {
  if (!("A_Const" in node)) return null;
  const { sval, ival, fval, boolval } = node.A_Const;
  if (sval !== undefined) return sval.sval ?? "";
  if (ival !== undefined) return String(ival.ival ?? 0);
  if (boolval !== undefined) return String(boolval.boolval ?? false);
  return fval?.fval ?? null;
}
