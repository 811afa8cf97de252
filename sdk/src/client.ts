/**
 * The API of a gateway, as functions. Without dependencies; runs wherever `fetch` is.
 *
 * Guarantees that the credential goes to the gateway alone: it is never put into a URL, and a redirect is
 * a failure. What comes back is bounded in time and size, and is not trusted to be more than JSON.
 */
import type { ActionDetail, ActionSummary, DecisionKind } from "./wire/action.ts";
import type { Agent, CreatedAgent } from "./wire/agent.ts";
import type { Connection, Health } from "./wire/connection.ts";
import type { LogEntry } from "./wire/log.ts";
import type { Page } from "./wire/page.ts";
import type { Problem } from "./wire/problem.ts";
import type { ReviewDetail, ReviewState, ReviewSummary } from "./wire/review.ts";
import type { BrowserSession, CreatedLink, SignedIn } from "./wire/sign-in.ts";
import type { Status } from "./wire/status.ts";
import type { JudgeToolRequest, Tool, ToolSummary } from "./wire/tool.ts";
import type {
  OverrideAnswer,
  OverrideRequest,
  PreviewAnswer,
  PreviewRequest,
  RevealAnswer,
  RevealRequest,
  VerdictAnswer,
  VerdictRequest,
} from "./wire/verdict.ts";

export interface ClientOptions {
  /** Of the gateway, such as `http://127.0.0.1:7070`; empty in a page that the gateway itself served. */
  readonly url: string;
  /** Null where there is none yet, to sign in, and in a browser, whose session is in a cookie. */
  readonly token: string | null;
  /** Nobody asked for these requests: they don't keep a session from becoming idle. */
  readonly background?: boolean;
  readonly fetch?: typeof fetch;
}

export interface Client {
  status(): Promise<Status>;
  /** Newest first. */
  reviews(query?: ReviewsQuery): Promise<Page<ReviewSummary>>;
  review(id: string): Promise<ReviewDetail>;
  /** With the same key, a repeated call gives the same answer and no second verdict. */
  giveVerdict(id: string, request: VerdictRequest, idempotencyKey?: string): Promise<VerdictAnswer>;
  /** Puts an edited command in place of what waits. The key is as with a verdict. */
  override(id: string, request: OverrideRequest, idempotencyKey?: string): Promise<OverrideAnswer>;
  /** Measures the effect of what waits again; refused where it is not measured. */
  preview(id: string, request: PreviewRequest): Promise<PreviewAnswer>;
  /** Shows what is masked in one field, to those who may; it goes on record. */
  reveal(id: string, request: RevealRequest): Promise<RevealAnswer>;
  /** Tests whether sessions with its upstream can be had; at once again it tells what was found. */
  testConnection(name: string): Promise<Health>;
  signIn(code: string): Promise<SignedIn>;
  /** Signs a browser in: the session is in a cookie that no script can read. */
  openSession(code: string): Promise<BrowserSession>;
  /** Ends the session of this client for good, wherever its token is. */
  closeSession(): Promise<void>;
  /** Newest first. A page may hold fewer than asked for, or none, and still have a next one. */
  actions(query?: ActionsQuery): Promise<Page<ActionSummary>>;
  action(id: string): Promise<ActionDetail>;
  /** By name, ascending. */
  connections(query?: PageQuery): Promise<Page<Connection>>;
  connection(name: string): Promise<Connection>;
  /** Of an MCP server, by name. */
  tools(connection: string, query?: PageQuery): Promise<Page<ToolSummary>>;
  tool(connection: string, name: string): Promise<Tool>;
  /** Takes a tool's definition as it is now, as an administrator. */
  acceptTool(connection: string, request: JudgeToolRequest): Promise<Tool>;
  rejectTool(connection: string, request: JudgeToolRequest): Promise<Tool>;
  /** By name, ascending. */
  agents(query?: PageQuery): Promise<Page<Agent>>;
  agent(name: string): Promise<Agent>;
  createLink(person: string): Promise<CreatedLink>;
  createToken(agent: string): Promise<CreatedAgent>;
  /** A signed note (C2SP tlog-checkpoint). */
  checkpoint(): Promise<string>;
  /** Ascending. */
  records(query?: RecordsQuery): Promise<Page<LogEntry>>;
  /** The text of a proof file. */
  proof(actionId: string): Promise<string>;
}

export interface PageQuery {
  readonly cursor?: string;
  readonly limit?: number;
}

export interface ReviewsQuery extends PageQuery {
  readonly state?: ReviewState;
}

export interface ActionsQuery extends PageQuery {
  readonly decision?: DecisionKind;
  readonly connection?: string;
  readonly principal?: string;
  /** What came from outside, or what the gateway itself asked of an upstream; both unless it is said. */
  readonly asker?: "clients" | "gateway";
  readonly verb?: string;
}

export interface RecordsQuery {
  readonly from?: number;
  readonly limit?: number;
}

/** `code` is the gateway's own, or one of the two that begin with `client.`; `status` is then 0. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.status = status;
  }
}

export const requestMs = 60_000;
/** A page of reviews with the largest commands, every character of them escaped. */
export const answerBytesMax = 256 * 1024 * 1024;

