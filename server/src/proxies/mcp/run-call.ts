/** A call that may run, or what runs in its place: sent, and its answer passed on under the masks of its decision. */

import { asGatewayError } from "#/core/errors.ts";
import type { Mask } from "#/core/obligation.ts";
import { type AnswerMaskerSource, maskerFor } from "./answer-masks.ts";
import { askUpstream } from "./ask-upstream.ts";
import type { RunAnswer } from "./attempt.ts";
import type { AnswerSink } from "./client-answer.ts";
import type { Request } from "./codec.ts";
import type { RequestContext } from "./context.ts";
import type { EditedRun } from "./edited-run.ts";
import { notAllowedInput } from "./input-required.ts";
import type { MirroredParameter } from "./mirrored-parameters.ts";
import { relay } from "./relay.ts";
import { errorText, refusedCode } from "./reply.ts";
import { onServerAsks } from "./server-asks.ts";
import { addSessionMasks } from "./session-masks.ts";
import { tellEventId } from "./sessions.ts";

export interface RunningCall extends Pick<AnswerMaskerSource, "outputSchema"> {
  readonly request: Request;
  readonly body: Uint8Array;
  readonly edit: EditedRun | null;
  readonly mirrored: readonly MirroredParameter[];
  readonly to: AnswerSink;
  /** Aborted where its client has cancelled it. */
  readonly stopped: AbortSignal;
}

export async function runCall(
  masks: readonly Mask[],
  { request, body, edit, mirrored, to, stopped, outputSchema }: RunningCall,
  context: RequestContext,
): Promise<RunAnswer> {
  const { connection, session } = context;
  const { allow, listing } = connection;
  const { id } = request;
  await addSessionMasks(masks, context);
  const masker = await maskerFor({ masks, outputSchema, session }, connection);
  const answer = await askUpstream(context, {
    method: "POST",
    body: edit?.body ?? body,
    signal: stopped,
    mirrored,
    changed: edit?.changed,
  });
  const answered = await relay(answer, {
    client: to,
    clock: context.enforcement.clock,
    id,
    canResume: !context.isStateless && masks.length === 0,
    onEventId: (event) => tellEventId(context.session, event),
    masker,
    note: edit?.note,
    onChanged: () => {
      listing.at = null;
    },
    onAsked: onServerAsks(context),
    onResult: (message, result) => notAllowedInput(message, result, { id, masks, allow }),
    withheld: (of) => errorText(of, refusedCode, withheldText),
  }).catch((cause: unknown) => {
    throw asGatewayError(cause, "The answer could not be passed on.");
  });
  return { answered, masked: masker.counts() };
}

const withheldText =
  "It ran. Its answer can't be looked through for what a rule masks, so it is withheld.";
