/**
 * A call that is decided on, from its message to its answer.
 *
 *   1. read      what is called, by which definition, and whether the headers say the same
 *   2. before    a person has denied the same call a while ago: the same is said again, on record, and nobody is asked
 *   3. enforce   policy, record, people, execution: `attempt.ts`; its client waits as it can: `wait.ts`
 *   4. answer    what the server said, or why it did not come to that
 */
import { hash } from "node:crypto";
import { errorCodes, GatewayError } from "#/core/errors.ts";
import type { McpMethod } from "#/core/facts.ts";
import type { Refusal } from "#/core/refusal.ts";
import { enforce, refuse } from "#/enforcement/enforce.ts";
import { AnswerSwitch } from "./answer-switch.ts";
import { CallAttempt } from "./attempt.ts";
import { checkParameters } from "./check-headers.ts";
import { idKey, MessageProblem, type Request, rpcCodes } from "./codec.ts";
import type { RequestContext } from "./context.ts";
import { editCall } from "./edit/edit-call.ts";
import { editedRun } from "./edited-run.ts";
import { memberOf } from "./json/json-value.ts";
import { listTools } from "./list-tools.ts";
import { answerStatus } from "./own-tool.ts";
import { errorText, refusalText, statusTool } from "./reply.ts";
import { runCall } from "./run-call.ts";
import { newCaller } from "./sessions.ts";
import { beginTask } from "./tasks.ts";
import { type Call, nameOf, toAction } from "./to-action.ts";
import { toldBefore } from "./told-before.ts";
import type { ToolKnown } from "./tools.ts";
import { inputRequired, withoutOwnState } from "./url-wait.ts";
import { noteWaiting, whyNotAsked } from "./variants.ts";
import { type Wait, waitLimit, waitOf } from "./wait.ts";

export async function call(
  sent: Request,
  sentBody: Uint8Array,
  method: McpMethod,
  context: RequestContext,
): Promise<void> {
  const { principal, connection, session, enforcement, client, states } = context;
  const { clock, reviewUrl } = enforcement;
  const back = withoutOwnState(sent);
  const { request, body } = back ?? { request: sent, body: sentBody };
  const { id } = request;
  const made = readCall(request, method);
  const { name } = made;
  const isTool = method === "tools/call";
  if (isTool && name === statusTool) return answerStatus(request, context);

  const known = await knownTool(request, made, context);
  const { resource } = connection;
  const proposal = { call: made, known, principal, resource, session: session.id };
  const action = toAction(proposal, clock.now());
  const key = hash("sha256", action.command, "base64url");
  const of = { agent: session.agent, connection: session.connection, call: key };
  if (back !== null && states.redeem(back.state, of) === null) {
    throw invalid("The request state is not of this call, too old, or was used before.", id);
  }

  const to = new AnswerSwitch(client);
  const { isStateless } = context;
  const answerRefusal = (refusal: Refusal) => {
    const hasOutputSchema = known.outputSchema !== null;
    to.message(200, refusalText(refusal, { id, isTool, isStateless, hasOutputSchema }));
  };
  const told = toldBefore(key, context);
  await told.letGo();
  const before = await told.denial();
  if (before !== null) {
    await refuse(action, "A person denied the same call a while ago.", enforcement, before);
    return answerRefusal(before);
  }

  // It has gone before anything was decided: nobody is asked.
  if (client.left.aborted) return;
  const tool = `${method} ${name}`;
  const asked = told.hasReview ? null : await whyNotAsked(action, tool, context);
  if (asked !== null) {
    await refuse(action, "Too many variants of this call were tried.", enforcement, asked);
    return answerRefusal(asked);
  }

  const wait = waitOf(request, isTool, context);
  const stopped = new AbortController();
  const attempt = new CallAttempt({
    action,
    caller: newCaller(clock.now()),
    fingerprint: () => connection.tools.known(method, name).fingerprint,
    waitLimit: waitLimit(wait),
    onHeld: (review, news) => {
      noteWaiting(tool, review.id, context);
      if (wait.kind === "progress") wait.progress.tell(review, news);
      if (wait.kind === "task") beginTask(review, { request, to, stop, context });
      // The page is shown at once; whoever comes back from it waits.
      if (wait.kind === "url" && back === null) attempt.giveUp("detached");
    },
    edited: (edit) => editCall(edit, connection.tools.known(method, name).inputSchema),
    overridden: (review) => editedRun(request, review, reviewUrl(review.id), known.mirrored),
    async run(masks, edit) {
      endProgress(wait);
      await pinUsed(method, made.name, known.fingerprint, connection);
      const { outputSchema } = known;
      const running = { request, body, edit, to, stopped: stopped.signal, outputSchema };
      return runCall(masks, running, context);
    },
    onUnsent: ({ message }) => {
      const text = `${message} Nothing was done. Try again later.`;
      to.message(502, errorText(id, rpcCodes.internalError, text));
    },
  });
  const stop = () => {
    attempt.giveUp("cancelled");
    stopped.abort();
  };
  const done = Promise.withResolvers<void>();
  const leave = () => {
    if (!attempt.isSent) told.leave(done.promise);
    attempt.giveUp("detached");
    if (isStateless) stopped.abort();
  };
  client.left.addEventListener("abort", leave, { once: true });
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
    endProgress(wait);
    const refusal = enforced.kind === "refused" ? enforced.refusal : null;
    told.remember(refusal);
    if (refusal === null) return;
    const ticket = refusal.code === "pending_review" ? refusal.review : null;
    if (
      wait.kind !== "url" ||
      ticket === null ||
      refusal.url === null ||
      back?.isDeclined === true
    ) {
      return answerRefusal(refusal);
    }
    to.message(200, inputRequired(id, refusal.url, states.seal({ ...of, ticket })));
  } finally {
    done.resolve();
    endProgress(wait);
    if (session.running.get(idKey(id)) === running) session.running.delete(idKey(id));
  }
}

interface NamedCall extends Call {
  readonly name: string;
}

function readCall({ id, params, text }: Request, method: McpMethod): NamedCall {
  const name = params === null ? null : nameOf({ method, params });
  if (params === null || name === null) throw invalid("It does not say what is called.", id);
  const given = memberOf(params, "arguments");
  if (given !== null && given.kind !== "object") throw invalid('"arguments" is an object.', id);
  return { method, params, text, name };
}

/** By the last list that passed, or by a look of the gateway's own where none did. */
async function knownTool(
  request: Request,
  { method, name, params }: NamedCall,
  context: RequestContext,
): Promise<ToolKnown> {
  const { tools, listing } = context.connection;
  await tools.settled();
  let known = tools.known(method, name);
  if (method === "tools/call" && (known.definition === "unknown" || listing.at === null)) {
    await listTools(request, context);
    known = tools.known(method, name);
  }
  if (context.isStateless) {
    checkParameters(context.headers, known.mirrored, memberOf(params, "arguments"), request.id);
  }
  return known;
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

function endProgress(wait: Wait): void {
  if (wait.kind === "progress") wait.progress.stop();
}

function invalid(message: string, id: string): MessageProblem {
  return new MessageProblem(rpcCodes.invalidParams, message, { id });
}
