/**
 * The gateway as users run it: `main.ts` in a process of its own, with a configuration file, over a real
 * PostgreSQL. People sign in by link, agents get tokens from the API.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  CreatedAgent,
  CreatedLink,
  Page,
  ReviewDetail,
  ReviewSummary,
  SignedIn,
  Status,
  VerdictAnswer,
} from "@countersign/sdk/wire";
import { Client } from "pg";
import { createAnswerCheck } from "./described-answers.ts";
import { nodeEnvironment } from "./node-environment.ts";
import type { TestPostgres } from "./postgres.ts";

export const mainFile = join(import.meta.dirname, "../../src/main.ts");

export interface Folder {
  readonly path: string;
  readonly configFile: string;
  readonly remove: () => Promise<void>;
}

export interface Changes {
  readonly config?: Readonly<Record<string, unknown>>;
  /** Cedar in place of the production starter set. */
  readonly policies?: string;
  /** `none` where a review must not change while it is looked at. */
  readonly preview?: "none";
}

/** A folder with a configuration: connection `shop`, agents `bot` and `owned`, some people. */
export async function makeFolder(postgres: TestPostgres, changes: Changes = {}): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "countersign-test-gateway-"));
  const policies = join(path, "policies");
  await mkdir(policies);
  const starter = join(import.meta.dirname, "../../../policies/production/production.cedar");
  await writeFile(
    join(policies, "rules.cedar"),
    changes.policies ?? (await readFile(starter, "utf8")),
  );
  const { host, port, user, database } = postgres;
  const config = {
    listen: { api: { port: 0 }, postgres: { port: 0 } },
    people: [
      { name: "ada", groups: ["dba"] },
      { name: "bob", groups: ["dba"] },
      { name: "root", groups: [], administrator: true },
    ],
    agents: [{ name: "bot" }, { name: "owned", owner: "ada" }],
    connections: [
      {
        name: "shop",
        kind: "postgres",
        environment: "test",
        sensitive: ["public.customers.email", "public.customers.phone"],
        ...(changes.preview === undefined ? {} : { preview: changes.preview }),
        upstream: { host, port, database, user, password: { env: "SHOP_PASSWORD" } },
      },
    ],
    ...changes.config,
  };
  const configFile = join(path, "countersign.yaml");
  await writeFile(configFile, JSON.stringify(config));
  return { path, configFile, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The process, whatever becomes of it. */
export function spawnMain(
  configFile: string,
  environment: Readonly<Record<string, string>>,
  shellPrefix = "",
): { readonly child: ChildProcess; readonly output: () => string } {
  const command = [process.execPath, mainFile, "--config", configFile];
  const env = {
    ...nodeEnvironment,
    COUNTERSIGN_CONSOLE_BUILD: "never",
    ...environment,
  };
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const child =
    shellPrefix === ""
      ? spawn(command[0] ?? "", command.slice(1), { env, stdio: [...stdio] })
      : spawn("sh", ["-c", `${shellPrefix}; exec "$@"`, "sh", ...command], {
          env,
          stdio: [...stdio],
        });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return { child, output: () => output };
}

export interface TestGateway {
  readonly apiUrl: string;
  readonly status: Status;
  readonly output: () => string;
  /** Resolves once these words stand in the output. */
  readonly printed: (words: string) => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
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

const tokens = new Map<string, Promise<string>>();

export async function startTestGateway(
  folder: Folder,
  postgres: Pick<TestPostgres, "password">,
  shellPrefix = "",
  environment: Readonly<Record<string, string>> = {},
): Promise<TestGateway> {
  const { child, output } = spawnMain(
    folder.configFile,
    { SHOP_PASSWORD: postgres.password, ...environment },
    shellPrefix,
  );
  const printed = (words: string) => untilPrinted(child, output, words);
  await printed("is running");
  const dataDir = join(folder.path, ".countersign");
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
    const key = `${folder.path} ${agent}`;
    const issue = async () =>
      ((await call(`/agents/${agent}/token`, operatorToken, {})).body as CreatedAgent).token;
    const token = tokens.get(key) ?? issue();
    tokens.set(key, token);
    return token;
  };
  const review = async (id: string, token: string) =>
    (await call(`/reviews/${id}`, token)).body as ReviewDetail;
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };
  return {
    apiUrl,
    status,
    output,
    printed,
    operatorToken,
    call,
    review,
    agentToken,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
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

async function untilPrinted(
  child: ChildProcess,
  output: () => string,
  words: string,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => {
    if (output().includes(words)) resolve();
  };
  child.stdout?.on("data", look);
  child.once("exit", (code) => reject(new Error(`the gateway exited with ${code}:\n${output()}`)));
  look();
  await promise;
}

function isJson(response: Response): boolean {
  return response.headers.get("content-type")?.includes("json") === true;
}
