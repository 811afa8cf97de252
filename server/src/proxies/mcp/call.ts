/**
 * A call that is decided on, from its message to its answer.
 *
 *   1. known     the same call was denied by a person a while ago: the same is said again, on record, and nobody is asked
 *   2. enforce   policy, record, people, execution: `attempt.ts`
 *   3. answer    what the server said, or why it did not come to that
 */
import { hash } from "node:crypto";
import { asGatewayError, errorCodes, GatewayError } from "#/core/errors.ts";
import type { McpMethod } from "#/core/facts.ts";
import type { Mask } from "#/core/obligation.ts";
import type { WaitLimit } from "#/core/protocol.ts";
import type { Refusal } from "#/core/refusal.ts";
import { enforce, refuse } from "#/enforcement/enforce.ts";
import { reviewRefusal } from "#/enforcement/refusals.ts";
import { type AnswerMaskerSource, maskerFor } from "./answer-masks.ts";
import { askUpstream } from "./ask-upstream.ts";
import { CallAttempt, type RunAnswer } from "./attempt.ts";
import { checkParameters } from "./check-headers.ts";
import { idKey, MessageProblem, type Request, rpcCodes } from "./codec.ts";
import type { RequestContext } from "./context.ts";
import { notAllowedInput } from "./input-required.ts";
import { memberOf } from "./json/json-value.ts";
import { answerStatus, reviewOf } from "./own-tool.ts";
import { progressFor } from "./progress.ts";
import { relay } from "./relay.ts";
import { errorText, refusalText, refusedCode, statusTool } from "./reply.ts";
import { onServerAsks } from "./server-asks.ts";
import { newCaller } from "./sessions.ts";
import { type Call, nameOf, toAction } from "./to-action.ts";

/** How long a client is kept that is told nothing meanwhile: most give up after a minute. */
const heldUntoldMs = 45_000;
/** A person's denial is said again for so long, without asking anybody. */
const denialPinnedMs = 60 * 60_000;
/** Calls of one agent on one connection whose reviews are remembered. One more costs the oldest its place. */
const toldMax = 1_000;

export async function call(
  request: Request,
  body: Uint8Array,
  asked: Pick<Call, "method">,
  context: RequestContext,
): Promise<void> {
  const { principal, connection, session, enforcement, client } = context;
  const { clock } = enforcement;
  const { params, text, id } = request;
  const made = params === null ? null : { ...asked, params, text };
  const name = made === null ? null : nameOf(made);
  if (made === null || name === null) throw invalid("It does not say what is called.", id);
  const given = memberOf(params, "arguments");
  if (given !== null && given.kind !== "object") throw invalid('"arguments" is an object.', id);
  if (asked.method === "tools/call" && name === statusTool) return answerStatus(request, context);

  await connection.tools.settled();
  const known = connection.tools.known(asked.method, name);
  if (context.isStateless) checkParameters(context.headers, known.mirrored, given, id);
  const action = toAction(
    { call: made, known, principal, resource: connection.resource, session: session.id },
    clock.now(),
  );
  const answerRefusal = (refusal: Refusal) => {
    const isTool = asked.method === "tools/call";
    const hasOutputSchema = known.outputSchema !== null;
    const { isStateless } = context;
    client.message(200, refusalText(refusal, { id, isTool, isStateless, hasOutputSchema }));
  };

  const told = context.sessions.shared(session.agent, session.connection).told;
  const key = hash("sha256", action.command, "base64");
  const before = await deniedBefore(told.get(key), context);
  if (before !== null) {
    await refuse(action, "A person denied the same call a while ago.", enforcement, before);
    return answerRefusal(before);
  }

  const progress = progressFor(request, context);
  const stopped = new AbortController();
  const attempt = new CallAttempt({
    action,
    caller: newCaller(clock.now()),
    fingerprint: () => connection.tools.known(asked.method, name).fingerprint,
    waitLimit: progress === null ? untold : null,
    onHeld: (review, wait) => progress?.tell(review, wait),
    async run(masks) {
      progress?.stop();
      await pinUsed(asked.method, name, known.fingerprint, connection);
      return run(
        masks,
        { request, body, stopped: stopped.signal, outputSchema: known.outputSchema },
        context,
      );
    },
    onUnsent: (failure) => client.message(502, unsentText(failure, request)),
  });
  const leave = () => {
    if (!context.isStateless) return attempt.giveUp("detached");
    attempt.giveUp("cancelled");
    stopped.abort();
  };
  client.left.addEventListener("abort", leave, { once: true });
  if (client.left.aborted) leave();
  const running = {
    cancel() {
      if (attempt.isSent) return false;
      attempt.giveUp("cancelled");
      return true;
    },
  };
  session.running.set(idKey(id), running);
  try {
    const enforced = await enforce(attempt, enforcement);
    progress?.stop();
    if (enforced.kind === "refused") {
      remember(told, key, enforced.refusal);
      answerRefusal(enforced.refusal);
    } else {
      told.delete(key);
    }
  } finally {
    progress?.stop();
    if (session.running.get(idKey(id)) === running) session.running.delete(idKey(id));
  }
}

