/**
 * What a request takes that is carried without a decision. Guarantees that nothing more reaches its server: nobody decides on it, and a
 * server that works together with an agent would read there whatever that writes.
 */

import { memberOf, textOf } from "#/proxies/mcp/json/json-value.ts";
import { MessageProblem, type Request, rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { logLevel } from "#/proxies/mcp/wire/plain-self.ts";

const ofList: ReadonlySet<string> = new Set(["_meta", "cursor"]);
const metaAlone: ReadonlySet<string> = new Set(["_meta"]);

/** What asks about one thing is decided on as that (`asks-about.ts`), and a client describes itself as it likes. */
const takenBy: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["logging/setLevel", new Set(["_meta", "level"])],
  ["ping", metaAlone],
  ["prompts/list", ofList],
  ["resources/list", ofList],
  ["resources/templates/list", ofList],
  ["server/discover", metaAlone],
  ["tools/list", ofList],
]);

/** Throws a `MessageProblem`. */
export function checkTaken({ method, params, id }: Request): void {
  const taken = takenBy.get(method);
  if (taken === undefined || params === null) return;
  const isMore = params.members.some(({ key }) => !taken.has(key));
  const said = memberOf(params, "level");
  const isNoLevel = said !== null && !logLevel.test(textOf(said) ?? "");
  if (!isMore && !isNoLevel) return;
  const message = "It takes nothing of the kind. Nothing was sent.";
  throw new MessageProblem(rpcCodes.invalidParams, message, { id });
}
