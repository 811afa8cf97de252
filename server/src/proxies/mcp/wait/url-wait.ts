/** A call that waits, told to a client that shows its person a page: the review's own, and the same call again afterwards. */

import { memberOf, textOf } from "#/proxies/mcp/json/json-value.ts";
import { type Request, rewritten } from "#/proxies/mcp/wire/codec.ts";
import { resultText } from "#/proxies/mcp/wire/reply.ts";
import { isOwnState } from "#/proxies/mcp/wire/request-state.ts";

/** Under which the gateway asks, and no server. */
export const inputKey = "countersign";

/** Without what only the gateway asked for; null where it brings none of that. */
export function withoutOwnState(request: Request): {
  readonly request: Request;
  readonly body: Buffer;
  readonly state: string;
  readonly isDeclined: boolean;
} | null {
  const { params, text } = request;
  const state = textOf(memberOf(params, "requestState"));
  if (params === null || state === null || !isOwnState(state)) return null;
  const input = memberOf(memberOf(params, "inputResponses"), inputKey);
  const kept = params.members
    .filter(({ key }) => key !== "requestState" && key !== "inputResponses")
    .map(({ key, value }) => `${JSON.stringify(key)}:${text.slice(value.start, value.end)}`);
  const written = `${text.slice(0, params.start)}{${kept.join()}}${text.slice(params.end)}`;
  const isDeclined = textOf(memberOf(input, "action")) !== "accept";
  return { ...rewritten(request, written), state, isDeclined };
}

/** A server's own, which would be lost if the gateway put its own in place of it. */
export function bringsServersState({ params }: Request): boolean {
  return memberOf(params, "requestState") !== null || memberOf(params, "inputResponses") !== null;
}

export function inputRequired(id: string, url: string, state: string): string {
  const message =
    "This call waits for a person's approval. The page shows what would happen, and who can approve it.";
  const params = { mode: "url", url, message };
  return resultText(id, {
    resultType: "input_required",
    inputRequests: { [inputKey]: { method: "elicitation/create", params } },
    requestState: state,
  });
}