/** On record before the server sees the call. */
async function pinUsed(
  method: McpMethod,
  name: string,
  fingerprint: string,
  { tools }: RequestContext["connection"],
): Promise<void> {
  if (method !== "tools/call") return;
  await tools.used(name, fingerprint).catch((cause: unknown) => {
    const code = "audit.recording_failed";
    throw new GatewayError(code, errorCodes[code], { cause, details: { sent: false } });
  });
}

const untold: WaitLimit = {
  ms: heldUntoldMs,
  by: "The gateway's limit for a client that can't be told",
};

interface Running extends Pick<AnswerMaskerSource, "outputSchema"> {
  readonly request: Request;
  readonly body: Uint8Array;
  readonly stopped: AbortSignal;
}

async function run(
  masks: readonly Mask[],
  { request, body, stopped, outputSchema }: Running,
  context: RequestContext,
): Promise<RunAnswer> {
  const { connection, session, client } = context;
  const { id } = request;
  if (masks.length > 0) session.wasMasked = true;
  const masker = await maskerFor({ masks, outputSchema, session }, connection);
  const answer = await askUpstream(context, { method: "POST", body, signal: stopped });
  const answered = await relay(answer, {
    client,
    id,
    masker,
    onAsked: onServerAsks(context),
    onResult: (message, result) =>
      notAllowedInput(message, result, { id, masks, allow: connection.allow }),
    withheld: (of) =>
      errorText(
        of,
        refusedCode,
        "It ran. Its answer can't be looked through for what a rule masks, so it is withheld.",
      ),
  }).catch((cause: unknown) => {
    throw asGatewayError(cause, "The answer could not be passed on.");
  });
  return { answered, masked: masker.counts() };
}

/** What people decided of the very same call, where it still stands. */
async function deniedBefore(
  ticket: string | undefined,
  context: RequestContext,
): Promise<Refusal | null> {
  const review = ticket === undefined ? null : await reviewOf(ticket, context);
  if (review === null) return null;
  const { clock, reviewUrl } = context.enforcement;
  const isDenial = review.state === "denied" || review.state === "changes_requested";
  const isRecent = clock.now() - (review.decidedAt ?? 0) < denialPinnedMs;
  return isDenial && isRecent ? reviewRefusal(review, reviewUrl(review.id)) : null;
}

function remember(told: Map<string, string>, key: string, { review }: Refusal): void {
  if (review === null) return;
  told.delete(key);
  const [oldest] = told.keys();
  if (told.size >= toldMax && oldest !== undefined) told.delete(oldest);
  told.set(key, review);
}

function unsentText({ message }: GatewayError, { id }: Request): string {
  return errorText(id, rpcCodes.internalError, `${message} Nothing was done. Try again later.`);
}

function invalid(message: string, id: string): MessageProblem {
  return new MessageProblem(rpcCodes.invalidParams, message, { id });
}
