/**
 * What a client says of itself, in the form in which it may reach a server undecided: a short name and version, and what it can as names that
 * are on. Of whatever else it says nothing is left.
 */
import type { Json } from "#/core/json.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { memberOf, textOf } from "#/proxies/mcp/json/json-value.ts";

export interface Self {
  /** Null where nothing is said of it. */
  readonly info: Json;
  readonly capabilities: Json;
}

/** UTF-16 code units of what a client says that it can, as it is written. */
export const capabilitiesCharsMax = 2_048;
/** Of its name, and of its version. */
const clientCharsMax = 64;
/** Types that it shows of one kind. */
const typesMax = 8;

export const clientName = new RegExp(`^[\\w .,:@/+()-]{0,${clientCharsMax}}$`);
export const clientVersion = new RegExp(`^[\\w.:+-]{0,${clientCharsMax}}$`);
/** Those that the protocol knows (RFC 5424 §6.2.1): another word has room for an agent's own. */
export const logLevel = /^(?:debug|info|notice|warning|error|critical|alert|emergency)$/;
export const capabilityName = /^[\w./-]{1,64}$/;
const mediaType = /^[a-z]{1,16}\/[\w.+-]{1,40}(?:;[\w-]{1,16}=[\w-]{1,32})?$/;

export function plainSelf(info: JsonNode | null, capabilities: JsonNode | null): Self {
  return {
    info: info === null ? null : plainInfo(info),
    capabilities: capabilities === null ? null : plainCapabilities(capabilities),
  };
}

/** Said in the gateway's words: what its protocol needs to be known, and nothing by which one client is told from another. */
export function anySelf(info: JsonNode | null, capabilities: JsonNode | null): Self {
  const known = Object.entries(knownCapabilities).flatMap(([name, of]) => {
    const said = memberOf(capabilities, name);
    return said?.kind === "object" ? [[name, knownOf(said, of)] as const] : [];
  });
  return {
    info: info === null ? null : { name: "client", version: "0" },
    capabilities: capabilities === null ? null : Object.fromEntries(known),
  };
}

const knownCapabilities: Readonly<Record<string, readonly string[]>> = {
  elicitation: ["form", "url"],
  extensions: ["io.modelcontextprotocol/tasks", "io.modelcontextprotocol/ui"],
  roots: [],
  sampling: ["context", "tools"],
};

function knownOf(said: JsonNode, names: readonly string[]): Json {
  const on = names.filter((name) => memberOf(said, name)?.kind === "object");
  return Object.fromEntries(on.map((name) => [name, {}]));
}

function plainInfo(info: JsonNode): Json {
  const said = (key: string, form: RegExp) => {
    const text = textOf(memberOf(info, key));
    return text !== null && form.test(text) ? text : null;
  };
  const title = said("title", clientName);
  return {
    name: said("name", clientName) ?? "client",
    ...(title === null ? {} : { title }),
    version: said("version", clientVersion) ?? "0",
  };
}

function plainCapabilities(node: JsonNode): Json {
  if (node.kind !== "object" || node.end - node.start > capabilitiesCharsMax) return {};
  return switchesIn(node) ?? {};
}

/** Null where it is none. */
function switchesIn(node: JsonNode): Json | null {
  if (node.kind === "literal") return node.value;
  if (node.kind === "array") return typesIn(node.items);
  if (node.kind !== "object") return null;
  const members = node.members.flatMap(({ key, value }) => {
    const kept = capabilityName.test(key) ? switchesIn(value) : null;
    return kept === null ? [] : [[key, kept] as const];
  });
  return Object.fromEntries(members);
}

function typesIn(items: readonly JsonNode[]): Json | null {
  const types = items.map(textOf);
  const isPlain = types.every((type) => type !== null && mediaType.test(type));
  return isPlain && types.length <= typesMax ? types : null;
}
