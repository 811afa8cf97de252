/** How a session ends: what is under way comes to its end, or on record, before the last is said. */
import type { Socket } from "node:net";
import type { GatewayError } from "#/core/errors.ts";
import { upstreamUnreachable } from "#/enforcement/refusals.ts";
import { wasCancelled } from "#/proxies/postgres/dialogue/own-exchange.ts";
import { fatalError, refusalError, sessionError } from "#/proxies/postgres/present.ts";
import { closeUpstream } from "#/proxies/postgres/upstream/upstream.ts";
import type { SessionContext } from "./context.ts";
import type { SessionParts } from "./parts.ts";

/** How long a statement under way may take to end once its client is gone. */
const drainMs = 30_000;

/** What runs is given time to end, so that its outcome is known; then the upstream's session is closed. */
export async function drain(context: SessionContext, parts: SessionParts): Promise<void> {
  const { clock, upstream, onEnd } = context;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = clock.after(drainMs, resolve);
  await Promise.race([finished(parts), promise]);
  stop();
  parts.awaited.giveUp();
  parts.progress.lost(new Error("the client left"));
  closeUpstream(upstream.socket);
  upstream.socket.destroySoon();
  onEnd();
  // Who stops the gateway waits until what was under way is on record.
  await parts.proposer.concluded();
}

async function finished({ dialogue, progress }: SessionParts): Promise<void> {
  await dialogue.settled();
  await progress.finished();
  await dialogue.settled();
}

/** The last word is on the statement that was under way, once its outcome is on record. */
export async function takeLeave(
  failure: GatewayError,
  context: SessionContext,
  parts: SessionParts,
  { client, hasBegun }: { readonly client: Socket; readonly hasBegun: boolean },
): Promise<void> {
  const told = outcomeFailures.includes(failure.code) || failure.code.startsWith("upstream.");
  const concluded = told ? await parts.proposer.concluded() : null;
  // In the midst of a message, such as a row, an error would be read as the rest of it: then the connection just ends.
  if (parts.dialogue.inMessage) client.end();
  else if (concluded !== null) client.end(refusalError(concluded, "FATAL"));
  else client.end(lastWord(failure, { hasBegun, farewell: parts.dialogue.farewell }));
  context.onEnd();
}

/** Of what nothing is left to say but that it is over. */
function lastWord(
  failure: GatewayError,
  { hasBegun, farewell }: { readonly hasBegun: boolean; readonly farewell: Buffer | null },
): Buffer {
  // One that never came to be was not lost: it could not be had.
  if (failure.code !== "upstream.unreachable" || !hasBegun) return fatalError(failure);
  if (wasCancelled(failure)) return questionCancelled;
  return farewell ?? refusalError(upstreamUnreachable(), "FATAL");
}

const questionCancelled = sessionError(
  "FATAL",
  "57014",
  "A question of the gateway's own was stopped by the session's statement_timeout, or a cancel request; set a longer one.",
);

/** Failures of which the statement under way tells more than the failure itself. */
const outcomeFailures: readonly string[] = ["audit.recording_failed", "postgres.upstream_protocol"];
