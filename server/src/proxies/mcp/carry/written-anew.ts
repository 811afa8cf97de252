/**
 * What is carried without a decision, in the gateway's own spelling. Guarantees that nothing of it is an agent's own text but what
 * `taken.ts`, `cursors.ts` and the few wordings of `wordings.ts` let pass.
 */
import type { Json } from "#/core/json.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import type { JsonNode, JsonObject } from "#/proxies/mcp/json/json-node.ts";
import { memberOf, textOf } from "#/proxies/mcp/json/json-value.ts";
import { MessageProblem, type Request, type RpcId, rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { anySelf, plainSelf, type Self } from "#/proxies/mcp/wire/plain-self.ts";
import { isPlainInteger, isTransport, selfKeys } from "#/proxies/mcp/wire/transport-meta.ts";

type Teller = Pick<RequestContext, "session" | "sessions" | "enforcement">;

/** Under the id by which its server is asked. Throws a `MessageProblem`. */
export function writtenAnew(request: Request, asked: RpcId, teller: Teller): Buffer {
  const { method, params } = request;
  const said =
    params === null ? "" : `,"params":${JSON.stringify(paramsOf(request, params, teller))}`;
  return Buffer.from(`{"jsonrpc":"2.0","id":${asked},"method":"${method}"${said}}`);
}

function paramsOf(request: Request, params: JsonObject, teller: Teller): Json {
  const meta = memberOf(params, "_meta");
  const _meta = meta?.kind === "object" ? { _meta: plainMeta(meta, teller) } : {};
  if (request.method === "initialize") return { ...beginningOf(request, params, teller), ..._meta };
  const texts = ["cursor", "level"].flatMap((key) => {
    const text = textOf(memberOf(params, key));
    return text === null ? [] : [[key, text] as const];
  });
  return { ...Object.fromEntries(texts), ..._meta };
}

const revisionForm = /^20\d\d-[01]\d-[0-3]\d$/;
/** Drafts' names have words in them, so they are counted as a description is. */
const draftForm = /^[\w.-]{1,16}$/;

function isRevision(name: string, { session, sessions, enforcement }: Teller): boolean {
  if (revisionForm.test(name)) return true;
  const { selves } = sessions.shared(session.agent, session.connection);
  return draftForm.test(name) && selves.admit(JSON.stringify(name), enforcement.clock.now());
}

function beginningOf({ id }: Request, params: JsonObject, teller: Teller): Record<string, Json> {
  const version = memberOf(params, "protocolVersion");
  if (version !== null && !isRevision(textOf(version) ?? "", teller)) {
    const message = '"protocolVersion" is the name of a revision.';
    throw new MessageProblem(rpcCodes.invalidParams, message, { id });
  }
  const self = selfOf(memberOf(params, "clientInfo"), memberOf(params, "capabilities"), teller);
  return {
    ...(version === null ? {} : { protocolVersion: textOf(version) }),
    ...(self.capabilities === null ? {} : { capabilities: self.capabilities }),
    ...(self.info === null ? {} : { clientInfo: self.info }),
  };
}

const own = "io.modelcontextprotocol";
/** Whose form is all that they can be. */
const keptKeys = [`${own}/protocolVersion`, `${own}/logLevel`] as const;

/** Also for what the gateway asks in its name: what it needs to say how to answer. */
export function plainMeta(meta: JsonObject, teller: Teller): Record<string, Json> {
  const kept = keptKeys.flatMap((key) => {
    const value = memberOf(meta, key);
    return value !== null && isTransport(key, value) ? [[key, textOf(value)] as const] : [];
  });
  const token = memberOf(meta, "progressToken");
  const isNumber = token?.kind === "number" && isPlainInteger(token);
  const self = selfOf(memberOf(meta, selfKeys.info), memberOf(meta, selfKeys.capabilities), teller);
  return {
    ...(isNumber && token.value >= 0 && token.value < tokenMax
      ? { progressToken: token.value }
      : {}),
    ...Object.fromEntries(kept),
    ...(self.info === null ? {} : { [selfKeys.info]: self.info }),
    ...(self.capabilities === null ? {} : { [selfKeys.capabilities]: self.capabilities }),
  };
}

/** As of ids: a larger number has room for words. Without its token nobody is told of progress. */
const tokenMax = 1_000_000;

function selfOf(
  info: JsonNode | null,
  capabilities: JsonNode | null,
  { session, sessions, enforcement }: Teller,
): Self {
  const self = plainSelf(info, capabilities);
  if (self.info === null && self.capabilities === null) return self;
  const { selves } = sessions.shared(session.agent, session.connection);
  const isAdmitted = selves.admit(JSON.stringify(self), enforcement.clock.now());
  return isAdmitted ? self : anySelf(info, capabilities);
}
