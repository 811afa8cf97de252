/**
 * What the log says of an action: which facts go into the leaf for ever, and which into the payload that
 * can be erased. A leaf names digests, rules and opaque ids; commands, values and words are payload.
 */
import { type Action, type LoadedData, placeOf } from "#/core/action.ts";
import { type Decision, gatewayPolicy, type Reason } from "#/core/decision.ts";
import type { McpFacts, SqlFacts } from "#/core/facts.ts";
import type { ActionId, Digest, ReviewId } from "#/core/ids.ts";
import type { Json } from "#/core/json.ts";
import type { Obligations } from "#/core/obligation.ts";
import type { RecordDraft, RecordType } from "#/core/record.ts";
import { spellMasks } from "./recorded-masks.ts";

/** `action.allowed`, `action.denied` or `action.held`, with everything that the digest was taken over. */
export function actionRecord(
  action: Action,
  digest: Digest,
  decision: Decision,
  review: ReviewId | null,
  at: number,
): RecordDraft {
  const { principal, resource } = action;
  const own = decision.reasons.find(({ policy }) => policy === gatewayPolicy);
  return {
    type: recordTypeOf[decision.effect],
    at,
    action: action.id,
    review,
    // Its members, and those of the payload, in the order of their canonical form, which is written fastest so.
    body: {
      ...(decision.effect === "deny" ? { cause: decision.cause } : {}),
      connection: resource.connection,
      digest,
      environment: resource.environment,
      ...(decision.effect === "deny" ? {} : { obligations: obligationsJson(decision.obligations) }),
      onBehalfOf: principal.onBehalfOf?.id ?? null,
      policies: decision.reasons.slice(0, policiesMax).map(({ policy }) => policy),
      policySet: decision.policySet,
      principal: { kind: principal.kind, name: principal.kind === "user" ? null : principal.name },
      revision: action.revision,
      verbs: [...action.verbs],
    },
    // The words of every other rule stand with its policy set, once.
    payload: actionPayload(action, own?.text, masksBesideLeaf(decision)),
  };
}

/** A leaf is small; what is cut here follows from the policy set and the payload's facts. */
export const policiesMax = 20;

const recordTypeOf = {
  allow: "action.allowed",
  deny: "action.denied",
  review: "action.held",
} as const;

/** What is needed to take the digest again, and to show the action to a person. */
export function actionPayload(
  action: Action,
  reason?: string,
  masks?: Json,
): Readonly<Record<string, Json>> {
  const { facts, principal, resource } = action;
  const { database, role } = placeOf(resource);
  return {
    ...(action.agentReason === null ? {} : { agentReason: action.agentReason }),
    command: action.command,
    ...(action.data === null ? {} : { data: dataPayload(action.data) }),
    database,
    endpoint: resource.endpoint,
    facts: facts.family === "sql" ? statementPayload(facts) : callPayload(facts),
    fingerprint: action.fingerprint,
    ...(masks === undefined ? {} : { masks }),
    onBehalfOf: principal.onBehalfOf?.name ?? null,
    parameters: action.parameters.map(({ type, format, bytes }) => ({ bytes, format, type })),
    principal: principal.name,
    ...(reason === undefined ? {} : { reason }),
    role,
    salt: action.salt,
    session: action.session,
  };
}

function statementPayload(facts: SqlFacts): Json {
  return {
    filtered: facts.filtered,
    functions: [...facts.functions],
    kinds: [...facts.kinds],
    maskedUse: facts.maskedUse,
    opaque: facts.opaque,
    reads: [...facts.reads],
    writes: [...facts.writes],
  };
}

/** Its arguments are the command's. */
function callPayload({ claims, definition, family, method, name, toolClass }: McpFacts): Json {
  return { claims: { ...claims }, definition, family, method, name, toolClass };
}

function masksBesideLeaf(decision: Decision): Json | undefined {
  return decision.effect === "deny" ? undefined : spellMasks(decision.obligations.masks).payload;
}

function dataPayload({ columns, firstRows, ...data }: LoadedData): Json {
  return {
    ...data,
    columns: [...columns],
    firstRows: firstRows.map(({ values, isCut }) => ({
      values: values.map((value) => ({ ...value })),
      isCut,
    })),
  };
}

/** The words of a set's rules, so that what it decides can be explained when it is no longer in force. */
export function policyActivatedRecord(
  policySet: Digest,
  reasons: readonly Reason[],
  at: number,
): RecordDraft {
  const policies = reasons.map(({ policy, text }) => ({ id: policy, text }));
  const record = { type: "policy.activated", at, action: null, review: null } as const;
  return { ...record, body: { policySet }, payload: { policies } };
}

export function obligationsJson(obligations: Obligations): Json {
  return {
    assurance: obligations.assurance,
    masks: spellMasks(obligations.masks).leaf,
    quorum: obligations.quorum.map(({ group, needed }) => ({ group, needed })),
    reveals: [...obligations.reveals],
    rows: obligations.rows === null ? null : { ...obligations.rows },
    ttlMs: obligations.ttlMs,
    validMs: obligations.validMs,
  };
}

/** How an action that needed no review ended. */
export function executionRecord(
  type: Extract<RecordType, `execution.${string}`>,
  action: ActionId,
  at: number,
  body: Readonly<Record<string, Json>>,
): RecordDraft {
  return { type, at, action, review: null, body, payload: null };
}
