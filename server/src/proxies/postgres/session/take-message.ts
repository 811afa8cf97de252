/** One message of the client's, handed to the protocol that it belongs to. */
import type { Received } from "#/proxies/postgres/wire/inbox.ts";
import type { ExtendedQuery } from "./extended/extended-query.ts";
import type { MaybeLater } from "./maybe-later.ts";
import type { SessionParts } from "./parts.ts";
import { takeFunctionCall, takeQuery } from "./simple-query.ts";

export function takeMessage(
  parts: SessionParts,
  extended: ExtendedQuery,
  received: Received,
  onTerminate: () => void,
): MaybeLater {
  const { message, bytes } = received;
  switch (message.kind) {
    case "query":
      return takeQuery(parts, extended, { sql: message.sql, bytes });
    case "parse":
      return extended.parse(message, received);
    case "bind":
      return extended.bind(message, received);
    case "describe":
      return extended.describe(message, received);
    case "execute":
      return extended.execute(message, received);
    case "close":
      return extended.close(message, received);
    case "sync":
      return extended.sync(received);
    case "flush":
      return extended.flush(received);
    case "function_call":
      return takeFunctionCall(parts, extended);
    case "terminate":
      onTerminate();
      return undefined;
    case "copy_data":
    case "copy_done":
    case "copy_fail":
    case "sign_in":
      // As the server: what belongs to a COPY that was refused, or has failed, is ignored.
      return undefined;
  }
}
