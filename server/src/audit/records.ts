/**
 * What the log says of an action: which facts go into the leaf for ever, and which into the payload that
 * can be erased. A leaf names digests, rules and opaque ids; commands, values and words are payload.
 */
import type { Action, LoadedData } from "#/core/action.ts";
import { type Decision, gatewayPolicy, type Reason } from "#/core/decision.ts";
import type { ActionId, Digest, ReviewId } from "#/core/ids.ts";
import type { Json } from "#/core/json.ts";
import { type Obligations, targetText } from "#/core/obligation.ts";
import type { RecordDraft, RecordType } from "#/core/record.ts";

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
    body: {
      digest,
      revision: action.revision,
      verbs: [...action.verbs],
      connection: resource.connection,
      environment: resource.environment,
      principal: { kind: principal.kind, name: principal.kind === "user" ? null : principal.name },
      onBehalfOf: principal.onBehalfOf?.id ?? null,
      policySet: decision.policySet,
      policies: decision.reasons.slice(0, policiesMax).map(({ policy }) => policy),
      ...(decision.effect === "deny"
        ? { cause: decision.cause }
        : { obligations: obligationsJson(decision.obligations) }),
    },
    // The words of every other rule stand with its policy set, once.
    payload: { ...actionPayload(action), ...(own === undefined ? {} : { reason: own.text }) },
  };
}

/** A leaf is small; what is cut here follows from the policy set and the payload's facts. */
const policiesMax = 20;

const recordTypeOf = {
  allow: "action.allowed",
  deny: "action.denied",
  review: "action.held",
} as const;

/** What is needed to take the digest again, and to show the action to a person. */
export function actionPayload(action: Action): Readonly<Record<string, Json>> {
  const { facts, principal, resource } = action;
  return {
    command: action.command,
    parameters: action.parameters.map(({ type, format, bytes }) => ({ type, format, bytes })),
    ...(action.data === null ? {} : { data: dataPayload(action.data) }),
    principal: principal.name,
    onBehalfOf: principal.onBehalfOf?.name ?? null,
    endpoint: resource.endpoint,
    database: resource.database,
    role: resource.role,
    fingerprint: action.fingerprint,
    salt: action.salt,
    session: action.session,
    facts: {
      kinds: [...facts.kinds],
      reads: [...facts.reads],
      writes: [...facts.writes],
      functions: [...facts.functions],
      filtered: facts.filtered,
      opaque: facts.opaque,
    },
  };
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
    quorum: obligations.quorum.map(({ group, needed }) => ({ group, needed })),
    ttlMs: obligations.ttlMs,
    validMs: obligations.validMs,
    assurance: obligations.assurance,
    rows: obligations.rows === null ? null : { ...obligations.rows },
    masks: obligations.masks.map(({ target, masker }) => ({ target: targetText(target), masker })),
    reveals: [...obligations.reveals],
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
