/** A question to Cedar about one action, and what its answer speaks of. */
import assert from "node:assert/strict";
import { type AuthorizationAnswer, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import type { PolicyInput } from "#/core/decision.ts";
import type { Verb } from "#/core/verb.ts";
import { type Context, contextOf } from "./context.ts";
import type { LoadedPolicy, PolicySet } from "./load.ts";
import {
  actionType,
  connectionType,
  environmentType,
  groupType,
  principalTypes,
} from "./schema.ts";

export type Request = Omit<Parameters<typeof statefulIsAuthorized>[0], "action">;

/** `args` are those that the set names, as far as they fit. */
export function toRequest(
  set: PolicySet,
  { principal, resource, facts, labels = [] }: PolicyInput,
  args: Context,
): Request {
  const agent = { type: principalTypes[principal.kind], id: principal.name };
  const connection = { type: connectionType, id: resource.connection };
  return {
    principal: agent,
    resource: connection,
    context: contextOf({ facts, resource, labels }, set.arguments.length === 0 ? null : args),
    entities: [
      {
        uid: agent,
        attrs: {},
        parents: principal.groups.map((group) => ({ type: groupType, id: group })),
      },
      {
        uid: connection,
        attrs: { name: resource.connection, kind: resource.kind },
        tags: resource.labels,
        parents: [{ type: environmentType, id: resource.environment }],
      },
    ],
    preparsedPolicySetId: set.name,
    preparsedSchemaName: set.schema,
    // A question that does not fit the schema is an error, never a policy that happens not to match.
    validateRequest: true,
  };
}

export function ask(request: Request, verb: Verb): AuthorizationAnswer {
  return statefulIsAuthorized({ ...request, action: { type: actionType, id: verb } });
}

export function policyOf(set: PolicySet, id: string): LoadedPolicy {
  const policy = set.policies.get(id);
  assert(policy !== undefined, "Cedar knows a policy that the set does not have");
  return policy;
}
