/** The PostgreSQL proxy on a stage: real sockets, a real database behind a tap, rules and clock of the test's. */

import { Client } from "pg";
import type { PreviewMode } from "#/core/effect.ts";
import type { SampleMode } from "#/core/sample.ts";
import { Secret } from "#/core/secret.ts";
import type { Stage } from "#/enforcement/conformance/stage.ts";
import type { StageStore } from "#/enforcement/conformance/watched-writes.ts";
import { formatVerifier, iterationsMin, makeVerifier } from "#/identity/scram-keys.ts";
import { growFinder } from "#/masking/finder.ts";
import { growing } from "#/masking/in-steps.ts";
import { createMemoryVault, type SessionVaults } from "#/masking/replacement/pseudonyms.ts";
import { createBusyPoll } from "#/platform/busy-poll.ts";
import { createLog } from "#/platform/log.ts";
import { postgresConnections } from "#/proxies/postgres/connection.ts";
import type { SpoolLimits } from "#/proxies/postgres/copy/spool.ts";
import { startPostgresListener } from "#/proxies/postgres/listener/listener.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import type { UpstreamTlsSettings } from "#/proxies/postgres/wire/upstream-wire.ts";
import { openTestStore } from "#/review/memory-store.test-support.ts";
import type { TestPostgres } from "./postgres.ts";
import { openTestSpools, type TestSpools } from "./spools.ts";
import { testIdentity } from "./test-identity.ts";
import { startTap, type UpstreamTap } from "./upstream-tap.ts";
import { connectWire, type WireClient, type WireLogin } from "./wire-client.ts";

export const agentToken = "a token that only the agent knows";
export const messageBytesMax = 2 * 1024 * 1024;

export interface PostgresGateway {
  readonly stage: Stage;
  readonly tap: UpstreamTap;
  /** With the agent's name and token, for the connection `shop`. */
  readonly login: WireLogin;
  readonly spools: TestSpools;
  /** Lines of the operational log, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  connect(changes?: Partial<WireLogin>): Promise<WireClient>;
  /** Resolves when this many sessions have ended. */
  sessionsEnded(count: number): Promise<void>;
  /** The listener itself, as the gateway stops it. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface GatewayChanges {
  readonly unsafe?: boolean;
  readonly preview?: PreviewMode;
  readonly sample?: SampleMode;
  readonly sensitive?: readonly string[];
  readonly connectionsMax?: number;
  readonly requiresTls?: boolean;
  readonly upstreamTls?: UpstreamTlsSettings;
  readonly upstreamPassword?: null;
  readonly spoolLimits?: Partial<SpoolLimits>;
  readonly vaults?: SessionVaults;
  /** Names of agents besides the stage's own, with its token. */
  readonly otherAgents?: readonly string[];
}

export function openMemoryStore(): StageStore {
  return openTestStore().store;
}

const classifier = createClassifier({ bytesMax: 4 * 1024 * 1024 });
const finder = growing(() => growFinder()).get;
const scramVerifier = makeVerifier(agentToken, {
  salt: Buffer.alloc(16, 1),
  iterations: iterationsMin,
});

export async function startPostgresGateway(
  postgres: Pick<TestPostgres, "host" | "port" | "user" | "password" | "database">,
  stage: Stage,
  changes: GatewayChanges = {},
): Promise<PostgresGateway> {
  const tap = await startTap(postgres, stage.touch);
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = createLog((line) => {
    lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>);
    stage.touch();
  }, stage.clock.now);
  const verifier = formatVerifier(await scramVerifier);
  const upstream = {
    host: tap.host,
    port: tap.port,
    database: postgres.database,
    user: postgres.user,
    password: changes.upstreamPassword === null ? null : new Secret(postgres.password),
    tls: changes.upstreamTls ?? ({ mode: "disable" } as const),
  };
  const configured = {
    name: "shop",
    environment: "test",
    labels: {},
    unsafe: changes.unsafe ?? false,
    // Where it is not the matter, the upstream sees nothing of it.
    preview: changes.preview ?? "none",
    sample: changes.sample ?? "masked",
    sensitive: changes.sensitive ?? [],
  };
  const enforcement = { ...stage.deps, log };
  const spools = await openTestSpools(changes.spoolLimits);
  const listener = await startPostgresListener({
    host: "127.0.0.1",
    port: 0,
    identity: () => testIdentity,
    requiresTls: () => changes.requiresTls ?? false,
    findAgent: (name) =>
      name === stage.principal.name || changes.otherAgents?.includes(name) === true
        ? { principal: { ...stage.principal, name }, scramVerifier: verifier }
        : null,
    failures: { note: () => {} },
    mockKey: Buffer.alloc(32, 3),
    connections: postgresConnections([{ ...configured, upstream }], enforcement, {
      finder,
      hashKey: Buffer.alloc(32, 5),
      vaults: changes.vaults ?? { open: () => createMemoryVault() },
    }),
    connectionsMax: changes.connectionsMax ?? 50,
    messageBytesMax,
    spools,
    classifier: await classifier,
    enforcement,
    clock: stage.clock,
    busyPoll: createBusyPoll(),
    log,
  });
  const { host, port } = listener;
  const { name: user } = stage.principal;
  const login: WireLogin = { host, port, user, password: agentToken, database: "shop" };
  const clients: WireClient[] = [];
  const ended = () => lines.filter(({ event }) => event === "session.ended").length;
  return {
    stage,
    tap,
    login,
    spools,
    log: lines,
    async connect(other = {}) {
      const client = await connectWire({ ...login, ...other });
      clients.push(client);
      return client;
    },
    async sessionsEnded(count) {
      await stage.until(() => ended() >= count);
    },
    stop: () => listener.close(),
    async close() {
      for (const client of clients) client.destroy();
      await listener.close();
      await tap.close();
      await spools.remove();
    },
  };
}

/** Runs statements as the superuser, past the gateway. */
export async function asSuperuser<Result>(
  { superuserUrl }: Pick<TestPostgres, "superuserUrl">,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
