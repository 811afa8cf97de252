/** A call that may run, or what runs in its place: sent, and its answer passed on under the masks of its decision. */

import { asGatewayError, errorCodes, GatewayError } from "#/core/errors.ts";
import type { Mask } from "#/core/obligation.ts";
import { type AnswerMaskerSource, maskerFor } from "#/proxies/mcp/answer/answer-masks.ts";
import { notAllowedInput } from "#/proxies/mcp/answer/input-required.ts";
import { relay } from "#/proxies/mcp/answer/relay.ts";
import { onServerAsks } from "#/proxies/mcp/answer/server-asks.ts";
import { addSessionMasks } from "#/proxies/mcp/answer/session-masks.ts";
import { askUpstream } from "#/proxies/mcp/ask-upstream.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { tellEventId } from "#/proxies/mcp/sessions.ts";
import { withAskedId } from "#/proxies/mcp/wire/asked-ids.ts";
import type { AnswerSink } from "#/proxies/mcp/wire/client-answer.ts";
import type { Request } from "#/proxies/mcp/wire/codec.ts";
import type { MirroredParameter } from "#/proxies/mcp/wire/mirrored-parameters.ts";
import { errorText, refusedCode } from "#/proxies/mcp/wire/reply.ts";
import type { RunAnswer } from "./attempt.ts";
import type { EditedRun } from "./edited-run.ts";

export interface RunningCall extends Pick<AnswerMaskerSource, "outputSchema"> {
  readonly request: Request;
  readonly body: Uint8Array;
  readonly edit: EditedRun | null;
  readonly mirrored: readonly MirroredParameter[];
  readonly to: AnswerSink;
  /** Aborted where its client has cancelled it. */
  readonly stopped: AbortSignal;
  /** It goes out now, unless this throws. */
  readonly onSent: () => void;
}

export async function runCall(
  masks: readonly Mask[],
  { request, body, edit, mirrored, to, stopped, outputSchema, onSent }: RunningCall,
  context: RequestContext,
): Promise<RunAnswer> {
  const { connection, session, principal, enforcement } = context;
  const { allow, listing } = connection;
  const { id } = request;
  await addSessionMasks(masks, context);
  const masker = await maskerFor({ masks, outputSchema, session }, connection);
  const askedId = session.askedIds.under(id);
  const sent = edit?.body ?? body;
  const answer = await askUpstream(context, {
    method: "POST",
    onSent,
    body: askedId === id ? sent : withAskedId(sent, askedId),
    signal: stopped,
    mirrored,
    changed: edit?.changed,
  });
  const answered = await relay(answer, {
    client: to,
    clock: enforcement.clock,
    id,
    askedId,
    askedIds: session.askedIds,
    canResume: !context.isStateless && masks.length === 0,
    onEventId: (event) => tellEventId(context.session, event),
    masker,
    onPassing:
      masks.length === 0
        ? undefined
        : () => keptFirst(enforcement.labels.takeMasked(principal, masker.counts())),
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

/** The call has been sent by now. */
function keptFirst(kept: Promise<void> | null): Promise<void> | null {
  return (
    kept?.catch((cause: unknown) => {
      const code = "audit.recording_failed";
      throw new GatewayError(code, errorCodes[code], { cause });
    }) ?? null
  );
}

const withheldText =
  "It ran. Its answer can't be looked through for what a rule masks, so it is withheld.";
