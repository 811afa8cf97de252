/**
 * Composition: a configuration in, a running gateway out. Everything that depends on something else gets it
 * here, once, in this order:
 *
 *   keys → store → what an earlier process left → people, agents, policies → enforcement → listeners
 *
 * Guarantees that nothing listens before all of it stands, that whatever fails on the way closes what was
 * opened, and that stopping detaches what waits and keeps every record.
 */

import { join } from "node:path";
import type { Status } from "@countersign/sdk/wire/status";
import { startApi } from "#/api/listener.ts";
import { presentHealth } from "#/api/present/present-health.ts";
import { createHistory } from "#/audit/history.ts";
import { type GatewayKeys, loadKeys } from "#/audit/keys.ts";
import { proveAction } from "#/audit/prove.ts";
import { createRecorder } from "#/audit/recorder.ts";
import { createToolPins } from "#/audit/tool-pins.ts";
import { agentUrls, announce } from "#/composition/addresses.ts";
import { openListenerIdentity } from "#/composition/listener-identity.ts";
import { recordLife } from "#/composition/record-life.ts";
import { openSampleAccess } from "#/composition/sample-access.ts";
import { createSessionVaults } from "#/composition/session-vaults.ts";
import { shownContent } from "#/composition/shown-content.ts";
import { createStatus } from "#/composition/status.ts";
import {
  startErasure,
  startForgetting,
  startHealth,
  startPurge,
  startReload,
  startSweep,
} from "#/composition/upkeep.ts";
import { openUpstreams, shownUpstreams } from "#/composition/upstreams.ts";
import type { Config } from "#/config/load.ts";
import type { ConnectionConfig } from "#/config/read-connections.ts";
import { GatewayError } from "#/core/errors.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { loadLabels } from "#/enforcement/kept-labels.ts";
import { override } from "#/enforcement/override.ts";
import { canPreview, preview } from "#/enforcement/preview.ts";
import { createSessionLabels } from "#/enforcement/session-labels.ts";
import { type Agents, loadAgents } from "#/identity/agents.ts";
import type { AuthenticationDeps } from "#/identity/authenticate.ts";
import { writeOperatorToken } from "#/identity/operator.ts";
import { loadPeople, personNamed } from "#/identity/people.ts";
import { countSignInFailures } from "#/identity/sign-in-failures.ts";
import { growFinder } from "#/masking/finder.ts";
import { growing } from "#/masking/in-steps.ts";
import type { BuildOptions } from "#/pages/build.ts";
import { type Console, createConsole } from "#/pages/console.ts";
import { createBusyPoll } from "#/platform/busy-poll.ts";
import type { Clock } from "#/platform/clock.ts";
import { giveBack } from "#/platform/give-back.ts";
import type { Log } from "#/platform/log.ts";
import { isLoopback } from "#/platform/loopback.ts";
import { hostInUrl } from "#/platform/reachable-host.ts";
import { openPolicy } from "#/policy/open-policy.ts";
import { createMcpListener } from "#/proxies/mcp/listener/listener.ts";
import { createRefusedMessages } from "#/proxies/mcp/listener/refused-messages.ts";
import { createServerStreams } from "#/proxies/mcp/upstream/stdio/client/server-streams.ts";
import { openSpools } from "#/proxies/postgres/copy/spool.ts";
import { startPostgresListener } from "#/proxies/postgres/listener/listener.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { createReviewFeed } from "#/review/feed.ts";
import type { ReviewDeps } from "#/review/life.ts";
import { settleAfterRestart } from "#/review/settle.ts";
import type { Store } from "#/store/store.ts";
import { openEmbeddedStore } from "./embedded-store.ts";

export interface GatewayOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** Set in the quickstart alone: the data folder's credential votes as this person. */
  readonly demo: { readonly person: string; readonly agent: string } | null;
  /** Of what the console is built, and where; null: there is none. */
  readonly consoleBuild: BuildOptions | null;
  /** The embedded store unless given; measurements put another in its place. */
  readonly openStore?: (dir: string, keys: GatewayKeys, clock: Clock) => Promise<Store>;
}

