/**
 * What is asked about one prompt or resource, and carries an agent's own words to its server: completions, subscriptions. It is
 * permitted where the prompt or resource itself is, at once; nobody is asked about it.
 *
 * Guarantees that no rule about a prompt, a resource or their arguments is got round by asking about them, and that it is on record
 * before the server sees it.
 */
import type { Action } from "#/core/action.ts";
import type { JsonObject, McpMethod } from "#/core/facts.ts";
import type { Json } from "#/core/json.ts";
import type { Mask } from "#/core/obligation.ts";
import type { Refusal } from "#/core/refusal.ts";
import { decide } from "#/enforcement/decide.ts";
import { refuse } from "#/enforcement/enforce.ts";
import { recordAllowed } from "#/enforcement/record-own.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { textIn } from "#/proxies/mcp/edit/call-text.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { memberOf, objectOf, textOf } from "#/proxies/mcp/json/json-value.ts";
import { actionAbout } from "#/proxies/mcp/to-action.ts";
import { whyNotCallable } from "#/proxies/mcp/wire/called-name.ts";
import { MessageProblem, type Request, rpcCodes } from "#/proxies/mcp/wire/codec.ts";

/** Decided on as what they are about; all of their text is on record. */
export function isAbout(method: string): boolean {
  return aboutMethods.has(method);
}

const aboutMethods: ReadonlySet<string> = new Set([
  "completion/complete",
  "resources/subscribe",
  "resources/unsubscribe",
  "subscriptions/listen",
]);

/** Prompts and resources of one message. */
const aboutMax = 64;

export type Carrying =
  | { readonly kind: "carried"; readonly masks: readonly Mask[] }
  | { readonly kind: "refused"; readonly refusal: Refusal };

interface About {
  readonly method: McpMethod;
  readonly name: string;
  readonly arguments: JsonObject;
}

/** Throws a `MessageProblem`. */
export async function decideAbout(request: Request, context: RequestContext): Promise<Carrying> {
  const all = aboutOf(request);
  if (all.length > aboutMax) throw invalid(`It asks about more than ${aboutMax} things.`, request);
  const masks: Mask[] = [];
  for (const about of all) {
    const why = whyNotCallable(about.method, about.name);
    if (why !== null) throw invalid(why, request);
    const action = actionOf(request, about, context);
    const decision = decide(action, context.enforcement);
    if (decision.effect === "allow") {
      await recordAllowed(action, decision, context.enforcement);
      masks.push(...decision.obligations.masks);
      continue;
    }
    const asked = decision.effect === "review" ? notAsked : undefined;
    const refused = await refuse(action, notAsked.message, context.enforcement, asked);
    if (refused.kind === "refused") return { kind: "refused", refusal: refused.refusal };
  }
  return { kind: "carried", masks };
}

const notAsked: Refusal = {
  code: "denied_by_policy",
  message:
    "People are asked about this prompt or resource, and about nothing that only asks about it. Nothing was done.",
  reason: null,
  review: null,
  url: null,
  retry: "never",
};

function actionOf(request: Request, about: About, context: RequestContext): Action {
  const { connection, principal, session, enforcement } = context;
  const { params, method, text } = request;
  const { resource } = connection;
  const asked = params === null ? "{}" : textIn(params, text);
  const command = `{"method":${JSON.stringify(method)},"params":${asked}}`;
  const named = { ...about, command, principal, resource, session: session.id };
  return actionAbout(named, enforcement.clock.now());
}

/** Empty of every other message. */
function aboutOf(request: Request): readonly About[] {
  const { method, params } = request;
  switch (method) {
    case "completion/complete": {
      const ref = memberOf(params, "ref");
      const uri = textOf(memberOf(ref, "uri"));
      const name = uri ?? textOf(memberOf(ref, "name"));
      if (name === null) throw invalid("It does not say what is completed.", request);
      return [
        {
          method: uri === null ? "prompts/get" : "resources/read",
          name,
          arguments: completed(params, request),
        },
      ];
    }
    case "resources/subscribe":
    case "resources/unsubscribe": {
      const named = memberOf(params, "uri");
      // It is about nothing, which its server may say.
      return named === null ? [] : [read(uriOf(named, request))];
    }
    case "subscriptions/listen": {
      const wanted = memberOf(memberOf(params, "notifications"), "resourceSubscriptions");
      const items = wanted?.kind === "array" ? wanted.items : [];
      return items.map((item) => read(uriOf(item, request)));
    }
    default:
      return [];
  }
}

function uriOf(node: JsonNode, request: Request): string {
  const uri = textOf(node);
  if (uri !== null) return uri;
  throw invalid("It does not say which resource is meant.", request);
}

function read(uri: string): About {
  return { method: "resources/read", name: uri, arguments: {} };
}

/** As the prompt would be got with them. */
function completed(params: JsonNode | null, request: Request): JsonObject {
  const context = memberOf(memberOf(params, "context"), "arguments");
  const given = context?.kind === "object" ? objectOf(context) : {};
  const argument = memberOf(params, "argument");
  const name = textOf(memberOf(argument, "name"));
  if (name === null) return given;
  const value: Json = textOf(memberOf(argument, "value"));
  // Rules see one value of an argument, so the server must not see two.
  if (Object.hasOwn(given, name) && given[name] !== value) {
    throw invalid("The argument that is completed has another value in its context.", request);
  }
  return { ...given, [name]: value };
}

function invalid(message: string, { id }: Request): MessageProblem {
  return new MessageProblem(rpcCodes.invalidParams, message, { id });
}
