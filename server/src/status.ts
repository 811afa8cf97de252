/** What `status` says: the one picture of a running gateway. */
import type { CreatedAgent, Status } from "@countersign/sdk/wire";
import type { GatewayKeys } from "#/audit/keys.ts";
import type { Config } from "#/config/load.ts";
import type { Clock } from "#/platform/clock.ts";
import { version } from "#/platform/version.ts";
import type { Store } from "#/store/store.ts";

export interface StatusSources {
  readonly config: Config;
  readonly store: Pick<Store, "status" | "logHead">;
  readonly keys: Pick<GatewayKeys, "origin" | "verifierKey">;
  readonly quickstart: boolean;
  readonly listeners: () => Status["listeners"];
  readonly publicUrl: () => string;
  /** The quickstart's agent, whose connection strings may be shown whole, and a one-time link for its person. */
  readonly demo: () => {
    readonly agent: string;
    readonly token: string;
    readonly link: { readonly code: string; readonly expiresAt: number };
  } | null;
  readonly clock: Clock;
  readonly agentUrls: (agent: string, token: string) => CreatedAgent["urls"];
}

/** All but who asks, which the API adds. */
export function createStatus(sources: StatusSources): () => Promise<Omit<Status, "caller">> {
  const { config, store, keys, agentUrls, clock } = sources;
  return async () => {
    const state = store.status();
    const { size } = await store.logHead();
    const url = sources.publicUrl();
    const demo = sources.demo();
    const signIn = demo !== null && clock.now() < demo.link.expiresAt ? demo.link.code : null;
    const demoUrls = demo === null ? [] : agentUrls(demo.agent, demo.token);
    const urlOf = (agent: string, connection: string) =>
      agent === demo?.agent
        ? (demoUrls.find((each) => each.connection === connection)?.url ?? null)
        : null;
    return {
      ready: state.state === "ready",
      degraded: state.state === "degraded" ? state.reason : null,
      quickstart: sources.quickstart,
      version,
      pid: process.pid,
      dataDir: config.dataDir,
      console: { url, signIn: signIn === null ? null : `${url}/sign-in#${signIn}` },
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
