/**
 * Of what a message says in `_meta`: what is the protocol's own, and says how to answer and not what to do.
 *
 * Guarantees that it has the form that its protocol gives it, and no room for more: whatever else stands there reaches the server too, so
 * it is part of what people see and approve.
 */
import { readAgentReason } from "#/core/agent-reason.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";

/** Where a call says why its agent wants it, which people are shown as that. */
export const reasonKey = "countersign/reason";

/** UTF-16 code units of what a client says that it can, as it is written. */
const capabilitiesCharsMax = 2_048;
/** Of its name, and of its version. */
const clientCharsMax = 64;

export function isTransport(key: string, value: JsonNode): boolean {
  return forms.get(key)?.(value) ?? false;
}

type Form = (value: JsonNode) => boolean;

const text =
  (form: RegExp): Form =>
  (value) =>
    value.kind === "string" && form.test(value.value);

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
  [protocol("logLevel"), text(/^[a-z]{1,16}$/)],
  [protocol("clientInfo"), isClientInfo],
  [
    protocol("clientCapabilities"),
    (value) => value.end - value.start <= capabilitiesCharsMax && isSwitches(value),
  ],
]);

/** In its shortest spelling: digits that no number keeps have room for words. */
function isPlainInteger(value: JsonNode): boolean {
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

const clientName = text(new RegExp(`^[\\w .,:@/+()-]{0,${clientCharsMax}}$`));
const clientForms: ReadonlyMap<string, Form> = new Map([
  ["name", clientName],
  ["title", clientName],
  ["version", text(new RegExp(`^[\\w.:+-]{0,${clientCharsMax}}$`))],
]);

/** Names, and whether they are on. */
function isSwitches(value: JsonNode): boolean {
  switch (value.kind) {
    case "object":
      return value.members.every(({ key, value: of }) => nameForm.test(key) && isSwitches(of));
    case "array":
    case "string":
    case "number":
      return false;
    case "literal":
      return true;
  }
}

const nameForm = /^[\w./-]{1,64}$/;
