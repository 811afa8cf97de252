/** A gateway in front of a tool server, in this process, with its clock in the test's hand; agents and people over real sockets. */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CreatedAgent } from "@countersign/sdk/wire/agent";
import type { Page } from "@countersign/sdk/wire/page";
import type { ReviewDetail, ReviewSummary } from "@countersign/sdk/wire/review";
import type { CreatedLink, SignedIn } from "@countersign/sdk/wire/sign-in";
import { parseConfig } from "#/config/load.ts";
import { openEmbeddedStore } from "#/embedded-store.ts";
import { startGateway } from "#/gateway.ts";
import { type ManualClock, manualClock } from "#/platform/clock.ts";
import { silentLog } from "#/platform/log.ts";
import type { Store } from "#/store/store.ts";
import { foundWhenTold } from "./review-events.ts";
import { type Answer, startToolServer, stream, type ToolServer } from "./tool-server.ts";

export interface McpScene {
  readonly url: string;
  readonly apiUrl: string;
  readonly server: ToolServer;
  readonly clock: ManualClock;
  readonly token: (agent?: string) => Promise<string>;
  readonly api: <Body>(path: string, token: string, body?: unknown) => Promise<Body>;
  readonly person: (name: string) => Promise<string>;
  /** The reviews that wait. */
  readonly inbox: () => Promise<readonly ReviewSummary[]>;
  /** Once one waits. */
  readonly waiting: () => Promise<ReviewSummary>;
  /** Once somebody waits on it. */
  readonly attached: (id: string) => Promise<void>;
  /** Once nobody waits on it. */
  readonly detached: (id: string) => Promise<void>;
  readonly decide: (
    id: string,
    verdict: string,
    comment?: string | null,
    person?: string,
  ) => Promise<void>;
  readonly override: (id: string, command: string, comment: string) => Promise<void>;
  readonly records: (type: string) => Promise<number>;
  readonly close: () => Promise<void>;
}

export interface McpSceneOptions {
  readonly policies: string;
  readonly answer: Answer;
  readonly connection?: Readonly<Record<string, unknown>>;
  readonly upstream?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Where its data is, and stays. */
  readonly folder?: string;
  /** Between the gateway and its store. */
  readonly wrapStore?: (store: Store) => Store;
}

