/** What kind of body a message may come in. */
import type { IncomingMessage } from "node:http";
import { MessageProblem, rpcCodes } from "#/proxies/mcp/wire/codec.ts";

/** JSON is UTF-8 (RFC 8259 §8.1); whoever reads it by another character set reads another message. */
function isJson(contentType: string): boolean {
  const [type, ...parameters] = contentType.split(";").map((part) => part.trim().toLowerCase());
  return (
    type === "application/json" && parameters.every((each) => !charset.test(each) || utf8.has(each))
  );
}

const charset = /^charset\b/;
const utf8: ReadonlySet<string> = new Set(["charset=utf-8", 'charset="utf-8"', "charset=utf8"]);

export function checkType({ headers }: IncomingMessage): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (isJson(headers["content-type"] ?? "") && encoding.toLowerCase() === "identity") return;
  throw new MessageProblem(rpcCodes.invalidRequest, "A message is application/json, as it is.", {
    status: 415,
  });
}
