/** Builds the action of one call from its message and from what is known of what it calls. */
import assert from "node:assert/strict";
import type { Action, McpResource } from "#/core/action.ts";
import { readAgentReason } from "#/core/agent-reason.ts";
import { type McpFacts, type McpMethod, type OwnMethod, unclaimed } from "#/core/facts.ts";
import type { ActionId } from "#/core/ids.ts";
import { jsonLeaves, roundedPaths } from "#/core/json-leaves.ts";
import type { Principal } from "#/core/principal.ts";
import { newId } from "#/platform/ids.ts";
import { randomHex } from "#/platform/random.ts";
import { textIn } from "./edit/call-text.ts";
import type { JsonNode, JsonObject } from "./json/json-node.ts";
import { memberOf, objectOf, textOf } from "./json/json-value.ts";
import { decided } from "./methods.ts";
import type { ToolKnown } from "./tools.ts";
import { isTransport, reasonKey } from "./wire/transport-meta.ts";

export interface Call {
  readonly method: McpMethod;
  readonly params: JsonObject;
  /** Of the message that `params` was read from. */
  readonly text: string;
}

export interface Proposal {
  readonly call: Call;
  readonly known: ToolKnown;
  readonly principal: Principal;
  readonly resource: McpResource;
  readonly session: string;
}

export function toAction(
  { call, known, principal, resource, session }: Proposal,
  now: number,
): Action {
  const command = commandOf(call);
  return {
    id: newId<ActionId>("act", now),
    family: "mcp",
    verbs: [decided[call.method].verb],
    principal,
    resource,
    command,
    parameters: [],
    data: null,
    facts: factsOf(call, command, known),
    agentReason: readAgentReason(textOf(memberOf(memberOf(call.params, "_meta"), reasonKey)) ?? ""),
    session,
    fingerprint: null,
    revision: 1,
    salt: randomHex(saltBytes),
    proposedAt: now,
  };
}

const saltBytes = 32;

/** The tool's or prompt's name, or the resource's URI; null where the message names none. */
export function nameOf({ method, params }: Pick<Call, "method" | "params">): string | null {
  return textOf(memberOf(params, decided[method].name));
}

/**
 * All of the message that reaches what is called, and nothing of its transport: the same call in another spelling is the same
 * text, and whatever the server could act on is in it. Numbers keep their digits.
 */
function commandOf({ method, params, text }: Call): string {
  const { name } = decided[method];
  let written = `{"method":${JSON.stringify(method)}`;
  const write = (key: string, value: JsonNode | null) => {
    if (value !== null) written += `,${member(key, textIn(value, text))}`;
  };
  write(name, memberOf(params, name));
  write("arguments", memberOf(params, "arguments"));
  for (const { key, value } of params.members) {
    if (!placed.has(key) && key !== name) write(key, value);
  }
  const meta = memberOf(params, "_meta");
  let metaText = "";
  for (const { key, value } of meta?.kind === "object" ? meta.members : []) {
    if (isTransport(key, value)) continue;
    metaText += `${metaText === "" ? "" : ","}${member(key, textIn(value, text))}`;
  }
  return `${written}${metaText === "" ? "" : `,"_meta":{${metaText}}`}}`;
}

const placed: ReadonlySet<string> = new Set(["_meta", "arguments"]);

function member(key: string, value: string): string {
  return `${JSON.stringify(key)}:${value}`;
}

function factsOf(
  call: Call,
  command: string,
  { claims, definition, toolClass, saysOpenWorld, flags }: ToolKnown,
): McpFacts {
  const { method, params } = call;
  const given = memberOf(params, "arguments");
  const literals = jsonLeaves(command);
  return {
    family: "mcp",
    method,
    name: nameOf(call) ?? "",
    arguments: given?.kind === "object" ? objectOf(given) : {},
    rounded: roundedPaths(command, literals),
    claims,
    definition,
    toolClass,
    saysOpenWorld,
    flags,
    literals,
  };
}

/** What is asked about a prompt or a resource, as the facts of that one say. */
export function actionAbout(
  {
    command,
    method,
    name,
    arguments: given,
    principal,
    resource,
    session,
  }: Pick<McpFacts, "method" | "name" | "arguments"> &
    Pick<Proposal, "principal" | "resource" | "session"> & { readonly command: string },
  now: number,
): Action {
  const own = ownAction(resource, "server/discover", now);
  assert(own.facts.family === "mcp", "it is MCP's");
  const literals = jsonLeaves(command);
  const facts = { ...own.facts, method, name, arguments: given, literals };
  return { ...own, principal, command, facts, session };
}

/** What the gateway asks of a server by itself, as the principal that it then is. */
export function ownAction(resource: McpResource, method: OwnMethod, now: number): Action {
  const principal = {
    kind: "gateway",
    name: "gateway",
    groups: [],
    onBehalfOf: null,
    people: [],
  } as const;
  return {
    id: newId<ActionId>("act", now),
    family: "mcp",
    verbs: ["mcp.read"],
    principal,
    resource,
    command: JSON.stringify({ method }),
    parameters: [],
    data: null,
    facts: {
      family: "mcp",
      method,
      name: "",
      arguments: {},
      rounded: [],
      claims: unclaimed,
      definition: "unknown",
      toolClass: "read",
      saysOpenWorld: false,
      flags: [],
      literals: [],
    },
    agentReason: null,
    session: "gateway",
    fingerprint: null,
    revision: 1,
    salt: randomHex(saltBytes),
    proposedAt: now,
  };
}
