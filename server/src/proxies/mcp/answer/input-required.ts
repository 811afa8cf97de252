/** Answers that are none yet: a server that asks for more (2026-07-28, "Multi Round-Trip Requests"), or that goes on by itself. */
import type { Mask } from "#/core/obligation.ts";
import type { McpConnection } from "#/proxies/mcp/connection.ts";
import { plainText } from "#/proxies/mcp/definitions/plain-text.ts";
import type { Place, ShallowObject } from "#/proxies/mcp/json/shallow.ts";
import { plainAsk } from "#/proxies/mcp/masked/asked-text.ts";
import { asks } from "#/proxies/mcp/methods.ts";
import { inputKey } from "#/proxies/mcp/wait/url-wait.ts";
import type { RpcId } from "#/proxies/mcp/wire/codec.ts";
import { errorText, refusedCode } from "#/proxies/mcp/wire/reply.ts";
import { isOwnState } from "#/proxies/mcp/wire/request-state.ts";
import { isAllowed } from "./server-asks.ts";

/** What is said in place of a result that may not pass; null where it may. */
export function notAllowedInput(
  message: Buffer,
  { text, members }: ShallowObject,
  { id, masks, allow }: { id: RpcId; masks: readonly Mask[]; allow: McpConnection["allow"] },
): Buffer | null {
  // Its keys stand twice or are spelled with escapes: a client may read in them what is not seen here.
  if (members === null) return Buffer.from(errorText(id, refusedCode, twofold));
  if (claimsToBeOwn(text, members)) return Buffer.from(errorText(id, refusedCode, pretended));
  const requests = members.get("inputRequests");
  if (
    requests !== undefined &&
    !areAllowed(message.subarray(requests.start, requests.end), allow)
  ) {
    return Buffer.from(errorText(id, refusedCode, notAllowed));
  }
  // What comes of a task comes under another request, of which nothing says what masks it had.
  if (masks.length > 0 && (members.has("taskId") || members.has("task"))) {
    return Buffer.from(errorText(id, refusedCode, asTask));
  }
  return null;
}

/** Under the key and the state by which the gateway asks for a look at a review. */
function claimsToBeOwn(text: string, members: ReadonlyMap<string, Place>): boolean {
  const requests = members.get("inputRequests");
  const state = members.get("requestState");
  const asked = requests === undefined ? null : parsed(text, requests);
  const keys = typeof asked === "object" && asked !== null ? Object.keys(asked) : [];
  const said = state === undefined ? null : parsed(text, state);
  return (
    keys.some((key) => plainText(key).startsWith(inputKey)) ||
    (typeof said === "string" && isOwnState(said))
  );
}

function parsed(text: string, { start, end }: Place): unknown {
  try {
    return JSON.parse(text.slice(start, end));
  } catch {
    return null;
  }
}

const pretended =
  "The tool server's answer pretends to be the gateway's, so it is withheld. Tell the person whom you work for.";
const notAllowed =
  "The tool server asks for something of the client that this connection does not allow. Tell the person whom you work for.";
const twofold =
  "The tool server's answer can be read in two ways, so it is withheld. Tell the person whom you work for.";
const asTask =
  "A rule masks values in this answer, and the tool server gives it as a task, which can't be masked. Call it without one.";

function areAllowed(bytes: Buffer, allow: McpConnection["allow"]): boolean {
  try {
    const requests = Object.values(JSON.parse(bytes.toString("utf8")) as object) as unknown[];
    return requests.every((request) => {
      const method: unknown =
        typeof request === "object" && request !== null ? Reflect.get(request, "method") : null;
      if (typeof method !== "string" || !isAllowed(method, allow)) return false;
      const message = Buffer.from(JSON.stringify(request));
      return !Object.hasOwn(asks, method) || plainAsk(method, message) === message;
    });
  } catch {
    return false;
  }
}
