/** Where others find the gateway. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CreatedAgent } from "@countersign/sdk/wire/agent";
import type { ConnectionConfig } from "#/config/read-connections.ts";
import { reachableHost } from "#/platform/reachable-host.ts";
import { version } from "#/platform/version.ts";

/** For the command line on this machine. The result takes it back. */
export async function announce(dataDir: string, url: string): Promise<() => Promise<void>> {
  const path = join(dataDir, "gateway.json");
  await writeFile(path, `${JSON.stringify({ url, pid: process.pid, version })}\n`, { mode: 0o600 });
  return () => rm(path, { force: true });
}

export interface AgentAddress {
  readonly connections: readonly ConnectionConfig[];
  readonly publicUrl: string;
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly requiresTls: boolean;
  };
}

/** One for each connection. */
export function agentUrls(
  agent: string,
  token: string,
  { connections, publicUrl, postgres }: AgentAddress,
): CreatedAgent["urls"] {
  const at = `${reachableHost(postgres.host, publicUrl)}:${postgres.port}`;
  const options = postgres.requiresTls ? "?sslmode=require" : "";
  return connections.map(({ name, kind, upstream }) => ({
    connection: name,
    kind: kind === "mcp" && upstream.kind === "client" ? "mcp_client" : kind,
    // A tool server's clients show the token in a header.
    url:
      kind === "mcp"
        ? `${publicUrl}/mcp/${name}`
        : `postgres://${agent}:${token}@${at}/${name}${options}`,
  }));
}
