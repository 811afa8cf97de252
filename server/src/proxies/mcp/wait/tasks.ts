/** The gateway's own tasks, as clients ask for them: `tasks/get`, `tasks/cancel`. */
import type { Json } from "#/core/json.ts";
import type { Review } from "#/core/review.ts";
import { reviewRefusal } from "#/enforcement/review-refusals.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { memberOf, textOf } from "#/proxies/mcp/json/json-value.ts";
import { shallowMembers } from "#/proxies/mcp/json/shallow.ts";
import { MessageProblem, type Request, rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { refusalText, resultText } from "#/proxies/mcp/wire/reply.ts";
import type { AnswerSwitch } from "./answer-switch.ts";
import { type HeldTask, taskLifeMs, taskPollMs, taskSink } from "./held-tasks.ts";
import { reviewOf } from "./own-tool.ts";

export interface Beginning {
  readonly request: Request;
  readonly to: AnswerSwitch;
  /** Cancels the call, whether it waits or runs. */
  readonly stop: () => void;
  readonly context: RequestContext;
}

/** Tells the client of its task, and keeps the answer for it. Where it is told already, nothing is. */
export function beginTask(review: Review, { request, to, stop, context }: Beginning): void {
  const { session, tasks } = context;
  if (tasks.find(review.id, session.agent, session.connection)?.answer === null) return;
  const { agent, connection } = session;
  const task = tasks.begin({ id: review.id, agent, connection, cancel: stop });
  // Too many are kept: it is told on the stream that it has, or not at all until it has waited.
  if (task === null) return;
  to.message(
    200,
    resultText(request.id, { resultType: "task", ...presentTask(task, review, context) }),
  );
  to.switchTo(taskSink((bytes) => tasks.ended(task, bytes)));
}

/** Null where it is none of the gateway's. */
export async function answerTask(request: Request, context: RequestContext): Promise<boolean> {
  const { session, tasks, client } = context;
  const id = textOf(memberOf(request.params, "taskId")) ?? "";
  const review = await reviewOf(id, context);
  if (client.isSentAway) return true;
  if (review === null) return false;
  const task = tasks.find(id, session.agent, session.connection);
  switch (request.method) {
    case "tasks/cancel":
      task?.cancel();
      client.message(200, resultText(request.id, { resultType: "complete" }));
      return true;
    case "tasks/get":
      client.message(200, taskText(request, task, review, context));
      return true;
    default: {
      const message = "This task takes no input.";
      throw new MessageProblem(rpcCodes.invalidParams, message, { id: request.id });
    }
  }
}

function taskText(
  request: Request,
  task: HeldTask | null,
  review: Review,
  context: RequestContext,
): string {
  const about = presentTask(task, review, context);
  if (task !== null && task.answer === null) {
    return resultText(request.id, { resultType: "complete", ...about });
  }
  const { name, text } = answerOf(task, review, context);
  const status = name === "result" ? "completed" : "failed";
  const told = resultText(request.id, { resultType: "complete", ...about, status });
  // As it came: a number read and written again would lose digits.
  return `${told.slice(0, -"}}".length)},${JSON.stringify(name)}:${text}}}`;
}

/** What is not kept any more is told by its review: the same call again finds it. */
function answerOf(task: HeldTask | null, review: Review, { enforcement }: RequestContext): Answer {
  const refusal = reviewRefusal(review, enforcement.reviewUrl(review.id));
  const isStateless = true;
  const bytes =
    task?.answer?.bytes ??
    Buffer.from(
      refusalText(refusal, { id: "0", isTool: true, isStateless, hasOutputSchema: true }),
    );
  const members = shallowMembers(bytes.toString("latin1"));
  const result = members?.get("result");
  const value = result ?? members?.get("error");
  if (value === undefined) throw new TypeError("a task ends with an answer");
  const text = bytes.toString("utf8", value.start, value.end);
  return { name: result === undefined ? "error" : "result", text };
}

interface Answer {
  readonly name: "result" | "error";
  readonly text: string;
}

function presentTask(
  task: HeldTask | null,
  review: Review,
  { enforcement }: RequestContext,
): { readonly [key: string]: Json } {
  const whom = review.obligations.quorum
    .map(({ group, needed }) => `${needed} of ${group}`)
    .join(" and ");
  return {
    taskId: review.id,
    status: "working",
    statusMessage: `Waits for ${whom}: ${enforcement.reviewUrl(review.id)}`,
    createdAt: new Date(task?.createdAt ?? review.openedAt).toISOString(),
    lastUpdatedAt: new Date(task?.answer?.at ?? enforcement.clock.now()).toISOString(),
    ttlMs: review.expiresAt - review.openedAt + taskLifeMs,
    pollIntervalMs: taskPollMs,
  };
}
