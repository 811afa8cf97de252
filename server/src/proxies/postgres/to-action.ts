/** Builds the action of one message from what the session knows. */
import assert from "node:assert/strict";
import type { Action, LoadedData, Parameter, PostgresResource } from "#/core/action.ts";
import type { SqlFacts } from "#/core/facts.ts";
import type { ActionId } from "#/core/ids.ts";
import type { Principal } from "#/core/principal.ts";
import type { Verb } from "#/core/verb.ts";
import { newId } from "#/platform/ids.ts";
import { randomHex } from "#/platform/random.ts";
import type { BindMessage } from "#/proxies/postgres/wire/frontend-messages.ts";

/** An action of a PostgreSQL session. */
export interface SqlAction extends Action {
  readonly resource: PostgresResource;
  readonly facts: SqlFacts;
}

/** Enforcement hands a session back what the session itself, or one like it, has made. */
export function asSql(action: Action): SqlAction {
  assert(isSql(action), "an action of another protocol");
  return action;
}

function isSql(action: Action): action is SqlAction {
  return action.facts.family === "sql" && action.resource.kind === "postgres";
}

export interface Proposal {
  readonly principal: Principal;
  readonly resource: PostgresResource;
  readonly session: string;
  readonly command: string;
  readonly parameters: readonly Parameter[];
  readonly data: LoadedData | null;
  readonly agentReason: string | null;
  readonly verbs: readonly Verb[];
  readonly facts: SqlFacts;
}

/** Named one by one, which takes a third of the time of a copy: one is made for every statement. */
export function toAction(proposal: Proposal, now: number): SqlAction {
  const { principal, resource, session, command, parameters, data, agentReason, verbs, facts } =
    proposal;
  return {
    id: newId<ActionId>("act", now),
    family: "sql",
    verbs,
    principal,
    resource,
    command,
    parameters,
    data,
    facts,
    agentReason,
    session,
    fingerprint: null,
    revision: 1,
    salt: randomHex(saltBytes),
    proposedAt: now,
  };
}

/** What the gateway does upstream by itself, as the principal that it then is. */
export function ownAction(
  what: Pick<Proposal, "resource" | "command" | "parameters" | "verbs" | "facts">,
  now: number,
): Action {
  const principal = {
    kind: "gateway",
    name: "gateway",
    groups: [],
    onBehalfOf: null,
    people: [],
  } as const;
  return toAction({ ...what, data: null, agentReason: null, principal, session: "gateway" }, now);
}

const saltBytes = 32;

/** Values with the types that Parse declared and the formats that Bind declared. */
export function toParameters(bind: BindMessage, types: readonly number[]): readonly Parameter[] {
  const { parameterFormats } = bind;
  return bind.parameters.map((bytes, index) => {
    const format = parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[index];
    return {
      type: types[index] ?? 0,
      format: format === 1 ? "binary" : "text",
      bytes: bytes === null ? null : bytes.toString("base64"),
    };
  });
}