export function createClient(options: ClientOptions): Client {
  const send = (method: string, path: string, more: Partial<Sent> = {}) =>
    request(options, { method, path, ...more });
  const get = async <Body>(path: string) => parseBody<Body>(await send("GET", path));
  const post = async <Body>(path: string, more?: Partial<Sent>) =>
    parseBody<Body>(await send("POST", path, more));
  return {
    status: () => get("/status"),
    reviews: (query = {}) => get(`/reviews${queryText({ ...query })}`),
    review: (id) => get(`/reviews/${encodeURIComponent(id)}`),
    giveVerdict: (id, body, idempotencyKey = crypto.randomUUID()) =>
      post(`/reviews/${encodeURIComponent(id)}/verdicts`, { body, idempotencyKey }),
    override: (id, body, idempotencyKey = crypto.randomUUID()) =>
      post(`/reviews/${encodeURIComponent(id)}/override`, { body, idempotencyKey }),
    tools: (connection, query = {}) =>
      get(`/connections/${encodeURIComponent(connection)}/tools${queryText({ ...query })}`),
    tool: (connection, tool) =>
      get(`/connections/${encodeURIComponent(connection)}/tool${queryText({ tool })}`),
    acceptTool: (connection, body) =>
      post(`/connections/${encodeURIComponent(connection)}/accept-tool`, { body }),
    rejectTool: (connection, body) =>
      post(`/connections/${encodeURIComponent(connection)}/reject-tool`, { body }),
    testConnection: (name) => post(`/connections/${encodeURIComponent(name)}/test`, {}),
    reveal: (id, body) => post(`/reviews/${encodeURIComponent(id)}/reveal`, { body }),
    preview: (id, body) => post(`/reviews/${encodeURIComponent(id)}/preview`, { body }),
    signIn: (code) => post("/sign-in", { body: { code } }),
    openSession: (code) => post("/session", { body: { code } }),
    async closeSession() {
      await send("DELETE", "/session");
    },
    actions: (query = {}) => get(`/actions${queryText({ ...query })}`),
    action: (id) => get(`/actions/${encodeURIComponent(id)}`),
    connections: (query = {}) => get(`/connections${queryText({ ...query })}`),
    connection: (name) => get(`/connections/${encodeURIComponent(name)}`),
    agents: (query = {}) => get(`/agents${queryText({ ...query })}`),
    agent: (name) => get(`/agents/${encodeURIComponent(name)}`),
    createLink: (person) => post(`/people/${encodeURIComponent(person)}/links`),
    createToken: (agent) => post(`/agents/${encodeURIComponent(agent)}/token`),
    checkpoint: () => send("GET", "/log/checkpoint"),
    records: (query = {}) => get(`/log/records${queryText({ ...query })}`),
    proof: (actionId) => send("GET", `/actions/${encodeURIComponent(actionId)}/proof`),
  };
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly idempotencyKey: string;
}

type Request = Pick<Sent, "method" | "path"> & Partial<Sent>;

async function request(options: ClientOptions, sent: Request): Promise<string> {
  const { url, token, background = false } = options;
  const call = options.fetch ?? fetch;
  const headers: Record<string, string> = { accept: "application/json, text/plain" };
  if (token !== null) headers["authorization"] = `Bearer ${token}`;
  if (background) headers["countersign-background"] = "1";
  if (sent.body !== undefined) headers["content-type"] = "application/json";
  if (sent.idempotencyKey !== undefined) headers["idempotency-key"] = sent.idempotencyKey;
  let status: number;
  let text: string;
  try {
    const response = await call(`${url.replace(/\/+$/, "")}/api/v1${sent.path}`, {
      method: sent.method,
      headers,
      redirect: "error",
      signal: AbortSignal.timeout(requestMs),
      ...(sent.body === undefined ? {} : { body: JSON.stringify(sent.body) }),
    });
    status = response.status;
    text = await readBounded(response);
  } catch (cause) {
    if (cause instanceof ClientError) throw cause;
    throw new ClientError("client.unreachable", 0, `The gateway at ${url} does not answer.`, cause);
  }
  if (status >= 200 && status < 300) return text;
  throw problemError(status, text);
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  // Not every browser can iterate over a body.
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
    bytes += read.value.length;
    if (bytes > answerBytesMax) {
      await reader?.cancel();
      throw malformed("is too large");
    }
    text += decoder.decode(read.value, { stream: true });
  }
  return text + decoder.decode();
}

function parseBody<Body>(text: string): Body {
  const body = parseJson(text);
  if (typeof body === "object" && body !== null) return body as Body;
  throw malformed("is not what a gateway says");
}

function problemError(status: number, text: string): ClientError {
  const problem = parseJson(text) as Partial<Problem> | null | undefined;
  if (typeof problem?.code === "string" && typeof problem.detail === "string") {
    return new ClientError(problem.code, status, problem.detail);
  }
  return malformed(`has status ${status} and is not a gateway's`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function malformed(what: string): ClientError {
  return new ClientError("client.malformed_answer", 0, `The answer ${what}.`);
}

function queryText(query: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
