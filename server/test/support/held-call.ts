/** A call of a tool that waits, as a proxy and enforcement would bring it about. */
import type { Resource } from "#/core/action.ts";
import type { McpFacts } from "#/core/facts.ts";
import type { Json } from "#/core/json.ts";
import { jsonLeaves } from "#/core/json-leaves.ts";
import type { Held } from "./api.ts";

export interface HeldCall extends Omit<Held, "action" | "command"> {
  readonly tool: string;
  readonly args: Json;
  readonly facts?: Partial<McpFacts>;
  /** What goes with it for its server. */
  readonly meta?: Json;
}

export const billing: Resource = {
  kind: "mcp",
  connection: "billing",
  environment: "production",
  labels: {},
  endpoint: "https://billing.example/mcp",
};

export function heldCall({ tool, args, facts = {}, meta, ...held }: HeldCall): Held {
  const command = JSON.stringify({
    method: "tools/call",
    name: tool,
    arguments: args,
    ...(meta === undefined ? {} : { _meta: meta }),
  });
  return { ...held, action: actionOf(tool, command, facts) };
}

function actionOf(
  name: string,
  command: string,
  facts: Partial<McpFacts>,
): NonNullable<Held["action"]> {
  return {
    family: "mcp",
    verbs: ["mcp.call"],
    resource: billing,
    command,
    parameters: [],
    facts: {
      family: "mcp",
      method: "tools/call",
      name,
      arguments: {},
      rounded: [],
      claims: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
      definition: "pinned",
      toolClass: "send",
      flags: [],
      saysOpenWorld: false,
      literals: jsonLeaves(command),
      ...facts,
    },
  };
}
