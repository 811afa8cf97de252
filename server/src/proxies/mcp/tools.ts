/** What the gateway knows of what a server offers, before it is called. */
import { type McpFacts, type McpMethod, type ToolClass, unclaimed } from "#/core/facts.ts";
import type { Json } from "#/core/json.ts";
import type { MirroredParameter } from "./check-headers.ts";

export interface ToolKnown extends Pick<McpFacts, "claims" | "definition" | "toolClass"> {
  /** Digest of the definition under which it is called; empty where none is known. What people approve is bound to it. */
  readonly fingerprint: string;
  readonly inputSchema: Json | null;
  readonly outputSchema: Json | null;
  readonly mirrored: readonly MirroredParameter[];
}

export interface Tools {
  known(method: McpMethod, name: string): ToolKnown;
}

/** Of a server of which nothing was heard: what its owner says of its tools, and the worst of all else. */
export function unknownTools(classes: Readonly<Record<string, ToolClass>>): Tools {
  return {
    known: (method, name) => ({
      claims: unclaimed,
      definition: "unknown",
      toolClass: method === "tools/call" ? (ownClass(classes, name) ?? "unknown") : "read",
      fingerprint: "",
      inputSchema: null,
      outputSchema: null,
      mirrored: [],
    }),
  };
}

function ownClass(classes: Readonly<Record<string, ToolClass>>, name: string): ToolClass | null {
  return Object.hasOwn(classes, name) ? (classes[name] ?? null) : null;
}
