/** A call on its way through enforcement: how its client waits, leaves and cancels meanwhile, and what it hears at the end. */
import { errorCodes, GatewayError } from "#/core/errors.ts";
import { calleeOf } from "#/core/facts.ts";
import type { Departure, SaidBefore, Told } from "#/core/protocol.ts";
import type { Refusal } from "#/core/refusal.ts";
import type { Review } from "#/core/review.ts";
import { enforce } from "#/enforcement/enforce.ts";
import { definitionRejected } from "#/enforcement/refusals.ts";
import { tokenReplaced } from "#/identity/agents.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { editCall } from "#/proxies/mcp/edit/edit-call.ts";
import { newCaller, noteRunning } from "#/proxies/mcp/sessions.ts";
import type { AnswerSwitch } from "#/proxies/mcp/wait/answer-switch.ts";
import { taskSink } from "#/proxies/mcp/wait/held-tasks.ts";
import { beginTask } from "#/proxies/mcp/wait/tasks.ts";
import { inputRequired } from "#/proxies/mcp/wait/url-wait.ts";
import { type Wait, waitLimit, waitOf } from "#/proxies/mcp/wait/wait.ts";
import { rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { errorText } from "#/proxies/mcp/wire/reply.ts";
import { CallAttempt } from "./attempt.ts";
import { editedRun } from "./edited-run.ts";
import type { ReadCall } from "./read-call.ts";
import { runCall } from "./run-call.ts";
import type { ToldBefore } from "./told-before.ts";
import { noteWaiting, whyNotAsked } from "./variants.ts";

/** How long a call under way may take to end once its client was sent away. */
const drainMs = 30_000;

export interface CallAnswer {
  readonly to: AnswerSwitch;
  readonly told: ToldBefore;
  readonly answer: (refusal: Refusal) => void;
}

export async function decideCall(
  read: ReadCall,
  { to, told, answer }: CallAnswer,
  context: RequestContext,
): Promise<void> {
  const { session, enforcement, client } = context;
  const { request } = read;
  const wait = waitOf(request, read.method === "tools/call", context);
  const stopped = new AbortController();
  /** The server may have seen it, and a cancel is for that. */
  let isOut = false;
  const onSent = () => {
    isOut = true;
  };
  const attempt = attemptOf(read, { wait, to, told, stopped, answer, onSent }, context);
  const done = Promise.withResolvers<void>();
  let stopClock = () => {};
  const leave = (departure: Departure) => {
    if (!attempt.isSent) told.leave(done.promise);
    attempt.giveUp(departure);
    if (departure === "cancelled") {
      to.message(401, errorText(request.id, rpcCodes.invalidRequest, tokenReplaced));
      // Nobody hears the rest, but what comes of it is on record.
      to.switchTo(taskSink(() => {}));
      stopClock = enforcement.clock.after(drainMs, () => stopped.abort());
    } else if (context.isStateless) {
      stopped.abort();
    }
  };
  client.whenLeft(leave);
  const forget = noteRunning(session, request.id, () => {
    if (isOut) return false;
    attempt.giveUp("cancelled");
    stopped.abort();
    return true;
  });
  try {
    const enforced = await enforce(attempt, enforcement);
    endProgress(wait);
    const refusal = enforced.kind === "refused" ? enforced.refusal : null;
    told.remember(refusal);
    if (refusal === null) return;
    const page = wait.kind === "url" ? pageText(refusal, read, context) : null;
    if (page === null) answer(refusal);
    else to.message(200, page);
  } finally {
    done.resolve();
    stopClock();
    endProgress(wait);
    forget();
  }
}

interface Going {
  readonly wait: Wait;
  readonly to: AnswerSwitch;
  readonly told: ToldBefore;
  readonly stopped: AbortController;
  readonly answer: CallAnswer["answer"];
  readonly onSent: () => void;
}

function attemptOf(
  read: ReadCall,
  { wait, to, told, stopped, answer, onSent }: Going,
  context: RequestContext,
): CallAttempt {
  const { request, body, method, name, known, back } = read;
  const { connection, enforcement } = context;
  const { clock, reviewUrl } = enforcement;
  const knownNow = () => connection.tools.known(method, name);
  const stop = () => {
    attempt.giveUp("cancelled");
    stopped.abort();
  };
  const onHeld = (review: Review, news: Told) => {
    noteWaiting(`${method} ${name}`, review.id, context);
    if (wait.kind === "progress") wait.progress.tell(review, news);
    if (wait.kind === "task") beginTask(review, { request, to, stop, context });
    // The page is shown at once; whoever comes back from it waits.
    if (wait.kind === "url" && back === null) attempt.giveUp("detached");
  };
  /** However long it took until its server could be asked. */
  const goOut = () => {
    if (knownNow().definition !== "rejected") return onSent();
    const code = "mcp.definition_rejected";
    throw new GatewayError(code, errorCodes[code], { details: { sent: false } });
  };
  const attempt = new CallAttempt({
    action: read.action,
    caller: newCaller(clock.now()),
    fingerprint: () => knownNow().fingerprint,
    callee: () => calleeOf(knownNow()),
    saidBefore: (joinKey) => saidBefore(read, { told, joinKey }, context),
    waitLimit: waitLimit(wait),
    onHeld,
    edited: (edit) => editCall(edit, knownNow().inputSchema, connection.faultsOf),
    overridden: (review) => editedRun(request, review, reviewUrl(review.id), known.mirrored),
    run(masks, edit) {
      endProgress(wait);
      const { outputSchema, mirrored } = known;
      const { signal } = stopped;
      const sending = { onSent: goOut, to, stopped: signal };
      const running = { request, body, edit, mirrored, outputSchema, ...sending };
      const pinned = pinUsed(read, context);
      if (pinned === null) return runCall(masks, running, context);
      return pinned.then(() => runCall(masks, running, context));
    },
    onUnsent: ({ code, message }) => {
      if (code === "mcp.definition_rejected") return answer(definitionRejected());
      const text = `${message} Nothing was done. Try again later.`;
      to.message(502, errorText(request.id, rpcCodes.internalError, text));
    },
  });
  return attempt;
}

/** A person has denied the same call a while ago, or variants of it: that is said, and nobody is asked. */
async function saidBefore(
  { method, name }: ReadCall,
  { told, joinKey }: { readonly told: ToldBefore; readonly joinKey: string },
  context: RequestContext,
): Promise<SaidBefore | null> {
  const denial = await told.denial(joinKey);
  if (denial !== null) {
    return { refusal: denial, why: "A person denied the same call a while ago." };
  }
  const many = told.hasReview ? null : await whyNotAsked(`${method} ${name}`, context);
  return many && { refusal: many, why: "Too many variants of this call were tried." };
}

/** Null where its person has declined to see the page, or there is none to see. */
function pageText(
  { code, review, url }: Refusal,
  { request: { id }, of, back }: ReadCall,
  { states }: RequestContext,
): string | null {
  if (code !== "pending_review" || review === null || url === null) return null;
  if (back?.isDeclined === true) return null;
  return inputRequired(id, url, states.seal({ ...of, ticket: review }));
}

/** On record before the server sees the call; null where it is. */
function pinUsed(
  { method, name, known }: ReadCall,
  { connection: { tools } }: RequestContext,
): Promise<void> | null {
  const pinned = method === "tools/call" ? tools.used(name, known.fingerprint) : null;
  if (pinned === null) return null;
  return pinned.catch((cause: unknown) => {
    const code = "audit.recording_failed";
    throw new GatewayError(code, errorCodes[code], { cause, details: { sent: false } });
  });
}

function endProgress(wait: Wait): void {
  if (wait.kind === "progress") wait.progress.stop();
}
