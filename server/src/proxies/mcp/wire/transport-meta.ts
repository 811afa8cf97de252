/**
 * Of what a message says in `_meta`: what is the protocol's own, and says how to answer and not what to do.
 *
 * Guarantees that it has the form that its protocol gives it, and no room for more: whatever else stands there reaches the server too, so
 * it is part of what people see and approve.
 */
import { readAgentReason } from "#/core/agent-reason.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import {
  capabilitiesCharsMax,
  capabilityName,
  clientName,
  clientVersion,
  logLevel,
} from "./plain-self.ts";

/** Where a call says why its agent wants it, which people are shown as that. */
export const reasonKey = "countersign/reason";

export function isTransport(key: string, value: JsonNode): boolean {
  return forms.get(key)?.(value) ?? false;
}

type Form = (value: JsonNode) => boolean;

const text =
  (form: RegExp): Form =>
  (value) =>
    value.kind === "string" && form.test(value.value);

/** How a client describes itself, by the revision without sessions. */
export const selfKeys = {
  info: "io.modelcontextprotocol/clientInfo",
  capabilities: "io.modelcontextprotocol/clientCapabilities",
} as const;

const protocol = (name: string) => `io.modelcontextprotocol/${name}`;

const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["progressToken", (value) => isPlainInteger(value) || text(/^[\w.:/-]{1,128}$/)(value)],
  // W3C Trace Context. What baggage is has no form that would tell it from anything else.
  ["traceparent", text(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)],
  [
    "tracestate",
    text(/^(?=.{1,256}$)[a-z0-9_*/@-]+=[\w.:;/+-]*(?:,[a-z0-9_*/@-]+=[\w.:;/+-]*){0,7}$/),
  ],
  [reasonKey, (value) => value.kind === "string" && readAgentReason(value.value) === value.value],
  [protocol("protocolVersion"), text(/^\d{4}-\d\d-\d\d$/)],
  [protocol("logLevel"), text(logLevel)],
  [selfKeys.info, isClientInfo],
  [
    selfKeys.capabilities,
    (value) => value.end - value.start <= capabilitiesCharsMax && isSwitches(value),
  ],
]);

/** In its shortest spelling: digits that no number keeps have room for words. */
export function isPlainInteger(value: JsonNode): boolean {
  return (
    value.kind === "number" &&
    Number.isSafeInteger(value.value) &&
    value.end - value.start === String(value.value).length
  );
}

function isClientInfo(value: JsonNode): boolean {
  return (
    value.kind === "object" &&
    value.members.every(({ key, value: said }) => clientForms.get(key)?.(said) ?? false)
  );
}

const clientForms: ReadonlyMap<string, Form> = new Map([
  ["name", text(clientName)],
  ["title", text(clientName)],
  ["version", text(clientVersion)],
]);

/** Names, and whether they are on. */
function isSwitches(value: JsonNode): boolean {
  switch (value.kind) {
    case "object":
      return value.members.every(
        ({ key, value: of }) => capabilityName.test(key) && isSwitches(of),
      );
    case "array":
    case "string":
    case "number":
      return false;
    case "literal":
      return true;
  }
}
