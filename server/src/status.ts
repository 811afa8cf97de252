/** What `status` says: the one picture of a running gateway. */
import type { CreatedAgent, Status } from "@countersign/sdk/wire";
import type { GatewayKeys } from "#/audit/keys.ts";
import type { Config } from "#/config/load.ts";
import { version } from "#/platform/version.ts";
import type { Store } from "#/store/store.ts";

export interface StatusSources {
  readonly config: Config;
  readonly store: Pick<Store, "status" | "logHead">;
  readonly keys: Pick<GatewayKeys, "origin" | "verifierKey">;
  readonly listeners: () => Status["listeners"];
  readonly publicUrl: () => string;
  /** The quickstart's agent, whose connection strings may be shown whole. */
  readonly demo: { readonly agent: string; readonly token: string } | null;
  readonly agentUrls: (agent: string, token: string) => CreatedAgent["urls"];
}

export function createStatus(sources: StatusSources): () => Promise<Status> {
  const { config, store, keys, demo, agentUrls } = sources;
  const demoUrls = demo === null ? [] : agentUrls(demo.agent, demo.token);
  const urlOf = (agent: string, connection: string) =>
    agent === demo?.agent
      ? (demoUrls.find((each) => each.connection === connection)?.url ?? null)
      : null;
  return async () => {
    const state = store.status();
    const { size } = await store.logHead();
    return {
      ready: state.state === "ready",
      degraded: state.state === "degraded" ? state.reason : null,
      version,
      pid: process.pid,
      dataDir: config.dataDir,
      console: { url: sources.publicUrl(), signIn: null },
      listeners: sources.listeners(),
      connections: config.connections.map(({ name, kind, environment }) => ({
        name,
        kind,
        environment,
        agents: config.agents.map((agent) => ({ name: agent.name, url: urlOf(agent.name, name) })),
      })),
      log: { size, origin: keys.origin, key: keys.verifierKey },
    };
  };
}
