/**
 * The composition of connections to tool servers. Of those over HTTP and of those that are programs only what is configured is
 * loaded.
 */

import type { ConnectionConfig, McpConnectionConfig } from "#/config/read-connections.ts";
import type { OwnMethod } from "#/core/facts.ts";
import type { Secret } from "#/core/secret.ts";
import type { ToolPins } from "#/core/tool-pin.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { recordOwn } from "#/enforcement/record-own.ts";
import type { Finder } from "#/masking/finder.ts";
import type { Clock } from "#/platform/clock.ts";
import { version } from "#/platform/version.ts";
import { type AnswerMasking, type McpConnection, mcpConnection } from "#/proxies/mcp/connection.ts";
import type { FaultsOf } from "#/proxies/mcp/edit/edit-call.ts";
import { ownAction } from "#/proxies/mcp/to-action.ts";
import type { ClientServers } from "#/proxies/mcp/upstream/stdio/client/client-servers.ts";
import type { Spawner } from "#/proxies/mcp/upstream/stdio/process/start-spawner.ts";
import type { Upstream } from "#/proxies/mcp/upstream/upstream.ts";

export interface ToolServersOptions {
  readonly connections: readonly ConnectionConfig[];
  readonly enforcement: EnforcementDeps;
  readonly masking: AnswerMasking;
  readonly messageBytesMax: number;
  readonly pins: ToolPins;
  readonly finder: () => Promise<Finder>;
  readonly faultsOf: FaultsOf;
}

export interface ToolServers {
  readonly connections: ReadonlyMap<string, McpConnection>;
  /** Those whose servers agents' clients start. */
  readonly ofClients: ReadonlyMap<string, ClientServers>;
  readonly close: () => Promise<void>;
}

export async function openToolServers(options: ToolServersOptions): Promise<ToolServers> {
  const { enforcement, masking, pins, faultsOf } = options;
  const configured = options.connections.filter((connection) => connection.kind === "mcp");
  const connections = new Map<string, McpConnection>();
  const ofClients = new Map<string, ClientServers>();
  const spawner = sharedSpawner(enforcement.clock);
  for (const connection of configured) {
    const { name } = connection;
    const record = async (method: OwnMethod) => {
      const resource = connections.get(name)?.resource;
      // Nobody asks for anything before all of them are there.
      if (resource === undefined) throw new TypeError("the connection is not open yet");
      await recordOwn(ownAction(resource, method, enforcement.clock.now()), enforcement);
    };
    const upstream = await openUpstream(connection, options, { spawner: spawner.get, record });
    const secrets = secretsOf(connection.upstream);
    if ("take" in upstream) ofClients.set(name, upstream);
    connections.set(
      name,
      await mcpConnection(
        { ...connection, upstream, secrets, pins, faultsOf },
        enforcement,
        masking,
      ),
    );
  }
  return {
    connections,
    ofClients,
    async close() {
      await Promise.all([...connections.values()].map(({ upstream }) => upstream.close()));
      await spawner.close();
    },
  };
}

interface OwnParts {
  readonly spawner: () => Promise<Spawner>;
  /** Of what the gateway asks by itself, before it is sent. */
  readonly record: (method: OwnMethod) => Promise<void>;
}

async function openUpstream(
  { upstream }: McpConnectionConfig,
  options: ToolServersOptions,
  own: OwnParts,
): Promise<Upstream | ClientServers> {
  const { messageBytesMax, finder, enforcement } = options;
  const { clock, log } = enforcement;
  switch (upstream.kind) {
    case "http": {
      const { httpUpstream } = await import("#/proxies/mcp/upstream/http.ts");
      return httpUpstream({ ...upstream, messageBytesMax, clock, record: own.record });
    }
    case "stdio": {
      const { startedServers } = await import("#/proxies/mcp/upstream/stdio/started-servers.ts");
      const { command, env: environment, cwd: folder } = upstream;
      const client = { name: "countersign", version };
      const spawner = await own.spawner();
      return startedServers(
        { command, environment, folder },
        { ...own, spawner, clock, log, messageBytesMax, finder, client, environment: process.env },
      );
    }
    case "client": {
      const { clientServers } = await import(
        "#/proxies/mcp/upstream/stdio/client/client-servers.ts"
      );
      return clientServers({ clock, log, messageBytesMax });
    }
  }
}

/** One for all of them, where there is any. */
function sharedSpawner(clock: Clock) {
  let spawner: Promise<Spawner> | null = null;
  return {
    get: () =>
      (spawner ??= import("#/proxies/mcp/upstream/stdio/process/start-spawner.ts").then(
        ({ createSpawner }) => createSpawner(clock),
      )),
    close: async () => await (await spawner)?.close(),
  };
}

/** What must not come back in an answer. */
function secretsOf(upstream: McpConnectionConfig["upstream"]): readonly Secret[] {
  if (upstream.kind === "client") return [];
  if (upstream.kind === "stdio") {
    return Object.values(upstream.env).filter((value) => typeof value !== "string");
  }
  const { credential } = upstream;
  switch (credential.kind) {
    case "none":
      return [];
    case "header":
      return [credential.value];
    case "oauth":
      return [credential.clientSecret];
  }
}