export interface Gateway {
  readonly status: () => Promise<Omit<Status, "caller">>;
  /** Builds the console where that is due, beside everything else. Never rejects. */
  readonly openConsole: Console["start"];
  readonly close: () => Promise<void>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    return await compose(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

const factsCacheBytesMax = 64 * 1024 * 1024;

async function compose(
  { config, clock, log, demo, consoleBuild, openStore = openEmbeddedStore }: GatewayOptions,
  closers: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<Gateway> {
  const { dataDir, limits } = config;
  const policy = await openPolicy(config.policyDir);
  const keys = loadKeys(dataDir, { signingKey: config.signingKey?.reveal() });
  const store = await openStore(dataDir, keys, clock);
  closers.push(() => store.close());
  const isFresh = (await store.logHead()).size === 0;

  const people = await loadPeople(config.people, keys.personKey, store, clock.now());
  const agents = await loadAgents(config.agents, people, store);
  const reviews: ReviewDeps = {
    store,
    clock,
    people: people.byId,
    reviewsOpenMax: limits.reviewsOpenMax,
  };
  const settled = await settleAfterRestart(reviews);
  closers.push(await recordLife({ config, policy, settled }, { store, clock, log }));

  const stopping = new AbortController();
  const feed = createReviewFeed({ store, clock, log }, stopping.signal);
  closers.push(async () => {
    stopping.abort(new GatewayError("store.closed", "The gateway is stopping."));
    await feed.ended;
  });
  closers.push(startSweep(reviews, clock, log));
  closers.push(startPurge(store, clock, log));
  closers.push(startForgetting(store, clock, log));
  const recorder = createRecorder(store, clock, log);
  closers.push(recorder.close);

  let apiUrl = "";
  const publicUrl = () => config.publicUrl ?? apiUrl;
  const data = new Map(config.connections.map((each) => [each.name, each.data]));
  const dataOf = (name: string) => data.get(name) ?? null;
  const enforcement: EnforcementDeps = {
    evaluate: policy.evaluate,
    neverPermits: policy.neverPermits,
    maskedColumns: policy.maskedColumns,
    recorder,
    reviews,
    feed,
    waiting: new Map(),
    labels: createSessionLabels({
      clock,
      dataOf,
      keep: store.keepLabels,
      before: await loadLabels(store, { now: clock.now(), isFresh, log }),
    }),
    joinSecret: keys.joinKey,
    holdMaxMs: limits.holdMaxMs,
    holdInTransactionMaxMs: limits.holdInTransactionMaxMs,
    reviewUrl: (review) => `${publicUrl()}/reviews/${review}`,
    clock,
    log,
  };

  const failures = countSignInFailures(recorder.appendLater, clock);
  const refused = createRefusedMessages(recorder.appendLater, clock);
  closers.push(failures.close, refused.close);
  const authentication: AuthenticationDeps = {
    store,
    people,
    agents,
    clock,
    failures,
    limits,
    operatorHash: await writeOperatorToken(dataDir),
    demoPerson: demo === null ? null : personNamed(people, demo.person),
  };
  const sample = await openSampleAccess(demo?.agent ?? null, agents, authentication);
  /** Sessions that came in with the token before are ended. */
  const issueToken: Agents["issueToken"] = async (name, now) => {
    const token = await sample.issueToken(name, now);
    for (const listener of [postgres, toolCalls, takeServer]) listener.endSessionsOf(name);
    return token;
  };
  const identity = openListenerIdentity(config, clock.now(), log);
  closers.push(startReload(identity, clock, log));

  const finder = growing(() => growFinder());
  const wholeFinder = () => finder.wait(setImmediate);
  const vaults = createSessionVaults({ store, clock, log });
  closers.push(vaults.close);
  closers.push(startErasure(vaults, clock, log));
  const upstreams = await openUpstreams(config, {
    enforcement,
    masking: { finder: finder.get, hashKey: keys.maskKey, vaults },
    pins: createToolPins(store),
    finder: wholeFinder,
  });
  const { databases, toolServers } = upstreams;
  closers.push(toolServers.close);

  const classifier = await createClassifier({ bytesMax: factsCacheBytesMax });
  // Collects what loading the parser left behind, before there is a client whom that would keep waiting.
  giveBack();
  const { tls: listenerTls, ...postgresAddress } = config.listen.postgres;
  const requiresTls = (client: string) => listenerTls.required ?? !isLoopback(client);
  const busyPoll = createBusyPoll();
  const postgres = await startPostgresListener({
    ...postgresAddress,
    identity: identity.current,
    requiresTls,
    findAgent: agents.find,
    failures,
    mockKey: keys.scramMockKey,
    connections: databases,
    connectionsMax: limits.clientsMax,
    messageBytesMax: limits.messageBytesMax,
    spools: await openSpools(join(dataDir, "spool"), limits),
    classifier,
    enforcement,
    clock,
    busyPoll,
    log,
  });
  closers.push(postgres.close);
  const toolCalls = createMcpListener({
    connections: toolServers.connections,
    agents,
    failures,
    refused,
    enforcement,
    messageBytesMax: limits.messageBytesMax,
    busyPoll,
    publicUrl,
  });
  const takeServer = createServerStreams({
    connections: toolServers.ofClients,
    agents,
    failures,
    publicUrl,
    log,
  });

  const { host, port } = postgres;
  const urlsOf = (agent: string, token: string) =>
    agentUrls(agent, token, {
      connections: config.connections,
      publicUrl: publicUrl(),
      postgres: { host, port, requiresTls: requiresTls(host) },
    });
  const shown = shownUpstreams(upstreams);
  const status = createStatus({
    config,
    store,
    keys,
    quickstart: demo !== null,
    listeners: () => ({ postgres: { host, port }, api: { host: api.host, port: api.port } }),
    publicUrl,
    demo: sample.shown,
    agentUrls: urlsOf,
    health: (name) => {
      const health = shown.health(name);
      return health === null ? null : presentHealth(health.current());
    },
  });
  const pages = createConsole(consoleBuild, log);
  closers.push(pages.close);
  const api = await startApi(config.listen.api, {
    store,
    reviews,
    override: (review, edit) => override(review, edit, enforcement),
    preview: (review, digest) => preview(review, digest, enforcement),
    canPreview: (review) => canPreview(review, enforcement),
    ...shownContent(config, wholeFinder, classifier),
    ...shown,
    agents: { ...agents, issueToken },
    answerAgent: toolCalls.answer,
    takeServer,
    authentication,
    status,
    history: createHistory(store, keys.payloadKey, () => policy.digest),
    sampleToken: sample.tokenOf,
    prove: (action) => proveAction(store, action),
    dataOf,
    agentUrls: urlsOf,
    publicUrl,
    page: pages.answer,
    clock,
    log,
  });
  closers.push(api.close);
  apiUrl = `http://${hostInUrl(api.host)}:${api.port}`;
  closers.push(await announce(dataDir, apiUrl));

  // The sample's own tool server is not tested: it starts with an agent's first session.
  const tested = demo === null ? upstreams.all : databases;
  closers.push(startHealth([...tested.values()], clock));
  // The finder's tables are made in small steps, so that no client waits for them; and not at all where nothing is masked or measured.
  if (policy.masks || config.connections.some(isMeasured)) {
    // Making them leaves behind three times what they take, which is collected at the end.
    const stopGrowing = finder.start(setImmediate, giveBack);
    closers.push(async () => stopGrowing());
  }
  return { status: () => status(null), openConsole: pages.start, close };
}

function isMeasured(connection: ConnectionConfig): boolean {
  return connection.kind === "postgres" && connection.preview === "measured";
}