export async function startMcpScene(options: McpSceneOptions): Promise<McpScene> {
  const server = await startToolServer(options.answer);
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "countersign-test-mcp-")));
  const remove = async () => {
    await server.close();
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  /** A server that listens on would keep the file of the test going. */
  const abandon = async (cause: unknown): Promise<never> => {
    await remove();
    throw cause;
  };
  await mkdir(join(folder, "policies"), { recursive: true });
  await writeFile(join(folder, "policies", "rules.cedar"), options.policies);
  const file = {
    listen: { api: { port: 0 }, postgres: { port: 0 } },
    people: [
      { name: "ada", groups: ["ops"] },
      { name: "bob", groups: ["ops"] },
      { name: "root", groups: [], administrator: true },
    ],
    agents: [{ name: "bot" }, { name: "other" }],
    connections: [
      {
        name: "desk",
        kind: "mcp",
        environment: "test",
        upstream: { url: server.url, ...options.upstream },
        ...options.connection,
      },
    ],
    ...options.config,
  };
  const environment = { COUNTERSIGN_DATA: join(folder, "data"), DESK_TOKEN: "desk-secret-token" };
  const config = await parseConfig(JSON.stringify(file), join(folder, "c.yaml"), environment).catch(
    abandon,
  );
  const clock = manualClock(Date.now());
  const gateway = await startGateway({
    config,
    clock,
    log: silentLog,
    demo: null,
    consoleBuild: null,
    async openStore(dir, keys, storeClock) {
      const store = await openEmbeddedStore(dir, keys, storeClock);
      return options.wrapStore?.(store) ?? store;
    },
  }).catch(abandon);
  const { url: apiUrl } = (await gateway.status()).console;
  const operator = (await readFile(join(folder, "data", "operator.token"), "utf8")).trim();
  const api = async <Body>(path: string, token: string, body?: unknown): Promise<Body> => {
    const response = await fetch(`${apiUrl}/api/v1${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  };
  const tokens = new Map<string, Promise<string>>();
  const token = (agent = "bot") => {
    const known = tokens.get(agent);
    if (known !== undefined) return known;
    const issued = api<CreatedAgent>(`/agents/${agent}/token`, operator, {}).then(
      (made) => made.token,
    );
    tokens.set(agent, issued);
    return issued;
  };
  const person = async (name: string) => {
    const { url } = await api<CreatedLink>(`/people/${name}/links`, operator, {});
    return (await api<SignedIn>("/sign-in", "", { code: url.split("#")[1] })).token;
  };
  let ada: Promise<string> | null = null;
  const asAda = () => (ada ??= person("ada"));
  const inbox = async () =>
    (await api<Page<ReviewSummary>>("/reviews?state=pending", await asAda())).items;
  const untilAttached = async (id: string, isAttached: boolean) => {
    const session = await asAda();
    await foundWhenTold(apiUrl, session, async () => {
      const review = await api<ReviewDetail>(`/reviews/${id}`, session);
      return review.attached === isAttached;
    });
  };
  return {
    url: `${apiUrl}/mcp/desk`,
    apiUrl,
    server,
    clock,
    token,
    api,
    person,
    inbox,
    async waiting() {
      return foundWhenTold(apiUrl, await asAda(), async () => (await inbox())[0]);
    },
    attached: (id) => untilAttached(id, true),
    detached: (id) => untilAttached(id, false),
    async decide(id, verdict, comment, name = "ada") {
      const by = name === "ada" ? await asAda() : await person(name);
      const { digest } = await api<ReviewDetail>(`/reviews/${id}`, by);
      await api(`/reviews/${id}/verdicts`, by, { verdict, digest, comment: comment ?? null });
    },
    async override(id, command, comment) {
      const { digest } = await api<ReviewDetail>(`/reviews/${id}`, await asAda());
      await api(`/reviews/${id}/override`, await asAda(), { digest, command, comment });
    },
    async records(type) {
      const { items } = await api<Page<{ readonly type: string }>>(
        "/log/records?limit=200",
        operator,
      );
      return items.filter((each) => each.type === type).length;
    },
    async close() {
      await gateway.close();
      await remove();
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** Of a stream: its messages. */
  readonly events: readonly Message[];
  /** The answer itself, or the last message of its stream. */
  readonly message: Message;
}

/** As loose as a test needs it. */
export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: {
    readonly content?: readonly { readonly text?: string }[];
    readonly isError?: boolean;
    readonly resultType?: string;
    readonly tools?: readonly { readonly name: string }[];
    readonly _meta?: Readonly<Record<string, Told>>;
  };
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: Readonly<Record<string, Told>>;
  };
}

export interface Told {
  readonly code: string;
  readonly review: string | null;
  readonly url: string | null;
  readonly retry: string;
}

export interface Sent {
  readonly request: ClientRequest;
  readonly head: Promise<IncomingMessage>;
  readonly answer: Promise<RawAnswer>;
}

/** Text as it is, everything else as JSON. */
export function send(
  url: string,
  token: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  method = "POST",
): Sent {
  const bytes = Buffer.isBuffer(body) || typeof body === "string" ? body : JSON.stringify(body);
  const head = Promise.withResolvers<IncomingMessage>();
  const sent = request(url, {
    method,
    agent: false,
    headers: {
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
  });
  sent.once("response", head.resolve);
  sent.once("error", head.reject);
  sent.end(method === "POST" ? bytes : undefined);
  const answer = head.promise.then(async (response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return readAnswer(response, Buffer.concat(chunks).toString("utf8"));
  });
  // A test that leaves does not wait for it.
  answer.catch(() => undefined);
  return { request: sent, head: head.promise, answer };
}

function readAnswer(response: IncomingMessage, text: string): RawAnswer {
  const { statusCode: status = 0, headers } = response;
  const isStream = headers["content-type"] === "text/event-stream";
  const events = isStream
    ? [...text.matchAll(/^data: (.+)$/gm)].map(([, data = ""]) => JSON.parse(data) as Message)
    : [];
  // Without a token one is told in plain words what it takes.
  const isJson = headers["content-type"]?.startsWith("application/json") === true;
  const parsed = (): Message => (isJson ? (JSON.parse(text) as Message) : {});
  const message = isStream ? (events.at(-1) ?? {}) : parsed();
  return { status, headers, text, events, message };
}

/** The client hears of an event of this id on a stream of the server's own. */
export async function tellEvent(
  { url, server }: Pick<McpScene, "url" | "server">,
  token: string,
  id: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  server.answer((_, response) => {
    const params = { level: "info", data: "the first" };
    stream(response)({ jsonrpc: "2.0", method: "notifications/message", params }, id);
    response.end();
  });
  const { events } = await send(url, token, "", headers, "GET").answer;
  assert.equal(events.length, 1);
}

/** A call by the revision with sessions. */
export function calling(
  name: string,
  args: unknown = {},
  more: object = {},
  id: string | number = 1,
) {
  return {
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: args, ...more },
  };
}

export const statelessMeta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
} as const;

export const statelessHeaders = (name: string, method = "tools/call") => ({
  "mcp-protocol-version": "2026-07-28",
  "mcp-method": method,
  "mcp-name": name,
});
