/**
 * The composition of connections to tool servers. Of those over HTTP and of those that are programs only what is configured is
 * loaded.
 */
import type {
  ConnectionConfig,
  McpConnectionConfig,
  StdioServerConfig,
} from "#/config/read-connections.ts";
import type { Secret } from "#/core/secret.ts";
import type { ToolPins } from "#/core/tool-pin.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { version } from "#/platform/version.ts";
import { type AnswerMasking, type McpConnection, mcpConnection } from "#/proxies/mcp/connection.ts";
import { createCredentialScrub } from "#/proxies/mcp/masked/credential.ts";
import { serverEnvironment } from "#/proxies/mcp/upstream/stdio/process/environment.ts";
import type { Upstream } from "#/proxies/mcp/upstream/upstream.ts";

export interface ToolServersOptions {
  readonly connections: readonly ConnectionConfig[];
  readonly enforcement: EnforcementDeps;
  readonly masking: AnswerMasking;
  readonly messageBytesMax: number;
  readonly pins: ToolPins;
}

export interface ToolServers {
  readonly connections: ReadonlyMap<string, McpConnection>;
  readonly close: () => Promise<void>;
}

export async function openToolServers(options: ToolServersOptions): Promise<ToolServers> {
  const { enforcement, masking, pins } = options;
  const configured = options.connections.filter((connection) => connection.kind === "mcp");
  const connections = new Map<string, McpConnection>();
  const closers: (() => Promise<void>)[] = [];
  for (const connection of configured) {
    const upstream = await openUpstream(connection, options, closers);
    const secrets = secretsOf(connection.upstream);
    const { name } = connection;
    connections.set(
      name,
      await mcpConnection({ ...connection, upstream, secrets, pins }, enforcement, masking),
    );
  }
  return {
    connections,
    async close() {
      await Promise.all([...connections.values()].map(({ upstream }) => upstream.close()));
      await Promise.all(closers.map((close) => close()));
    },
  };
}

async function openUpstream(
  { upstream }: McpConnectionConfig,
  options: ToolServersOptions,
  closers: (() => Promise<void>)[],
): Promise<Upstream> {
  if (upstream.kind === "stdio") return openProgram(upstream, options, closers);
  const { httpUpstream } = await import("#/proxies/mcp/upstream/http.ts");
  const { messageBytesMax, enforcement } = options;
  return httpUpstream({ ...upstream, messageBytesMax, clock: enforcement.clock });
}

async function openProgram(
  { command, env, cwd }: StdioServerConfig,
  { enforcement: { clock, log }, messageBytesMax }: ToolServersOptions,
  closers: (() => Promise<void>)[],
): Promise<Upstream> {
  const [{ stdioUpstream }, { startServerProcess }, { createSpawner }] = await Promise.all([
    import("#/proxies/mcp/upstream/stdio/stdio-upstream.ts"),
    import("#/proxies/mcp/upstream/stdio/process/server-process.ts"),
    import("#/proxies/mcp/upstream/stdio/process/start-spawner.ts"),
  ]);
  const spawner = createSpawner(clock);
  closers.push(() => spawner.close());
  const configured = Object.entries(env).map(([name, value]) => [name, value.reveal()] as const);
  const environment = serverEnvironment(process.env, Object.fromEntries(configured));
  const { scrub } = createCredentialScrub(configured.map(([, value]) => value));
  const show = (line: string) => scrub(line) ?? line;
  const [program, ...rest] = command;
  const order = { command: [program ?? "", ...rest], environment, folder: cwd } as const;
  const deps = { spawner, clock, log, show, messageBytesMax };
  return stdioUpstream(order.command, {
    clock,
    log,
    client: { name: "countersign", version },
    start: (events) => startServerProcess(order, events, deps),
  });
}

/** What must not come back in an answer. */
function secretsOf(upstream: McpConnectionConfig["upstream"]): readonly Secret[] {
  if (upstream.kind === "stdio") return Object.values(upstream.env);
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
