/** What the gateway itself says to a client, as JSON-RPC and as the result of a tool. */
import type { Json } from "#/core/json.ts";
import type { Refusal, RefusalCode } from "#/core/refusal.ts";
import type { MessageProblem, RpcId } from "./codec.ts";

export function resultText(id: RpcId, result: Readonly<Record<string, Json>>): string {
  return `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result)}}`;
}

/** An id that could not be read is null (JSON-RPC 2.0 §5). */
export function errorText(
  id: RpcId | null,
  code: number,
  message: string,
  data?: Readonly<Record<string, Json>>,
): string {
  const error = JSON.stringify({ code, message, ...(data === undefined ? {} : { data }) });
  return `{"jsonrpc":"2.0","id":${id ?? "null"},"error":${error}}`;
}

export function problemText(problem: MessageProblem): string {
  return errorText(problem.id, problem.code, problem.message, problem.data);
}

/** Of answers to what is no tool's call, which can't be a result. Outside of what JSON-RPC and MCP keep for themselves. */
export const refusedCode = -31_000;

const metaKey = "countersign/refusal";

export interface Refused {
  readonly id: RpcId;
  readonly isTool: boolean;
  /** 2026-07-28 names the kind of every result. */
  readonly isStateless: boolean;
  /** The tool states what its results are like, so that only an error may look otherwise. */
  readonly hasOutputSchema: boolean;
}

export function refusalText(
  refusal: Refusal,
  { id, isTool, isStateless, hasOutputSchema }: Refused,
): string {
  const { code, review, url, retry } = refusal;
  const told = { code, review, url, retry };
  const text = sentencesOf(refusal);
  if (!isTool) return errorText(id, refusedCode, text, { [metaKey]: told });
  const isError = code !== "pending_review" || hasOutputSchema;
  return resultText(id, {
    ...(isStateless ? { resultType: "complete" } : {}),
    content: [{ type: "text", text }],
    ...(isError ? { isError } : {}),
    _meta: { [metaKey]: told },
  });
}

/** What happened, in whose words, and what to do now. */
function sentencesOf(refusal: Refusal): string {
  const { code, message, reason, review, url } = refusal;
  const said = reason === null ? "" : ` They say: "${reason}"`;
  const where = url === null ? "" : ` People find it at ${url}.`;
  const next = nextSteps[code];
  if (code === "pending_review" && review !== null) {
    return `Nothing was done yet. This call waits for a person as review ${review}.${where} ${next} To wait for them, call the tool ${statusTool} with {"ticket":"${review}"}.`;
  }
  return `${message}${said} ${next}`.trim();
}

const nextSteps: Readonly<Record<RefusalCode, string>> = {
  already_executed: "Do not call it again unless it has to happen once more.",
  argument_mistyped:
    "Correct the type of that argument and call it again; do not look for another way.",
  changes_requested:
    "Call the tool again only with what they ask for; the same call is not looked at again.",
  data_not_kept: "Call it again later.",
  data_too_large: "Call it with less.",
  definition_rejected:
    "Do not call it again, do not try to reach the same by another tool, and tell the person whom you work for.",
  denied_by_policy: "",
  denied_by_reviewer:
    "Do not call it again, do not try to reach the same by another tool or other arguments, and tell the person whom you work for.",
  outcome_unknown: "Do not call it again: it may have happened. Tell the person whom you work for.",
  override_failed: "",
  overridden: "",
  pending_review:
    "Do not look for another way, and do not change the call: the very same call again picks this review up and runs once when it is approved.",
  recording_failed: "",
  review_cancelled: "Nothing was done. Do not look for another way.",
  review_expired: "Nothing was done. Do not look for another way.",
  rows_exceeded: "",
  rows_uncounted: "",
  session_changed: "Call it again if it is still wanted.",
  too_many_reviews: "Do not make more calls that need a person before that.",
  upstream_unreachable: "",
};

/** The gateway's own tool, by which an agent waits for what people decide. */
export const statusTool = "countersign_status";
/** No tool of a server's is called so. */
export const ownToolsPrefix = "countersign_";
