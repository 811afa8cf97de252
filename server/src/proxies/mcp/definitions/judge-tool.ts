/** What the gateway makes of a tool, from how its server defines it, what is pinned of it, and what its owner says. */
import type { Deception } from "#/core/deception.ts";
import {
  type Callee,
  type DefinitionState,
  type McpMethod,
  type ToolClass,
  unclaimed,
} from "#/core/facts.ts";
import type { Json } from "#/core/json.ts";
import type { PinnedTool } from "#/core/tool-pin.ts";
import { type Classified, classifyTool } from "./classify-tool.ts";
import type { Shown } from "./shown-list.ts";
import {
  claimsOf,
  hintsOf,
  saysOpenWorld,
  schemaOf,
  type ToolDefinition,
} from "./tool-definition.ts";

/** What is known of what is called. */
export interface KnownCall extends Callee {
  /** Of the definition under which it is called; empty where none is known. */
  readonly fingerprint: string;
  readonly inputSchema: Json | null;
  readonly outputSchema: Json | null;
}

export interface JudgedTool {
  /** As its server defines it now. */
  readonly offered: ToolDefinition;
  readonly deceptions: readonly Deception[];
  /** Null where it was never used. */
  readonly stored: PinnedTool | null;
}

/** The owner's own word on tools, by name. */
export type OwnersWord = Readonly<Record<string, ToolClass>>;

export function judgeCall(tool: JudgedTool, owner: OwnersWord): KnownCall {
  const { offered } = tool;
  return {
    claims: claimsOf(offered),
    definition: stateOf(tool),
    toolClass: classOf(tool, owner).toolClass,
    saysOpenWorld: saysOpenWorld(offered),
    flags: tool.deceptions,
    fingerprint: offered.digest,
    inputSchema: schemaOf(offered, "inputSchema"),
    outputSchema: schemaOf(offered, "outputSchema"),
  };
}

/** Of what no server has defined. */
export function unheard(method: McpMethod, name: string, owner: OwnersWord): KnownCall {
  const toolClass = method === "tools/call" ? (ownersClass(name, owner) ?? "unknown") : "read";
  const schemas = { inputSchema: null, outputSchema: null };
  const callee = {
    claims: unclaimed,
    definition: "unknown",
    toolClass,
    saysOpenWorld: false,
    flags: [],
  } as const;
  return { ...callee, fingerprint: "", ...schemas };
}

export function stateOf({ offered, stored }: JudgedTool): DefinitionState {
  if (stored === null) return "first";
  if (stored.rejected?.digest === offered.digest) return "rejected";
  // What comes in place of a definition that was rejected is a change, also where none was pinned.
  return stored.pinned?.digest === offered.digest ? "pinned" : "changed";
}

export function classOf(
  { offered, deceptions, stored }: JudgedTool,
  owner: OwnersWord,
): Classified {
  const own = ownersClass(offered.name, owner);
  if (own !== null) return { toolClass: own, reason: "owner" };
  const pinned = stored?.pinned ?? null;
  const isAccepted = pinned?.digest === offered.digest && pinned.person !== null;
  if (deceptions.length > 0 && !isAccepted) return { toolClass: "unknown", reason: "distrusted" };
  const inputSchema = schemaOf(offered, "inputSchema");
  return classifyTool({ name: offered.name, inputSchema, hints: hintsOf(offered) });
}

/**
 * How an agent sees it: not at all where it was rejected; as it is pinned, where its server says otherwise by now; and where it holds text that is there to deceive, without its
 * server's words until a person has accepted them.
 */
export function shownAs(tool: JudgedTool): Shown {
  const { offered, deceptions, stored } = tool;
  switch (stateOf(tool)) {
    case "rejected":
      return "left out";
    case "changed":
      return { instead: stored?.pinned?.content ?? withheld(offered.name) };
    case "pinned":
      return "as it is";
    case "first":
    case "unknown":
      return deceptions.length === 0 ? "as it is" : { instead: withheld(offered.name) };
  }
}

function withheld(name: string): Json {
  return {
    name,
    description:
      "What the server says of this tool is withheld until a person has accepted it. A call of it waits for a person.",
    inputSchema: { type: "object" },
  };
}

function ownersClass(name: string, owner: OwnersWord): ToolClass | null {
  return Object.hasOwn(owner, name) ? (owner[name] ?? null) : null;
}
