/** All that actions lead to, databases and tool servers, and what the API shows of them. */
import { parseCallTree } from "@countersign/sdk/call-tree";
import { schemaFaults } from "@countersign/sdk/schema-faults";
import type { ApiDeps } from "#/api/deps.ts";
import type { Config } from "#/config/load.ts";
import type { ToolPins } from "#/core/tool-pin.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import type { Finder } from "#/masking/finder.ts";
import type { AnswerMasking, McpConnection } from "#/proxies/mcp/connection.ts";
import { type PostgresConnection, postgresConnections } from "#/proxies/postgres/connection.ts";
import { openToolServers, type ToolServers } from "./tool-servers.ts";
import { toolSource } from "./tool-source.ts";

type Upstream = Pick<McpConnection | PostgresConnection, "resource" | "health">;

export interface Upstreams {
  readonly databases: ReadonlyMap<string, PostgresConnection>;
  readonly toolServers: ToolServers;
  /** Both, by name. */
  readonly all: ReadonlyMap<string, Upstream>;
}

export interface UpstreamParts {
  readonly enforcement: EnforcementDeps;
  readonly masking: AnswerMasking;
  readonly pins: ToolPins;
  /** Once it is whole, however long that takes. */
  readonly finder: () => Promise<Finder>;
}

export async function openUpstreams(
  { connections, limits }: Config,
  { enforcement, masking, pins, finder }: UpstreamParts,
): Promise<Upstreams> {
  const configured = connections.filter((connection) => connection.kind === "postgres");
  const databases = postgresConnections(configured, enforcement, masking);
  const toolServers = await openToolServers({
    connections,
    enforcement,
    masking,
    messageBytesMax: limits.messageBytesMax,
    pins,
    finder,
    faultsOf(schema, text) {
      const value = parseCallTree(text);
      return value === null ? [] : schemaFaults(schema, value);
    },
  });
  const all = new Map<string, Upstream>([...databases, ...toolServers.connections]);
  return { databases, toolServers, all };
}

export function shownUpstreams({
  all,
  toolServers,
}: Upstreams): Pick<ApiDeps, "connections" | "health" | "programs" | "tools"> {
  return {
    connections: new Map([...all].map(([name, { resource }]) => [name, resource])),
    health: (name) => all.get(name)?.health ?? null,
    programs: (name) => toolServers.connections.get(name)?.upstream.programs() ?? null,
    tools: (name) => {
      const server = toolServers.connections.get(name);
      return server === undefined ? null : toolSource(server.book);
    },
  };
}
