/**
 * A running API over a real store in a folder of its own, with people, agents and reviews as a test needs
 * them. No upstream and no policies: what those bring about, the tests put into the store themselves.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Status } from "@countersign/sdk/wire/status";
import type { ApiDeps, HealthSource } from "#/api/deps.ts";
import { startApi } from "#/api/listener.ts";
import { createHistory } from "#/audit/history.ts";
import { loadKeys } from "#/audit/keys.ts";
import { proveAction } from "#/audit/prove.ts";
import type { Action, Resource } from "#/core/action.ts";
import { readColumnMark } from "#/core/column-mark.ts";
import { actionDigest, joinKey } from "#/core/digest.ts";
import type { Entity } from "#/core/entity.ts";
import type { Health } from "#/core/health.ts";
import type { ActionId, CallerId, Digest } from "#/core/ids.ts";
import type { SessionReads } from "#/core/label.ts";
import type { Mask, QuorumSlot, RowCap } from "#/core/obligation.ts";
import { type Assurance, type Person, type Principal } from "#/core/principal.ts";
import type { Review } from "#/core/review.ts";
import { loadAgents } from "#/identity/agents.ts";
import type { AuthenticationDeps } from "#/identity/authenticate.ts";
import { operatorTokenFile, writeOperatorToken } from "#/identity/operator.ts";
import { loadPeople, type People, personNamed } from "#/identity/people.ts";
import { makeLink, redeemLink } from "#/identity/sign-in.ts";
import { maskAction } from "#/masking/action/mask-action.ts";
import { maskComment } from "#/masking/action/mask-comment.ts";
import { rememberMasked } from "#/masking/action/remember-masked.ts";
import { growFinder } from "#/masking/finder.ts";
import { growing } from "#/masking/in-steps.ts";
import { createConsole } from "#/pages/console.ts";
import { type ManualClock, manualClock } from "#/platform/clock.ts";
import { newId } from "#/platform/ids.ts";
import { createLog } from "#/platform/log.ts";
import { openReview, type ReviewDeps } from "#/review/life.ts";
import type { Store } from "#/store/store.ts";
import { createAnswerCheck } from "./described-answers.ts";
import { openFolder, temporaryFolder } from "./sqlite-store.ts";

export interface TestApi {
  readonly url: string;
  readonly dir: string;
  readonly deps: ApiDeps;
  readonly clock: ManualClock;
  /** Lines of the operational log. */
  readonly lines: readonly string[];
  /** Of the data folder's credential. */
  readonly operator: string;
  readonly signIn: (name: string) => Promise<string>;
  readonly linkFor: (name: string) => Promise<string>;
  readonly agentToken: (name: string) => Promise<string>;
  readonly hold: (held?: Held) => Promise<Review>;
  /** Fails where the answer is not as the API describes itself. */
  readonly request: (method: string, path: string, options?: RequestOptions) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export interface Held {
  readonly command?: string;
  readonly quorum?: readonly QuorumSlot[];
  readonly assurance?: Assurance;
  readonly rows?: RowCap;
  readonly reads?: SessionReads;
  readonly masks?: readonly Mask[];
  readonly reveals?: readonly Entity[];
  readonly action?: Partial<Action>;
}

export interface RequestOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

/** `dana` and `sam` can decide, `olga` owns the agent, `root` administers and is in no group. */
const people = [
  { name: "dana", groups: ["dba"], administrator: false },
  { name: "sam", groups: ["dba", "security"], administrator: false },
  { name: "olga", groups: ["dba", "security"], administrator: false },
  { name: "root", groups: [], administrator: true },
];

const agents = [
  { name: "importer", owner: "olga", groups: [] },
  { name: "reporter", owner: null, groups: [] },
];

export const sessionIdleMs = 30 * 60 * 1000;
export const sessionMaxMs = 8 * 60 * 60 * 1000;
export const startedAt = 1_790_000_000_000;

/** In force, and what every held action is decided by. */
export const policySet = "a".repeat(64) as Digest;

const shop: Resource = {
  connection: "shop",
  kind: "postgres",
  environment: "production",
  labels: {},
  endpoint: "db.example:5432",
  database: "shop",
  role: "app",
};

const connections = new Map<string, Resource>([
  ["shop", shop],
  ["crm", { ...shop, connection: "crm", environment: "test", labels: { team: "sales" } }],
]);

