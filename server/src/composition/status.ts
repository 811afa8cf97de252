/** What `status` says: the one picture of a running gateway. */
import type { CreatedAgent } from "@countersign/sdk/wire/agent";
import type { Health } from "@countersign/sdk/wire/connection";
import type { Status } from "@countersign/sdk/wire/status";
import type { GatewayKeys } from "#/audit/keys.ts";
import type { Config } from "#/config/load.ts";
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
    readonly link: () => Promise<string>;
  } | null;
  readonly health: (connection: string) => Health | null;
  readonly agentUrls: (agent: string, token: string) => CreatedAgent["urls"];
}

/** Connections, and agents of each, that status names; the API's lists have all of them. */
const statusConnectionsMax = 100;
const statusAgentsMax = 100;

/** All but who asks, which the API adds. Of the agents `onlyAgent` alone, unless it is null. */
export function createStatus(
  sources: StatusSources,
): (onlyAgent: string | null) => Promise<Omit<Status, "caller">> {
  const { config, store, keys, agentUrls } = sources;
  return async (onlyAgent) => {
    const state = store.status();
    const { size } = await store.logHead();
    const url = sources.publicUrl();
    const demo = sources.demo();
    // Agents get none; and where none can be made any more, status still says why.
    const signIn = demo === null || onlyAgent !== null ? null : await demo.link().catch(() => null);
    const demoUrls = demo === null ? [] : agentUrls(demo.agent, demo.token);
    const shown = config.agents
      .map(({ name }) => name)
      .filter((name) => onlyAgent === null || name === onlyAgent)
      .slice(0, statusAgentsMax);
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
      connections: config.connections
        .slice(0, statusConnectionsMax)
        .map(({ name, kind, environment }) => ({
          name,
          kind,
          environment,
          agents: shown.map((agent) => ({
            name: agent,
            url: urlOf(agent, name),
            token: agent === demo?.agent ? demo.token : null,
          })),
          health: onlyAgent === null ? sources.health(name) : null,
        })),
      log: { size, origin: keys.origin, key: keys.verifierKey },
    };
  };
}
