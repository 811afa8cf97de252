/** What people, agents and the operator do at a running gateway, over its own sockets. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CreatedAgent } from "@countersign/sdk/wire/agent";
import type { Page } from "@countersign/sdk/wire/page";
import type { ReviewDetail, ReviewSummary } from "@countersign/sdk/wire/review";
import type { CreatedLink, SignedIn } from "@countersign/sdk/wire/sign-in";
import type { Status } from "@countersign/sdk/wire/status";
import type { VerdictAnswer } from "@countersign/sdk/wire/verdict";
import { Client } from "pg";
import { createAnswerCheck } from "./described-answers.ts";

export interface GatewayClient {
  readonly apiUrl: string;
  readonly status: Status;
  /** An answer of the API, whatever its status; fails where it is not as the API describes itself. */
  readonly call: (path: string, token: string, body?: unknown) => Promise<Answer>;
  readonly operatorToken: string;
  /** A person's session, by a fresh link. */
  readonly signIn: (person: string) => Promise<string>;
  readonly agentToken: (agent: string) => Promise<string>;
  /** A signed-in client of the database, with the notices that it got. */
  readonly connect: (agent?: string) => Promise<AgentClient>;
  readonly review: (id: string, token: string) => Promise<ReviewDetail>;
  readonly inbox: (token: string) => Promise<readonly ReviewSummary[]>;
  /** Judges the action as it stands. */
  readonly decide: (
    id: string,
    token: string,
    verdict: string,
    comment?: string,
  ) => Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface AgentClient {
  readonly client: Client;
  /** The review of the next statement that waits. */
  readonly held: () => Promise<string>;
}

/** Tokens that were issued stay good when a gateway is started anew on its data. */
const tokens = new Map<string, Promise<string>>();

/** Of the gateway that has its data there. */
export async function createGatewayClient(dataDir: string): Promise<GatewayClient> {
  const { url: apiUrl } = JSON.parse(await readFile(join(dataDir, "gateway.json"), "utf8")) as {
    readonly url: string;
  };
  const operatorToken = (await readFile(join(dataDir, "operator.token"), "utf8")).trim();
  const check = createAnswerCheck(apiUrl);
  const call = async (path: string, token: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${apiUrl}/api/v1${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers } = response;
    const contentType = headers.get("content-type");
    await check({ method: body === undefined ? "GET" : "POST", path, status, contentType, text });
    return { status: response.status, body: isJson(response) ? JSON.parse(text) : text };
  };
  const status = (await call("/status", operatorToken)).body as Status;
  const port = status.listeners["postgres"]?.port;
  const agentToken = (agent: string) => {
    const key = `${dataDir} ${agent}`;
    const issue = async () =>
      ((await call(`/agents/${agent}/token`, operatorToken, {})).body as CreatedAgent).token;
    const token = tokens.get(key) ?? issue();
    tokens.set(key, token);
    return token;
  };
  const review = async (id: string, token: string) =>
    (await call(`/reviews/${id}`, token)).body as ReviewDetail;
  return {
    apiUrl,
    status,
    operatorToken,
    call,
    review,
    agentToken,
    async signIn(person) {
      const link = (await call(`/people/${person}/links`, operatorToken, {})).body as CreatedLink;
      const code = link.url.split("#")[1];
      return ((await call("/sign-in", "", { code })).body as SignedIn).token;
    },
    async connect(agent = "bot") {
      const password = await agentToken(agent);
      const client = new Client({
        host: "127.0.0.1",
        port,
        user: agent,
        password,
        database: "shop",
      });
      // A gateway that is killed takes the connection with it.
      client.on("error", () => {});
      await client.connect();
      const held = async () => {
        const [notice] = (await once(client, "notice")) as [{ readonly detail?: string }];
        return (JSON.parse(notice.detail ?? "{}") as { readonly review: string }).review;
      };
      return { client, held };
    },
    inbox: async (token) =>
      ((await call("/reviews?state=pending", token)).body as Page<ReviewSummary>).items,
    async decide(id, token, verdict, comment) {
      const { digest } = await review(id, token);
      return call(`/reviews/${id}/verdicts`, token, { verdict, digest, comment: comment ?? null });
    },
  };
}

/** @throws where the verdict was not taken */
export function verdictState(answer: Answer): string {
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return (answer.body as VerdictAnswer).state;
}

function isJson(response: Response): boolean {
  return response.headers.get("content-type")?.includes("json") === true;
}
