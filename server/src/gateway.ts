/**
 * Composition: a configuration in, a running gateway out. Everything that depends on something else gets it
 * here, once, in this order:
 *
 *   keys → store → what an earlier process left → people, agents, policies → enforcement → listeners
 *
 * Guarantees that nothing listens before all of it stands, that whatever fails on the way closes what was
 * opened, and that stopping detaches what waits and keeps every record.
 */

import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseCallTree } from "@countersign/sdk/call-tree";
import { schemaFaults } from "@countersign/sdk/schema-faults";
import type { Status } from "@countersign/sdk/wire/status";
import { startApi } from "#/api/listener.ts";
import { presentHealth } from "#/api/present/present-health.ts";
import { createHistory } from "#/audit/history.ts";
import { type GatewayKeys, loadKeys } from "#/audit/keys.ts";
import { proveAction } from "#/audit/prove.ts";
import { createRecorder } from "#/audit/recorder.ts";
import { policyActivatedRecord } from "#/audit/records.ts";
import { createToolPins } from "#/audit/tool-pins.ts";
import type { Config } from "#/config/load.ts";
import { revealRightsOf } from "#/config/reveal-rights.ts";
import { readColumnMark } from "#/core/column-mark.ts";
import { GatewayError } from "#/core/errors.ts";
import { jsonLeaves } from "#/core/json-leaves.ts";
import type { RecordDraft, RecordType } from "#/core/record.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { loadLabels } from "#/enforcement/kept-labels.ts";
import { override } from "#/enforcement/override.ts";
import { canPreview, preview } from "#/enforcement/preview.ts";
import { createSessionLabels } from "#/enforcement/session-labels.ts";
import { type Agents, loadAgents } from "#/identity/agents.ts";
import type { AuthenticationDeps } from "#/identity/authenticate.ts";
import { createDemoLink } from "#/identity/demo-link.ts";
import { writeOperatorToken } from "#/identity/operator.ts";
import { loadPeople, personNamed } from "#/identity/people.ts";
import { countSignInFailures } from "#/identity/sign-in-failures.ts";
import { maskAction } from "#/masking/action/mask-action.ts";
import { maskComment } from "#/masking/action/mask-comment.ts";
import { rememberMasked } from "#/masking/action/remember-masked.ts";
import { growFinder } from "#/masking/finder.ts";
import { growing } from "#/masking/in-steps.ts";
import type { BuildOptions } from "#/pages/build.ts";
import { type Console, createConsole } from "#/pages/console.ts";
import type { Clock } from "#/platform/clock.ts";
import { giveBack } from "#/platform/give-back.ts";
import type { Log } from "#/platform/log.ts";
import { isLoopback } from "#/platform/loopback.ts";
import { hostInUrl, reachableHost } from "#/platform/reachable-host.ts";
import { version } from "#/platform/version.ts";
import { openPolicy } from "#/policy/open-policy.ts";
import type { McpConnection } from "#/proxies/mcp/connection.ts";
import { createMcpListener } from "#/proxies/mcp/listener/listener.ts";
import { createServerStreams } from "#/proxies/mcp/upstream/stdio/client/server-streams.ts";
import { type PostgresConnection, postgresConnections } from "#/proxies/postgres/connection.ts";
import { openSpools } from "#/proxies/postgres/copy/spool.ts";
import { startPostgresListener } from "#/proxies/postgres/listener/listener.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { createReviewFeed } from "#/review/feed.ts";
import type { ReviewDeps } from "#/review/life.ts";
import { settleAfterRestart } from "#/review/settle.ts";
import type { Store } from "#/store/store.ts";
import { openEmbeddedStore } from "./embedded-store.ts";
import { openListenerIdentity } from "./listener-identity.ts";
import { createSessionVaults } from "./session-vaults.ts";
import { createStatus } from "./status.ts";
import { openToolServers } from "./tool-servers.ts";
import { toolSource } from "./tool-source.ts";
import {
  startErasure,
  startForgetting,
  startHealth,
  startPurge,
  startReload,
  startSweep,
} from "./upkeep.ts";

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
  await store.append([
    processRecord("gateway.started", { version, ...settled }, clock.now()),
    processRecord("config.loaded", { config: config.digest }, clock.now()),
    policyActivatedRecord(policy.digest, policy.reasons, clock.now()),
  ]);
  closers.push(async () => {
    const stopped = processRecord("gateway.stopped", {}, clock.now());
    await store.append([stopped]).catch(() => log.error("stop.unrecorded"));
  });
  log.info("gateway.settled", { ...settled });

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

  let publicUrl = config.publicUrl ?? "";
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
      before: await loadLabels(store, { now: clock.now(), isFresh }),
    }),
    joinSecret: keys.joinKey,
    holdMaxMs: limits.holdMaxMs,
    holdInTransactionMaxMs: limits.holdInTransactionMaxMs,
    reviewUrl: (review) => `${publicUrl}/reviews/${review}`,
    clock,
    log,
  };
  const failures = countSignInFailures(recorder.appendLater, clock);
  const demoPerson = demo === null ? null : personNamed(people, demo.person);
  const authentication: AuthenticationDeps = {
    store,
    people,
    agents,
    clock,
    failures,
    limits,
    operatorHash: await writeOperatorToken(dataDir),
    demoPerson,
  };
  let demoToken = demo === null ? null : await agents.issueToken(demo.agent, clock.now());
  /** Whoever has the one before goes. A new token for the sample agent is what status shows from then on. */
  const issueToken: Agents["issueToken"] = async (name, now) => {
    const token = await agents.issueToken(name, now);
    postgres.endSessionsOf(name);
    if (name === demo?.agent) demoToken = token;
    return token;
  };
  const { tls: listenerTls, ...postgresAddress } = config.listen.postgres;
  const identity = openListenerIdentity(config, clock.now(), log);
  closers.push(startReload(identity, clock, log));
  const requiresTls = (client: string) => listenerTls.required ?? !isLoopback(client);
  const finder = growing(() => growFinder());
  const vaults = createSessionVaults({ store, clock, log });
  closers.push(vaults.close);
  closers.push(startErasure(vaults, clock, log));
  const masking = { finder: finder.get, hashKey: keys.maskKey, vaults };
  const databases = config.connections.filter((connection) => connection.kind === "postgres");
  const connections = postgresConnections(databases, enforcement, masking);
  const toolServers = await openToolServers({
    connections: config.connections,
    enforcement,
    masking,
    messageBytesMax: limits.messageBytesMax,
    pins: createToolPins(store),
    finder: () => finder.wait(setImmediate),
    faultsOf(schema, text) {
      const value = parseCallTree(text);
      return value === null ? [] : schemaFaults(schema, value);
    },
  });
  closers.push(toolServers.close);
  const upstreams = new Map<
    string,
    Pick<McpConnection | PostgresConnection, "resource" | "health">
  >([...connections, ...toolServers.connections]);
  const classifier = await createClassifier({ bytesMax: factsCacheBytesMax });
  // Before anybody is kept waiting by it.
  giveBack();
  const postgres = await startPostgresListener({
    ...postgresAddress,
    identity: identity.current,
    requiresTls,
    findAgent: agents.find,
    failures,
    mockKey: keys.scramMockKey,
    connections,
    connectionsMax: limits.clientsMax,
    messageBytesMax: limits.messageBytesMax,
    spools: await openSpools(join(dataDir, "spool"), limits),
    classifier,
    enforcement,
    clock,
    log,
  });
  closers.push(postgres.close);

  const agentUrls = (agent: string, token: string) => {
    const at = `${reachableHost(postgres.host, publicUrl)}:${postgres.port}`;
    const options = requiresTls(postgres.host) ? "?sslmode=require" : "";
    return config.connections.map(({ name, kind, upstream }) => ({
      connection: name,
      kind: kind === "mcp" && upstream.kind === "client" ? ("mcp_client" as const) : kind,
      // A tool server's clients show the token in a header.
      url:
        kind === "mcp"
          ? `${publicUrl}/mcp/${name}`
          : `postgres://${agent}:${token}@${at}/${name}${options}`,
    }));
  };
  const listeners = { postgres: { host: postgres.host, port: postgres.port } };
  const demoLink = demoPerson === null ? null : createDemoLink(authentication, demoPerson);
  const status = createStatus({
    config,
    store,
    keys,
    quickstart: demo !== null,
    listeners: () => ({ ...listeners, api: { host: api.host, port: api.port } }),
    publicUrl: () => publicUrl,
    demo: () =>
      demo === null || demoToken === null || demoLink === null
        ? null
        : { agent: demo.agent, token: demoToken, link: demoLink },
    agentUrls,
    health: (name) => {
      const connection = upstreams.get(name);
      return connection === undefined ? null : presentHealth(connection.health.current());
    },
  });
  const pages = createConsole(consoleBuild, log);
  closers.push(pages.close);
  const marks = new Map(
    databases.map(({ name, sensitive }) => [name, sensitive.map(readColumnMark)]),
  );
  const mask = rememberMasked(async (content) =>
    maskAction(await finder.wait(setImmediate), content, pause),
  );
  const api = await startApi(config.listen.api, {
    store,
    reviews,
    override: (review, edit) => override(review, edit, enforcement),
    preview: (review, digest) => preview(review, digest, enforcement),
    canPreview: (review) => canPreview(review, enforcement),
    mask,
    maskComment: async (comment) => maskComment(await finder.wait(setImmediate), comment),
    literalsOf: (family, command) =>
      family === "sql" ? classifier.classify(command).facts.literals : jsonLeaves(command),
    marksOf: (connection) => marks.get(connection) ?? [],
    revealRights: (connection) => revealRightsOf(config, connection),
    agents: { ...agents, issueToken },
    answerAgent: createMcpListener({
      connections: toolServers.connections,
      agents,
      failures,
      enforcement,
      messageBytesMax: limits.messageBytesMax,
      publicUrl: () => publicUrl,
    }),
    takeServer: createServerStreams({
      connections: toolServers.ofClients,
      agents,
      failures,
      publicUrl: () => publicUrl,
      log,
    }),
    authentication,
    status,
    connections: new Map([...upstreams].map(([name, { resource }]) => [name, resource])),
    health: (name) => upstreams.get(name)?.health ?? null,
    history: createHistory(store, keys.payloadKey, () => policy.digest),
    sampleToken: (agent) => (agent === demo?.agent ? demoToken : null),
    prove: (action) => proveAction(store, action),
    dataOf,
    programs: (name) => toolServers.connections.get(name)?.upstream.programs() ?? null,
    tools: (name) => {
      const server = toolServers.connections.get(name);
      return server === undefined ? null : toolSource(server.book);
    },
    agentUrls,
    publicUrl: () => publicUrl,
    page: pages.answer,
    clock,
    log,
  });
  closers.push(api.close);
  const apiUrl = `http://${hostInUrl(api.host)}:${api.port}`;
  publicUrl ||= apiUrl;
  closers.push(await announce(dataDir, apiUrl));
  // The sample's own tool server starts with an agent's first session.
  const tested = demo === null ? upstreams : connections;
  closers.push(startHealth([...tested.values()], clock));
  // At once it would hold up whoever asks first; and where nothing is looked at, its tables need not lie in memory.
  const looksAtAnswers =
    policy.masks || databases.some((connection) => connection.preview === "measured");
  if (looksAtAnswers) {
    const stopGrowing = finder.start(setImmediate);
    closers.push(async () => stopGrowing());
  }
  return {
    status: () => status(null),
    openConsole: pages.start,
    close,
  };
}

/** What is for people makes way for what is for agents. */
function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What concerns no action. */
function processRecord(type: RecordType, body: RecordDraft["body"], at: number): RecordDraft {
  return { type, at, action: null, review: null, body, payload: null };
}

/** Where the command line on this machine finds the gateway. */
async function announce(dataDir: string, url: string): Promise<() => Promise<void>> {
  const path = join(dataDir, "gateway.json");
  await writeFile(path, `${JSON.stringify({ url, pid: process.pid, version })}\n`, { mode: 0o600 });
  return () => rm(path, { force: true });
}
