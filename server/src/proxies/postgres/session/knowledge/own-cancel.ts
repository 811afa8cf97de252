/**
 * `select pg_cancel_backend(N)`, where N is another session of the same agent on the same connection: that is what a cancel request of
 * the protocol does, about which nobody is asked. Clients without cancel requests of their own do it so (pgAdmin).
 *
 * Only this one text: one call, of the built-in, with a constant. Whatever ends a session (`pg_terminate_backend`) is not among it: the
 * outcome of what runs there would be lost.
 */
import type { Node, RawStmt } from "libpg-query";
import type { AgentProcess } from "#/proxies/postgres/agent-processes.ts";
import type { SessionContext } from "#/proxies/postgres/session/context.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import { stringsOf } from "#/proxies/postgres/sql/tree.ts";

const names: readonly string[] = ["pg_cancel_backend", "pg_catalog.pg_cancel_backend"];

/** The agent's own session that it cancels, where it does nothing else. */
export function cancelledBy(
  { facts, statements, text }: Classified,
  { trees, connection, principal }: Asked,
): AgentProcess | null {
  const [name = "", ...others] = facts.functions;
  const isOne = names.includes(name) && others.length === 0 && statements.length === 1;
  if (!isOne || facts.opaque !== null) return null;
  const processId = cancelledProcess(trees(text) ?? []);
  return processId === null ? null : connection.processes.of(principal, processId);
}

interface Asked extends Pick<SessionContext, "connection" | "principal"> {
  readonly trees: Classifier["trees"];
}

/** What runs it is under the lock of reads, as a cancel changes nothing. */
export function asCancelRequest(classified: Classified): Classified {
  return { ...classified, verbs: ["sql.read"] };
}

/** The process that it cancels and does nothing else; null where it may be or do anything else. */
function cancelledProcess(trees: readonly RawStmt[]): number | null {
  const [only, more] = trees;
  if (more !== undefined || only?.stmt === undefined || !("SelectStmt" in only.stmt)) return null;
  const { targetList = [], limitOption, op, ...clauses } = only.stmt.SelectStmt;
  const isBare = limitOption === "LIMIT_OPTION_DEFAULT" && op === "SETOP_NONE";
  if (!isBare || Object.keys(clauses).length > 0 || targetList.length !== 1) return null;
  const [target] = targetList;
  return target !== undefined && "ResTarget" in target ? calledWith(target.ResTarget.val) : null;
}

function calledWith(call: Node | undefined): number | null {
  if (call === undefined || !("FuncCall" in call)) return null;
  const { funcname, args = [] } = call.FuncCall;
  const isPlain =
    names.includes(stringsOf(funcname).join(".")) &&
    Object.keys(call.FuncCall).every((field) => ofPlainCall.includes(field));
  const [argument] = args;
  if (!isPlain || args.length !== 1 || argument === undefined || !("A_Const" in argument)) {
    return null;
  }
  return argument.A_Const.ival?.ival ?? null;
}

const ofPlainCall: readonly string[] = ["args", "funcformat", "funcname", "location"];