const finder = growing(() => growFinder()).get;
const marks = [readColumnMark("public.customers.segment")];

export async function startTestApi(
  options: {
    /** Whom the data folder's credential votes as; nobody unless it is said. */
    readonly demoPerson?: string;
    readonly sampleAgent?: string;
    readonly store?: (store: Store) => Store;
    readonly override?: ApiDeps["override"];
    readonly preview?: ApiDeps["preview"];
    readonly health?: HealthSource;
    readonly literalsOf?: ApiDeps["literalsOf"];
    readonly tools?: ApiDeps["tools"];
    readonly programs?: ApiDeps["programs"];
    /** Beside those of every test. */
    readonly connections?: readonly Resource[];
    readonly revealRights?: ApiDeps["revealRights"];
    readonly people?: (people: People) => People;
    /** Another than the address that it listens on. */
    readonly publicUrl?: string;
    readonly page?: ApiDeps["page"];
  } = {},
): Promise<TestApi> {
  const dir = temporaryFolder();
  const clock = manualClock(startedAt);
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line), clock.now);
  const opened = await openFolder(dir);
  const store = options.store?.(opened) ?? opened;
  const loaded = await loadPeople(people, loadKeys(dir).personKey, opened, clock.now());
  const known = options.people?.(loaded) ?? loaded;
  const knownAgents = await loadAgents(agents, known, opened);
  const reviews: ReviewDeps = { store, clock, people: known.byId, reviewsOpenMax: 1000 };
  const authentication: AuthenticationDeps = {
    store,
    people: known,
    agents: knownAgents,
    clock,
    failures: { note: () => {} },
    limits: { sessionIdleMs, sessionMaxMs },
    operatorHash: await writeOperatorToken(dir),
    demoPerson: options.demoPerson === undefined ? null : personNamed(known, options.demoPerson),
  };
  let url = "";
  const all = new Map([
    ...connections,
    ...(options.connections ?? []).map((each) => [each.connection, each] as const),
  ]);
  const deps: ApiDeps = {
    store,
    reviews,
    override: options.override ?? (() => assert.fail("nothing waits to be edited here")),
    preview: options.preview ?? (() => assert.fail("nothing is measured here")),
    canPreview: () => options.preview !== undefined,
    mask: rememberMasked((content) => maskAction(finder(), content, () => Promise.resolve())),
    maskComment: async (comment) => maskComment(finder(), comment),
    literalsOf: options.literalsOf ?? (() => []),
    marksOf: (connection) => (connection === "shop" ? marks : []),
    revealRights: options.revealRights ?? (() => []),
    agents: knownAgents,
    answerAgent: () => false,
    takeServer: { isFor: () => false, take: () => {} },
    authentication,
    status: () => statusOf(store, dir, url),
    connections: all,
    dataOf: () => null,
    programs: options.programs ?? (() => null),
    health: (name) => (all.has(name) ? (options.health ?? quiet) : null),
    tools: options.tools ?? (() => null),
    history: createHistory(store, loadKeys(dir).payloadKey, () => policySet),
    sampleToken: (agent) => (agent === options.sampleAgent ? "csa_sample" : null),
    prove: (action) => proveAction(store, action),
    agentUrls: (agent, token) =>
      [...all.values()].map(({ connection: name, kind }) => ({
        connection: name,
        kind,
        url:
          kind === "mcp"
            ? `${url}/mcp/${name}`
            : `postgres://${agent}:${token}@127.0.0.1:7432/${name}`,
      })),
    publicUrl: () => options.publicUrl ?? url,
    page: options.page ?? createConsole(null, log).answer,
    clock,
    log,
  };
  const api = await startApi({ host: "127.0.0.1", port: 0 }, deps);
  url = `http://127.0.0.1:${api.port}`;
  const check = createAnswerCheck(url);
  const operator = (await readFile(path.join(dir, operatorTokenFile), "utf8")).trim();
  const linkFor = async (name: string) =>
    (await makeLink({ ...authentication, store: opened }, personNamed(known, name), "operator"))
      .code;

  return {
    url,
    dir,
    deps,
    clock,
    lines,
    operator,
    linkFor,
    signIn: async (name) =>
      (await redeemLink({ ...authentication, store: opened }, await linkFor(name), "header")).token,
    agentToken: (name) => knownAgents.issueToken(name, clock.now()),
    hold: (held) => hold(deps, held ?? {}, known.byName("olga")),
    async request(method, route, sent) {
      const answer = await request(`${url}/api/v1${route}`, method, sent ?? {});
      const { status, headers, text } = answer;
      const contentType = headers.get("content-type");
      await check({ method, path: route, status, contentType, text });
      return answer;
    },
    async close() {
      await api.close();
      await opened.close();
      fs.rmSync(dir, { recursive: true });
    },
  };
}

