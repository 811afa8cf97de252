/** How a client that waits is told so: by progress on its own stream, where it has asked for progress and takes a stream. */
import type { Told } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { memberOf } from "#/proxies/mcp/json/json-value.ts";
import type { Request } from "#/proxies/mcp/wire/codec.ts";

const progressEveryMs = 10_000;
/** Far below what a server counts, whose own progress has to be more than what came before. */
const progressStep = 1e-6;

export interface WaitProgress {
  tell(review: Review, told: Told): void;
  /** Nobody is waited for any more. */
  stop(): void;
}

/** Null where the client can't be told. */
export function progressFor(request: Request, context: RequestContext): WaitProgress | null {
  const { client, headers, enforcement } = context;
  const token = memberOf(memberOf(request.params, "_meta"), "progressToken");
  const takesStream = String(headers["accept"] ?? "").includes("text/event-stream");
  if (!takesStream || (token?.kind !== "string" && token?.kind !== "number")) return null;
  const written = request.text.slice(token.start, token.end);
  let count = 0;
  let stopClock: (() => void) | null = null;
  let text = "";
  const say = () => {
    count += 1;
    const progress = (count * progressStep).toFixed(6);
    const message = JSON.stringify(text);
    const params = `{"progressToken":${written},"progress":${progress},"message":${message}}`;
    const notification = `{"jsonrpc":"2.0","method":"notifications/progress","params":${params}}`;
    // A client that does not read is not told more often for it: what is written is small, and ends with the wait.
    void client.event({ id: null, retryMs: null, data: Buffer.from(notification) });
    stopClock = enforcement.clock.after(progressEveryMs, say);
  };
  return {
    tell(review, told) {
      stopClock?.();
      text = waitText(review, told, enforcement.reviewUrl(review.id));
      say();
    },
    stop() {
      stopClock?.();
      stopClock = null;
    },
  };
}

function waitText({ id }: Review, { news, missing, leftMs }: Told, url: string): string {
  const whom = missing.map(({ group, needed }) => `${needed} of ${group}`).join(" and ");
  const minutes = Math.max(1, Math.round(leftMs / 60_000));
  const said = news === null ? "" : `${news} `;
  return `${said}Waits for ${whom === "" ? "a person" : whom} (review ${id}, for ${minutes} min at most): ${url}`;
}
