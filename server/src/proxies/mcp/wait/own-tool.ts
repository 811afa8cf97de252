/**
 * The gateway's own tool `countersign_status`: for agents whose clients can't be kept waiting. It waits for what people decide on a
 * call, and does nothing else.
 */
import type { ReviewId } from "#/core/ids.ts";
import type { Refusal } from "#/core/refusal.ts";
import type { Review } from "#/core/review.ts";
import { reviewRefusal } from "#/enforcement/review-refusals.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { memberOf, textOf } from "#/proxies/mcp/json/json-value.ts";
import { type Place, shallowMembers } from "#/proxies/mcp/json/shallow.ts";
import type { Request } from "#/proxies/mcp/wire/codec.ts";
import { refusalText, resultText, statusTool } from "#/proxies/mcp/wire/reply.ts";

/** How long it waits at most: clients give up after a minute. */
const statusWaitMaxMs = 50_000;
const statusWaitMs = 45_000;

const definition = JSON.stringify({
  name: statusTool,
  title: "Wait for a person's decision",
  description:
    "Some calls of other tools wait for a person to approve them, and then answer with a ticket. This waits until that person has decided, or for a while, and says what they decided. Approved: make the very same call again, it runs then, once.",
  inputSchema: {
    type: "object",
    properties: {
      ticket: { type: "string", description: "The ticket that the call was answered with" },
      wait_s: {
        type: "integer",
        minimum: 0,
        maximum: statusWaitMaxMs / 1000,
        description: "How many seconds to wait at most",
      },
    },
    required: ["ticket"],
  },
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
});

/** The list of a server's tools with it; null where the answer holds none that could be read. */
export function listAdded(message: Buffer, result: Place): Buffer | null {
  const text = message.toString("latin1");
  const tools = shallowMembers(text, result.start)?.get("tools");
  if (tools === undefined || text[tools.start] !== "[") return null;
  const isEmpty = /^\[\s*\]$/.test(text.slice(tools.start, tools.end));
  const own = Buffer.from(isEmpty ? definition : `${definition},`);
  const at = tools.start + 1;
  return Buffer.concat([message.subarray(0, at), own, message.subarray(at)]);
}

export async function answerStatus(request: Request, context: RequestContext): Promise<void> {
  const given = memberOf(request.params, "arguments");
  const review = await reviewOf(textOf(memberOf(given, "ticket")) ?? "", context);
  if (review === null) {
    const text = "There is no such ticket of yours. Make the call again.";
    const { isStateless: modern } = context;
    const type = modern ? { resultType: "complete" } : {};
    const content = [{ type: "text", text }];
    return context.client.message(200, resultText(request.id, { ...type, content, isError: true }));
  }
  const wait = memberOf(given, "wait_s");
  const waitMs = wait?.kind === "number" ? wait.value * 1000 : statusWaitMs;
  const latest = await decided(review, Math.min(Math.max(0, waitMs), statusWaitMaxMs), context);
  context.client.message(200, presentStatus(request, latest, context));
}

/** Null for what another agent asked for, as for what there is none of. */
export async function reviewOf(
  ticket: string,
  { principal, connection, enforcement }: RequestContext,
): Promise<Review | null> {
  if (!/^rev_[0-9a-z]{26}$/.test(ticket)) return null;
  const review = await enforcement.reviews.store.review(ticket as ReviewId);
  const action = review?.action;
  const isOwn =
    action?.principal.kind === principal.kind &&
    action.principal.name === principal.name &&
    action.resource.connection === connection.resource.connection;
  return isOwn ? review : null;
}

async function decided(
  review: Review,
  waitMs: number,
  { client, enforcement: { clock, feed } }: RequestContext,
): Promise<Review> {
  const waiting = new AbortController();
  const stop = () => waiting.abort();
  client.left.addEventListener("abort", stop, { once: true });
  const stopClock = clock.after(waitMs, stop);
  let latest = review;
  try {
    while (latest.state === "pending" && !waiting.signal.aborted) {
      latest = await feed.next(latest.id, latest.version, waiting.signal);
    }
  } catch (error) {
    if (!waiting.signal.aborted) throw error;
  } finally {
    stopClock();
    client.left.removeEventListener("abort", stop);
  }
  return latest;
}

function presentStatus(request: Request, review: Review, context: RequestContext): string {
  const { isStateless, enforcement } = context;
  const refusal = reviewRefusal(review, enforcement.reviewUrl(review.id));
  const isApproved = review.state === "approved" && review.execution === null;
  if (!isApproved) {
    const told: Refusal = refusal;
    return refusalText(told, { id: request.id, isTool: true, isStateless, hasOutputSchema: false });
  }
  const { code, url, retry } = refusal;
  const text =
    "A person approved it. Make the very same call again now, with the same arguments: it runs then, once.";
  return resultText(request.id, {
    ...(isStateless ? { resultType: "complete" } : {}),
    content: [{ type: "text", text }],
    _meta: { "countersign/refusal": { code, review: review.id, url, retry, state: "approved" } },
  });
}