/** What the proxy and enforcement would bring about: an action of `importer` that waits. */
const unheard: Health = {
  state: "unknown",
  since: null,
  heardAt: null,
  failure: null,
  serverVersion: null,
};
const quiet: HealthSource = { current: () => unheard, test: async () => unheard };

async function hold(deps: ApiDeps, held: Held, owner: Person | null): Promise<Review> {
  const action = actionOf(deps.clock.now(), held, owner);
  const opened = await openReview(deps.reviews, {
    action,
    digest: actionDigest(action),
    joinKey: joinKey(action, Buffer.alloc(32, 1)),
    decision: {
      effect: "review",
      reasons: [{ policy: "writes-wait", text: "Writes wait for a person." }],
      obligations: {
        quorum: held.quorum ?? [{ group: "dba", needed: 1 }],
        ttlMs: 4 * 60 * 60 * 1000,
        validMs: 5 * 60 * 1000,
        assurance: held.assurance ?? "local-demo",
        rows: held.rows ?? null,
        masks: held.masks ?? [],
        reveals: held.reveals ?? [],
      },
      policySet,
    },
    reads: held.reads ?? null,
    caller: newId<CallerId>("ses", deps.clock.now()),
  });
  assert(opened !== "too_many");
  return opened.review;
}

export function actionOf(now: number, held: Held, owner: Person | null): Action {
  const principal: Principal = {
    kind: "agent",
    name: "importer",
    groups: [],
    onBehalfOf: null,
    people: owner === null ? [] : [owner.id],
  };
  return {
    id: newId<ActionId>("act", now),
    family: "sql",
    verbs: ["sql.read", "sql.write"],
    principal,
    resource: shop,
    command: held.command ?? "delete from customers where id = $1",
    parameters: [
      { type: 25, format: "text", bytes: Buffer.from("7").toString("base64") },
      { type: 17, format: "binary", bytes: Buffer.from([0, 255]).toString("base64") },
      { type: 25, format: "text", bytes: null },
    ],
    facts: {
      family: "sql",
      statements: 1,
      kinds: ["delete"],
      reads: [],
      writes: ["public.customers"],
      functions: [],
      settings: [],
      filtered: true,
      maskedUse: false,
      literals: [],
      uncounted: null,
      opaque: null,
    },
    agentReason: null,
    session: "ses_1",
    fingerprint: null,
    revision: 1,
    salt: randomBytes(32).toString("hex"),
    data: null,
    proposedAt: now,
    ...held.action,
  };
}

async function statusOf(store: Store, dir: string, url: string): Promise<Omit<Status, "caller">> {
  const agentsOfShop = agents.map(({ name }) => ({
    name,
    url: `postgres://${name}:csa_shown@127.0.0.1:7432/shop`,
    token: null,
  }));
  const { size } = await store.logHead();
  const { origin, verifierKey } = loadKeys(dir);
  return {
    ready: true,
    degraded: null,
    quickstart: false,
    version: "0.1.0",
    pid: process.pid,
    dataDir: dir,
    console: { url, signIn: `${url}/sign-in#csl_shown` },
    listeners: {
      postgres: { host: "127.0.0.1", port: 7432 },
      api: { host: "127.0.0.1", port: Number(new URL(url).port) },
    },
    connections: [
      {
        name: "shop",
        kind: "postgres",
        environment: "production",
        agents: agentsOfShop,
        health: {
          state: "reachable",
          since: "2026-09-21T14:00:00.000Z",
          heardAt: "2026-09-21T14:13:00.000Z",
          failure: null,
          serverVersion: "18.1",
        },
      },
    ],
    log: { size, origin, key: verifierKey },
  };
}

async function request(
  url: string,
  method: string,
  { token, body, headers }: RequestOptions,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
